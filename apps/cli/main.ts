/** The command line: finds the verb, checks its arguments, runs it, prints words or JSON, chooses the exit code. */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { isAppError } from '@salus/base/errors'
import { systemCode } from '@salus/base/system'
import { type Both, type Language, languageOf } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import { parserProblem, problemOf } from './check.ts'
import { hintOf, misuse } from './errors.ts'
import { help, usage, verbHelp } from './help.ts'
import type { Arguments, Screen, Verb } from './verb.ts'
import { verbs } from './verbs.ts'

/** Exit codes: 0 done, 1 refused, 2 misuse. */
const MISUSE = 2
const REFUSED = 1

/** Codes that mean "the call was wrong", not "the answer is no". */
const misuses = new Set([
  'misuse',
  'handle-malformed',
  'card-wrong',
  'pin-wrong',
  'device-missing',
  'device-exists',
  'file-missing',
  'file-unreadable',
  'file-unwritable',
  'roots-missing',
  'roots-wrong',
  'node-missing',
  'founding-none',
  'founding-wrong',
  'desk-unfounded',
])

function language(): Language {
  return languageOf(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG)
}

/** Lines of standard input, one for each question; a terminal is prompted. */
function createAsk(): { ask: Screen['ask']; close: () => void } {
  const reader = createInterface({ input: process.stdin, terminal: false })
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(question, how) {
      if (process.stdin.isTTY) process.stderr.write(`${question} `)
      const { value, done } = await (how === 'hidden' ? unseen(() => lines.next()) : lines.next())
      return done ? '' : typed(String(value)).trim()
    },
    close: () => reader.close(),
  }
}

/** A secret on a terminal: what is typed is not shown. Elsewhere nothing shows it anyway. */
async function unseen<T>(work: () => Promise<T>): Promise<T> {
  const { stdin } = process
  if (!stdin.isTTY) return work()
  // Without the terminal's own keys an interrupt arrives as a letter.
  const interrupt = (part: Buffer | string) => {
    if (String(part).includes('\u0003')) process.exit(130)
  }
  stdin.setRawMode(true)
  stdin.on('data', interrupt)
  try {
    return await work()
  } finally {
    stdin.off('data', interrupt)
    stdin.setRawMode(false)
    process.stderr.write('\n')
  }
}

/** A line as it was meant: a terminal that only passes letters on leaves the backspaces in it. */
function typed(line: string): string {
  const out: string[] = []
  for (const letter of line) {
    if (letter === '\u007f' || letter === '\b') out.pop()
    else out.push(letter)
  }
  return out.join('')
}

function createScreen(json: boolean): Screen & { close(): void } {
  let input: ReturnType<typeof createAsk> | undefined
  return {
    ...{ language: language(), json },
    // What an author wrote must not move a reader's cursor, or turn the reading about: of such signs only line ends reach the terminal.
    say: (line) => void (json || process.stdout.write(`${line.replace(/[^\P{Cc}\n]|\p{Cf}/gu, ' ')}\n`)),
    progress: (text) => void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`),
    ask(question, how) {
      input ??= createAsk()
      return input.ask(question, how)
    },
    close: () => input?.close(),
  }
}

/** The longest verb name that the words begin with: `desk team create` is verb `desk team`, positional `create`. */
function findVerb(words: readonly string[]): { verb: Verb; rest: string[] } | undefined {
  for (const length of [2, 1]) {
    const verb = verbs.find((one) => one.name === words.slice(0, length).join(' '))
    if (verb) return { verb, rest: words.slice(length) as string[] }
  }
  return undefined
}

type Read = { args: Arguments; help: boolean; json: boolean; problem: Both | undefined }

/** The words after the verb, taken apart; `problem` says what is wrong with them. */
function readArguments(verb: Verb, words: string[]): Read {
  const options = Object.fromEntries([
    ...verb.options.map((one) => [one.name, { type: one.value ? 'string' : 'boolean' }] as const),
    ['help', { type: 'boolean' }] as const,
    ['json', { type: 'boolean' }] as const,
  ]) as Record<string, { type: 'string' | 'boolean' }>
  try {
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true })
    const { help: wanted, json, ...given } = values
    const args = { positionals, options: given as Arguments['options'] }
    return { args, help: wanted === true, json: json === true, problem: problemOf(verb, args) }
  } catch (error) {
    const args = { positionals: [], options: {} }
    return { args, help: false, json: words.includes('--json'), problem: parserProblem(error) }
  }
}

const placeWords: Readonly<Record<string, Both>> = {
  line: { en: 'line', fr: 'ligne' },
  row: { en: 'row', fr: 'rangée' },
  column: { en: 'column', fr: 'colonne' },
  at: { en: 'at', fr: 'à' },
  org: { en: 'organisation', fr: 'organisation' },
  missing: { en: 'still to sign:', fr: 'doivent encore signer :' },
}

/** Where in a file or a document it was found, and whose it is; never what stood there. */
function placeOf(facts: Readonly<Record<string, unknown>>, language: Language): string[] {
  const parts = Object.entries(placeWords).flatMap(([name, words]) =>
    facts[name] === undefined || facts[name] === '' ? [] : [`${words[language]} ${String(facts[name])}`],
  )
  return parts.length > 0 ? [`→ ${parts.join(', ')}`] : []
}

function fail(error: unknown, screen: Screen): number {
  const code = isAppError(error) ? error.code : (systemCode(error) ?? 'internal')
  const { title, next } = errorWords(code, screen.language)
  const detail = hintOf(error)?.[screen.language]
  const facts = isAppError(error) ? error.facts : {}
  const lines = [title, ...(detail ? [detail] : []), ...placeOf(facts, screen.language), next]
  process.stderr.write(`${lines.join('\n')}\n`)
  if (process.env.SALUS_DEBUG) process.stderr.write(`${(error as Error).stack}\n`)
  if (screen.json)
    process.stdout.write(`${JSON.stringify({ ok: false, code, title, next, ...(detail ? { detail } : {}), facts })}\n`)
  return misuses.has(code) ? MISUSE : REFUSED
}

const noVerb = (words: readonly string[]): Both => {
  const name = words.slice(0, 2).join(' ')
  return { en: `There is no verb “${name}”.`, fr: `Il n’y a pas de verbe « ${name} ».` }
}

// Whoever reads only the first lines closes the pipe: that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

/** Runs one command; gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const found = findVerb(words)
  if (!found) {
    const [first = '', second] = words
    // The first word of several verbs: those alone.
    const group = verbs.filter(({ name }) => name.startsWith(`${first} `))
    const known = group.length > 0 && [undefined, '--help', 'help'].includes(second)
    const asked = known || words.length === 0 || first === '--help' || first === 'help'
    process.stdout.write(`${help(language(), group.length > 0 ? group : verbs)}\n`)
    return asked ? 0 : fail(misuse(noVerb(words)), createScreen(words.includes('--json')))
  }
  const { verb, rest } = found
  const { args, help: wanted, json, problem } = readArguments(verb, rest)
  if (wanted) {
    process.stdout.write(`${verbHelp(verb, language())}\n`)
    return 0
  }
  const screen = createScreen(json)
  if (problem) {
    process.stderr.write(`${usage(verb)}\n`)
    return fail(misuse(problem), screen)
  }
  try {
    const outcome = await verb.run(args, screen)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    if (json && !verb.rows) process.stdout.write(`${JSON.stringify({ ok: true, ...outcome })}\n`)
    return 0
  } catch (error) {
    return fail(error, screen)
  } finally {
    screen.close()
  }
}

// What this program writes is for its user alone, whatever the shell's mask says.
if (import.meta.main) process.umask(0o077)
if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
