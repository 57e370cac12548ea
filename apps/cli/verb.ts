/** A verb of the command line is a table row (architecture §8.6): name, arguments, words, and the function it calls. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { field } from '@salus/base/schema'
import type { Both, Language } from '@salus/ui/language'

export type Option = {
  readonly name: string
  /** What stands after it in the help; absent for a switch. */
  readonly value?: string
  readonly required?: true
  readonly many?: true
  readonly words: Both
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
  ask(question: string): Promise<string>
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

/** A handle as people type or paste it. */
export function handleFrom(text: string): Handle {
  const found = field.handle.safeParse(text.trim().toUpperCase())
  if (!found.success) throw new AppError('handle-malformed')
  return found.data
}

/** A comma-separated list. */
export const list = (args: Arguments, name: string): string[] =>
  (option(args, name) ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** `24h`, `90m`, `30d`, `2026-12-31` -> seconds since 1970; undefined when it is none of these. */
export function untilSeconds(text: string, now: number): number | undefined {
  const span = /^(\d{1,5})([mhd])$/.exec(text)
  if (span) return now + Number(span[1]) * { m: 60, h: 3_600, d: 86_400 }[span[2] as 'm' | 'h' | 'd']
  const date = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z)?$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.floor(date / 1000)
}
