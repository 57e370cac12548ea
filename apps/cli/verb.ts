/** A verb of the command line is a table row (architecture §8.6): name, arguments, words, and the function it calls. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { field } from '@salus/base/schema'
import type { Both, Language } from '@salus/ui/language'
import { misuse } from './errors.ts'

export type Option = {
  readonly name: string
  /** What stands after it in the help; absent for a switch. */
  readonly value?: string
  readonly required?: true
  /** The closed list its words are from; checked before the verb runs, shown by --help. */
  readonly choices?: Choices
  /** Its value is a time from now or a day: `24h`, `2030-12-31`. Checked before the verb runs. */
  readonly span?: true
  readonly words: Both
}

/** A closed list with its words; `what` completes "is not …". */
export type Choices = {
  readonly what: Both
  readonly title: Both
  readonly words: Readonly<Record<string, Both>>
}

/** Parsed arguments: positionals in order, options by name, switches as booleans. */
export type Arguments = {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
}

/** What a verb may do to the outside world: speak, ask, show progress. Secrets come in through `ask` only. */
export type Screen = {
  readonly language: Language
  readonly json: boolean
  /** A line for people; silent with --json. */
  say(line: string): void
  /** What is going on, on standard error, overwritten in place on a terminal. */
  progress(text: string): void
  /** One line from a prompt or from standard input. */
  /** `hidden`: a secret; a terminal does not show what is typed. */
  ask(question: string, how?: 'hidden'): Promise<string>
}

/** What a verb returns: one JSON document, printed last with --json. */
export type Outcome = Record<string, unknown>

export type Verb = {
  readonly name: string
  readonly positionals?: string
  /** How many positionals there must be at least. */
  readonly least?: number
  readonly options: readonly Option[]
  readonly words: Both
  /** Writes its own documents, one a line, as they come: with --json nothing is printed at the end. */
  readonly rows?: true
  /** What else the help says: environment variables, files. */
  readonly more?: Both
  run(args: Arguments, screen: Screen): Promise<Outcome>
}

/** An option's single text value. */
export const option = (args: Arguments, name: string): string | undefined => {
  const value = args.options[name]
  return typeof value === 'string' ? value : undefined
}

/** An option that the row calls required: the dispatcher has checked that it is there. */
export const required = (args: Arguments, name: string): string => option(args, name) ?? ''

/** `--wait MINUTES`, in milliseconds; what is no number would wait for ever. */
export function waitFor(args: Arguments, usual: number): number {
  const minutes = Number(option(args, 'wait') ?? usual)
  if (Number.isFinite(minutes) && minutes >= 0) return minutes * 60_000
  throw misuse({ en: '--wait takes a number of minutes.', fr: '--wait prend un nombre de minutes.' })
}

/** A handle as people type or paste it. */
export function handleFrom(text: string): Handle {
  const found = field.handle.safeParse(text.trim().toUpperCase())
  if (!found.success) throw new AppError('handle-malformed')
  return found.data
}

/** The parts of a comma-separated text. */
export const parts = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** A comma-separated list. */
export const list = (args: Arguments, name: string): string[] => parts(option(args, name) ?? '')

/** `24h`, `90m`, `30d`, a day to come -> seconds since 1970; undefined when it is none of these. */
export function untilSeconds(text: string, now: number): number | undefined {
  const span = /^(\d{1,5})([mhd])$/.exec(text)
  if (span) return now + Number(span[1]) * { m: 60, h: 3_600, d: 86_400 }[span[2] as 'm' | 'h' | 'd']
  const date = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  const real = isDate(text.slice(0, 10)) && !Number.isNaN(date) && date > now * 1000
  return real ? Math.floor(date / 1000) : undefined
}

/** Is this a day of the calendar, `YYYY-MM-DD`? The 30th of February is none, though `Date` reads it as a day in March. */
export function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10
}
