/** journal.append and journal.receipt: the journal alone, in this process, over real files. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemRandom } from '@salus/base/clock'
import { leafHash } from '@salus/crypto/merkle'
import type { SubmissionItem } from '@salus/journal/contract'
import { journalEntry } from '@salus/journal/entry'
import { createPerson, openTestJournal, type Person, type TestJournal } from '@salus/journal/testing'
import { verifyReceipt } from '@salus/journal/verify'
import { type Bare, openBare } from './bare.store.ts'
import { type BenchLine, inFlight, line, quantile, rate, roundsOf, type Scale, sized } from './line.ts'

const CLIENTS = 64
/** Letters of a statement's words: about 900 bytes signed, as a deposit's statement. */
const WORDS = 'sample '.repeat(60)

/** A journal of the sample slice in a folder of its own, and `CLIENTS` people who write in it. */
async function withJournal<T>(
  options: Parameters<typeof openTestJournal>[1],
  work: (at: TestJournal, people: Person[], dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const at = await openTestJournal(dir, options)
  try {
    const people = await Promise.all(Array.from({ length: CLIENTS }, () => createPerson()))
    for (const one of people) await at.journal.accept({ items: [await one.found()] })
    return await work(at, people, dir)
  } finally {
    await at.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** `count` signed statements, person by person in turn. */
const written = (people: readonly Person[], count: number): Promise<SubmissionItem[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => (people[i % CLIENTS] as Person).write(WORDS)))

/**
 * The bare HMAC, leaf hash and rows of as many entries, in groups of as many as there are clients, each flushed; into files that
 * grow from round to round as the subject's do, since what a row costs depends on how many there are.
 */
function bareAppends(bare: Bare, tokens: readonly string[]): Promise<number> {
  const previous = new Uint8Array(32)
  return rate(tokens.length, async () => {
    for (let at = 0; at < tokens.length; at += CLIENTS) {
      const group = tokens.slice(at, at + CLIENTS).map((token, i) => {
        const salt = systemRandom(32)
        const entry = journalEntry(salt, token, at + i + 1, previous)
        leafHash(entry)
        return { token, salt, entry }
      })
      bare.write(group, WORDS)
    }
  })
}

/**
 * Durable entries per second from 64 waiting clients, one statement each: parse, rule, rows, leaf, tiles, signed head, receipt.
 * Signatures are not checked here, as they are not in the limit: `journal.append.signed` says what they cost.
 */
export async function benchAppend(scale: Scale): Promise<BenchLine[]> {
  const count = sized(scale, 12_000, 128)
  const appends = async ({ journal }: TestJournal, people: readonly Person[]) => {
    const items = await written(people, count)
    return rate(count, () => inFlight(items, CLIENTS, (item) => journal.accept({ items: [item] })))
  }
  const limit: number[] = []
  const plain: number[] = []
  const signed: number[] = []
  await withJournal({ verify: async () => true }, (unchecked, people, dir) =>
    withJournal({}, async (checked, others) => {
      const bare = openBare(join(dir, 'bare'))
      for (let round = 0; round < roundsOf(scale); round++) {
        const tokens = (await written(people, count)).map((one) => one.statement)
        limit.push(await bareAppends(bare, tokens))
        plain.push(await appends(unchecked, people))
        signed.push(await appends(checked, others))
      }
      bare.close()
    }),
  )
  return [
    line('journal.append', 'entries/s, 64 clients', plain, limit),
    line('journal.append.signed', 'entries/s, 64 clients, signatures checked', signed, limit),
  ]
}

/** Milliseconds from each statement's turn (a thousand a second, whatever the others do) to its verified receipt. */
async function receiptTimes({ journal, key }: TestJournal, items: readonly SubmissionItem[]): Promise<number[]> {
  const times: number[] = []
  const start = performance.now()
  const running: Promise<void>[] = []
  const one = async (item: SubmissionItem, due: number) => {
    const [receipt] = await journal.accept({ items: [item] })
    if (!receipt) throw new Error('no receipt')
    await verifyReceipt(item.statement, receipt, [key])
    times.push(performance.now() - due)
  }
  for (const [i, item] of items.entries()) {
    const due = start + i
    if (performance.now() < due) await wait(Math.max(1, due - performance.now()))
    running.push(one(item, due))
  }
  await Promise.all(running)
  return times
}

/** p95 from append to verified receipt at 1,000 statements a second, signatures checked on both sides. */
export async function benchReceipt(scale: Scale): Promise<BenchLine[]> {
  const p95 = await withJournal({}, async (at, people) => {
    const found: number[] = []
    for (let round = 0; round < roundsOf(scale); round++) {
      const items = await written(people, sized(scale, 3_000, 50))
      found.push(quantile(await receiptTimes(at, items), 0.95))
    }
    return found
  })
  return [line('journal.receipt', 'ms p95 from append to verified receipt, 1,000/s', p95, undefined)]
}
