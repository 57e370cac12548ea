/** The command line: finds the verb, checks its arguments, runs it, prints words or JSON, chooses the exit code. */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { isAppError } from '@salus/base/errors'
import { type Language, languageOf } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import { help, verbHelp } from './help.ts'
import type { Arguments, Screen, Verb } from './verb.ts'
import { verbs } from './verbs.ts'

/** Exit codes: 0 done, 1 refused, 2 misuse. */
const MISUSE = 2
const REFUSED = 1

/** Codes that mean "the call was wrong", not "the answer is no". */
const misuses = new Set([
  'misuse',
  'handle-malformed',
  'device-missing',
  'device-exists',
  'file-missing',
  'file-unreadable',
  'roots-missing',
  'node-missing',
])

function language(): Language {
  return languageOf(process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG)
}

/** Lines of standard input, one for each question; a terminal is prompted. */
function createAsk(): { ask: (question: string) => Promise<string>; close: () => void } {
  const reader = createInterface({ input: process.stdin, terminal: false })
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(question) {
      if (process.stdin.isTTY) process.stderr.write(`${question} `)
      const { value, done } = await lines.next()
      return done ? '' : String(value).trim()
    },
    close: () => reader.close(),
  }
}

function createScreen(json: boolean): Screen & { close(): void } {
  let input: ReturnType<typeof createAsk> | undefined
  return {
    ...{ language: language(), json },
    say: (line) => void (json || process.stdout.write(`${line}\n`)),
    progress: (text) => void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`),
    ask(question) {
      input ??= createAsk()
      return input.ask(question)
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

function readArguments(verb: Verb, words: string[]): (Arguments & { help: boolean; json: boolean }) | undefined {
  const options = Object.fromEntries([
    ...verb.options.map((one) => [one.name, { type: one.value ? 'string' : 'boolean' }] as const),
    ['help', { type: 'boolean' }] as const,
    ['json', { type: 'boolean' }] as const,
  ]) as Record<string, { type: 'string' | 'boolean' }>
  try {
    const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true })
    const { help: wantsHelp, json, ...given } = values
    const complete = verb.options.every((one) => !one.required || given[one.name] !== undefined)
    const enough =
      positionals.length >= (verb.least ?? 0) && (verb.positionals !== undefined || positionals.length === 0)
    if (!wantsHelp && !(complete && enough)) return undefined
    return { positionals, options: given as Arguments['options'], help: wantsHelp === true, json: json === true }
  } catch {
    return undefined
  }
}

function fail(error: unknown, screen: Screen): number {
  const code = isAppError(error) ? error.code : 'internal'
  const { title, next } = errorWords(code, screen.language)
  process.stderr.write(`${title}\n${next}\n`)
  if (process.env.SALUS_DEBUG) process.stderr.write(`${(error as Error).stack}\n`)
  const facts = isAppError(error) ? error.facts : {}
  if (screen.json) process.stdout.write(`${JSON.stringify({ ok: false, code, title, next, facts })}\n`)
  return misuses.has(code) ? MISUSE : REFUSED
}

/** Runs one command; gives its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const found = findVerb(words)
  if (!found) {
    process.stdout.write(`${help(language())}\n`)
    return words.length === 0 || words[0] === '--help' || words[0] === 'help' ? 0 : MISUSE
  }
  const { verb, rest } = found
  const args = readArguments(verb, rest)
  if (!args || args.help) {
    process[args ? 'stdout' : 'stderr'].write(`${verbHelp(verb, language())}\n`)
    if (!args && rest.includes('--json')) process.stdout.write(`${JSON.stringify({ ok: false, code: 'misuse' })}\n`)
    return args ? 0 : MISUSE
  }
  const screen = createScreen(args.json)
  try {
    const outcome = await verb.run(args, screen)
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    if (args.json) process.stdout.write(`${JSON.stringify({ ok: true, ...outcome })}\n`)
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
