/** What a round has under way with a peer: bounded, by what was announced, and over when the round is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError, isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { ReplicaEntry } from '@salus/journal/replica'
import { adoptAll, type Taking } from './taking.ts'

const letters = (nth: number) => `${'x'.repeat(9)}${nth % 10}`

/** A peer that serves ten letters a content, and says `announced`; `adopt` is what becomes of a group. */
function peerOf(announced: number, adopt: () => Promise<void>) {
  const asked: number[] = []
  let running = 0
  const fetch = async (url: string) => {
    const nth = Number(new URL(url).searchParams.get('of'))
    asked.push(nth)
    running++
    await wait(2)
    running--
    return Response.json({ part: letters(nth), size: 10 })
  }
  const read = ({ token }: { token: string }) => ({
    statement: { type: 'any' },
    body: { content: digest(letters(Number(token))) },
  })
  const projector = { read, kindOf: () => ({ claims: (body: object) => body }), chainOf: () => 'chain' }
  const ports = { journal: { adopt }, projector, sign: async () => ({}), sources: {}, fetch }
  const peer = { origin: 'journal.peer.example', url: 'http://peer.example' }
  const taking = { ports, peer, counting: { adopted: 0, letters: 0 } } as unknown as Taking
  const entries = Array.from({ length: 256 }, (_, nth) => ({
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
    adopted += 64
  })
  await adoptAll(peer.taking, peer.entries)
  assert.deepEqual(peer.taking.counting, { adopted: 256, letters: 2_560 })
  assert.deepEqual(
    peer.asked.toSorted((a, b) => a - b),
    peer.entries.map((_, nth) => nth),
  )
  assert.ok(most > 64 && most <= 128, String(most))
})

test('N26 when a lie ends the round nothing more is asked of the peer, and nothing is under way', async () => {
  const peer = peerOf(10, () => Promise.reject(new AppError('home-receipt-invalid')))
  await assert.rejects(adoptAll(peer.taking, peer.entries), refusedWith('home-receipt-invalid'))
  assert.equal(peer.running(), 0)
  const { length } = peer.asked
  await wait(100)
  assert.equal(peer.asked.length, length)
  assert.ok(length <= 72, `one group, and what was begun of the next: ${length}`)
})

test('N26 a content of another length than was announced is not taken: by that it was decided how many are held', async () => {
  const peer = peerOf(1, async () => assert.fail('nothing is adopted'))
  await assert.rejects(adoptAll(peer.taking, peer.entries), refusedWith('node-answer-unreadable'))
  assert.ok(peer.asked.length <= 4)
})
