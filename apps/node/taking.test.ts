/** What a round has under way with a peer: bounded, by what was announced, and over when the round is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { Adoption } from '@salus/journal/adopt'
import { REPLICA_PAGE, REPLICA_PART, type ReplicaEntry } from '@salus/journal/replica'
import { adoptAll, partsOf, type Taking } from './taking.ts'

const letters = (nth: number) => `${'x'.repeat(9)}${nth % 10}`

const jose = { headers: { 'content-type': 'application/jose' } }

/** A peer that serves ten letters a content, and says `announced`; `adopt` is what becomes of a group. */
function peerOf(announced: number, adopt: (all: readonly Adoption[]) => Promise<void>, unknown?: () => Response) {
  const asked: number[] = []
  let running = 0
  const fetch = async (url: string) => {
    const { pathname, searchParams } = new URL(url)
    if (unknown && pathname === '/replica/ciphertext') return unknown()
    const nth = Number(searchParams.get('of'))
    asked.push(nth)
    running++
    await wait(2)
    running--
    return unknown ? Response.json({ part: letters(nth), size: 10 }) : new Response(letters(nth), jose)
  }
  const read = ({ token }: { token: string }) => ({
    statement: { type: 'any' },
    body: { content: digest(letters(Number(token))) },
  })
  const projector = { read, kindOf: () => ({ claims: (body: object) => body }), chainOf: () => 'chain' }
  const ports = { journal: { adopt }, projector, sign: async () => ({}), sources: {}, fetch }
  const peer = { origin: 'journal.peer.example', url: 'http://peer.example' }
  const taking = { ports, peer, counting: { adopted: 0, letters: 0 } } as unknown as Taking
  const entries = Array.from({ length: 4 * REPLICA_PAGE }, (_, nth) => ({
    ...{ statement: String(nth), at: 0, packets: [], content: announced },
    receipt: { index: nth },
  })) as unknown as ReplicaEntry[]
  return { taking, entries, asked, running: () => running }
}

const refusedWith = (code: string) => (error: unknown) => isAppError(error) && error.code === code

test('N23 contents come once each, at most two groups before they are adopted', async () => {
  let adopted = 0
  let most = 0
  const peer = peerOf(10, async () => {
    await wait(150)
    most = Math.max(most, peer.asked.length - adopted)
    adopted += REPLICA_PAGE
  })
  await adoptAll(peer.taking, peer.entries)
  assert.deepEqual(peer.taking.counting, { adopted: 4 * REPLICA_PAGE, letters: 40 * REPLICA_PAGE })
  assert.deepEqual(
    peer.asked.toSorted((a, b) => a - b),
    peer.entries.map((_, nth) => nth),
  )
  assert.ok(most > REPLICA_PAGE && most <= 2 * REPLICA_PAGE, String(most))
})

test('N26 when a lie ends the round nothing more is asked of the peer, and nothing is under way', async () => {
  const peer = peerOf(10, () => Promise.reject(new AppError('home-receipt-invalid')))
  await assert.rejects(adoptAll(peer.taking, peer.entries), refusedWith('home-receipt-invalid'))
  assert.equal(peer.running(), 0)
  const { length } = peer.asked
  await wait(100)
  assert.equal(peer.asked.length, length)
  assert.ok(length <= REPLICA_PAGE + 8, `one group, and what was begun of the next: ${length}`)
})

test('N26 a content of another length than was announced is not taken: by that it was decided how many are held', async () => {
  const peer = peerOf(1, async () => assert.fail('nothing is adopted'))
  await assert.rejects(adoptAll(peer.taking, peer.entries), refusedWith('node-answer-unreadable'))
  assert.ok(peer.asked.length <= 4)
})

test('N23 a peer of the release before gives contents within JSON, whatever it answers to a path that it does not know', async () => {
  const unknown = [
    () => Response.json({ code: 'not-found' }, { status: 404 }),
    () => new Response('<title>an app</title>', { headers: { 'content-type': 'text/html' } }),
  ]
  for (const one of unknown) {
    const came: (string | undefined)[] = []
    const adopt = async (all: readonly Adoption[]) => void came.push(...all.map(({ content }) => content))
    const peer = peerOf(10, adopt, one)
    await adoptAll(peer.taking, peer.entries)
    assert.deepEqual(
      came,
      peer.entries.map((_, nth) => letters(nth)),
    )
  }
})

/** A peer that has `whole`, a part at a time, asked for it as `announced` letters. */
const parted = (whole: string, announced?: number) => {
  const fetch = async (url: string) => {
    const from = Number(new URL(url).searchParams.get('from'))
    return new Response(whole.slice(from, from + REPLICA_PART), jose)
  }
  const asking = { ports: { fetch, sign: async () => ({}) }, peer: { origin: 'journal.peer.example', url: 'http://p' } }
  return partsOf(asking, { of: 1, by: 'log' }, announced)
}

test('N23 a content longer than a part comes whole, its length known before or not', async () => {
  for (const length of [0, 1, REPLICA_PART, REPLICA_PART + 1, 2 * REPLICA_PART]) {
    const whole = 'ab'.repeat(Math.ceil(length / 2)).slice(0, length)
    assert.equal(await parted(whole), whole)
    assert.equal(await parted(whole, length), whole)
    for (const other of [length + 1, length + REPLICA_PART, ...(length > 1 ? [length - 1] : [])])
      await assert.rejects(parted(whole, other), refusedWith('node-answer-unreadable'), `${length} ${other}`)
  }
})

test('N26 a part that is longer than one, and a content that has no end, are not read to their end', async () => {
  const asking = (fetch: () => Promise<Response>) =>
    partsOf(
      { ports: { fetch, sign: async () => ({}) }, peer: { origin: 'journal.peer.example', url: 'http://p' } },
      { of: 1, by: 'log' },
    )
  const long = 'a'.repeat(REPLICA_PART + 1)
  await assert.rejects(
    asking(async () => new Response(long, jose)),
    refusedWith('node-answer-unreadable'),
  )
  const part = long.slice(1)
  let asked = 0
  const endless = asking(async () => {
    asked++
    return new Response(part, jose)
  })
  await assert.rejects(endless, refusedWith('node-answer-unreadable'))
  assert.equal(asked, 33)
})
