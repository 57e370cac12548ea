/** Every parser, for a bounded time: an input is read, or refused with a code that has words; nothing else, and soon. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock, systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { signerOf } from '@salus/directory/device/patient'
import { openSession, sessionHeaders } from '@salus/directory/device/session'
import { errors } from '@salus/ui/errors'
import { linkTo, newPatient, world } from '../tests/people.ts'
import { createChance, timeLeft } from './budget.ts'
import { mutate } from './mutate.ts'
import { makeParsers, type Parser } from './parsers.ts'
import { seeds } from './seeds.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Longest that one input may take, milliseconds; bytes that all of them may leave behind. */
const PATIENCE = 1_000
const MEMORY = 700e6

const { at, parsers } = await makeParsers()
const chance = createChance()

/** What is wrong with how an input was taken; undefined when nothing is. */
async function fault({ run }: Parser, input: string): Promise<string | undefined> {
  const start = performance.now()
  try {
    await run(input)
  } catch (error) {
    if (!isAppError(error)) return `no AppError: ${(error as Error)?.stack ?? error}`
    if (!(error.code in errors)) return `a code without words: ${error.code}`
  }
  const took = performance.now() - start
  // A machine that paused is not a parser that hangs: it must be slow twice.
  if (took <= PATIENCE) return undefined
  const again = performance.now()
  await (async () => run(input))().catch(() => undefined)
  return performance.now() - again > PATIENCE ? `took ${Math.round(took)} ms` : undefined
}

/** Their samples are of another kind, another key, or each for another of their readers: that they refuse is the point. */
const strange: ReadonlySet<string> = new Set(['content', 'packet', 'transaction', 'encodings', 'shares'])
const takes = ({ run }: Parser, input: string): Promise<boolean> =>
  (async () => run(input))().then(
    () => true,
    () => false,
  )

const shown = (text: string): string =>
  JSON.stringify(text.length > 3_000 ? `${text.slice(0, 3_000)}… (${text.length})` : text)

test('every parser takes good samples, and answers kept seeds and changed samples with a known code or success', async (t) => {
  t.diagnostic(`seed ${chance.seed}`)
  for (const name of Object.keys(seeds))
    assert.ok(
      parsers.some((one) => one.name === name),
      `no parser ${name}`,
    )
  collectGarbage()
  const before = process.memoryUsage().rss
  const counts: Record<string, number> = {}
  const found = new Map<string, string>()
  const look = async (parser: Parser, input: string) => {
    counts[parser.name] = (counts[parser.name] ?? 0) + 1
    const wrong = found.has(parser.name) ? undefined : await fault(parser, input)
    if (wrong) found.set(parser.name, `${wrong}\n  input: ${shown(input)}`)
  }
  for (const parser of parsers) {
    const taken: boolean[] = []
    for (const one of parser.samples) taken.push(await takes(parser, one))
    assert.equal(taken.includes(true), !strange.has(parser.name), `${parser.name} takes what is good`)
  }
  for (const parser of parsers)
    for (const input of [...parser.samples, ...(seeds[parser.name] ?? [])]) await look(parser, input)
  while (timeLeft(0.6))
    for (const parser of parsers) for (let i = 0; i < 20; i++) await look(parser, mutate(parser.samples, chance))
  t.diagnostic(`inputs: ${JSON.stringify(counts)}`)
  assert.deepEqual(
    [...found].map(([name, wrong]) => `${name}: ${wrong}`),
    [],
  )
  assert.ok(
    Object.values(counts).every((one) => one > 20),
    'each was tried',
  )
  collectGarbage()
  assert.ok(process.memoryUsage().rss - before < MEMORY, 'memory stays bounded')
})

test('every route, signed in and not, answers changed bodies, paths and queries with words, never “internal”', async (t) => {
  const w = world(at)
  const patient = await newPatient(w)
  const call = (await linkTo(w)).call
  const session = await openSession(call, await signerOf(patient.keys.device), patient.keys.handle, at.origin)
  const bodies = parsers.flatMap((one) =>
    one.samples.slice(0, 3).map((sample) => JSON.stringify({ [one.name]: sample, handle: patient.keys.handle })),
  )
  bodies.push(...(parsers.find((one) => one.name === 'submission')?.samples ?? []))
  bodies.push(JSON.stringify({ checkpoint: at.node.journal.checkpoint() }))
  let asked = 0
  while (timeLeft(0.9)) {
    for (const { endpoint } of at.node.routes.filter((one) => !one.endpoint.media)) {
      const value = () =>
        encodeURIComponent(
          mutate(['0', '1', 'AAAAAAAAAAAAAAAAAAAAAA', patient.keys.handle], chance).slice(0, 200).toWellFormed(),
        )
      const path = endpoint.path.replace(/:\w+/g, value)
      const query = endpoint.query ? `?after=${value()}` : ''
      const signed =
        chance.below(2) === 0
          ? await sessionHeaders(
              session,
              { method: endpoint.method, path },
              { clock: systemClock, random: systemRandom },
            )
          : {}
      const body = endpoint.method === 'POST' ? { body: mutate(bodies, chance).toWellFormed() } : {}
      const answer = await at.fetch(`http://node.test${path}${query}`, {
        method: endpoint.method,
        headers: signed,
        ...body,
      })
      asked++
      if (answer.ok) {
        await answer.body?.cancel()
        continue
      }
      const { code } = (await answer.json()) as { code: string }
      assert.notEqual(code, 'internal', `${endpoint.name} ${path}${query} ${shown(body.body ?? '')}`)
    }
  }
  t.diagnostic(`${asked} requests`)
  assert.ok(asked > at.node.routes.length)
  await at.node.close()
})
