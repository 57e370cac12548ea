import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, equal, fromBase64url } from '@salus/base/bytes'
import { seededRandom } from '@salus/base/testing'
import { hmacSha256 } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import fc from 'fast-check'
import { type ChainEntry, MAX_LIFE, WITNESS_DEADLINE } from './contract.ts'
import { witnessKey } from './cosign.ts'
import { CHAIN_START, journalEntry } from './entry.ts'
import { formatCheckpoint, formatVkey, noteKey, signNote } from './note.ts'
import { parsePolicy } from './policy.ts'
import { formatProof } from './proof.ts'
import { parseStatement } from './statement.ts'
import { createPerson } from './testing.ts'
import { EMPTY_CHAIN, followChain, witnessDeadline, witnessedBy } from './verify.ts'

const random = seededRandom(7)
const broken = { name: 'AppError', code: 'chain-broken', facts: {} }

/** A chain of `count` entries with texts of its own. */
function chainOf(count: number, words = 'statement'): ChainEntry[] {
  let previous = CHAIN_START
  return Array.from({ length: count }, (_, i) => {
    const [salt, number, statement] = [random(32), i + 1, `${words} ${i}`]
    const entry = { index: 10 * i, number, previous: base64url(previous), salt: base64url(salt), at: 0, statement }
    previous = journalEntry(salt, statement, number, previous)
    return entry
  })
}

test('J5 an entry is the HMAC of the stated bytes', () => {
  const salt = Uint8Array.from({ length: 32 }, (_, i) => i)
  const previous = new Uint8Array(32).fill(9)
  const parts = [
    ...[0, 0, 0, 16, ...Buffer.from('salus/journal/v1')],
    ...[0, 0, 0, 3, ...Buffer.from('abc'), 0, 0, 0, 0, 0, 0, 1, 2, ...previous],
  ]
  assert.deepEqual(journalEntry(salt, 'abc', 258, previous), hmacSha256(salt, Uint8Array.from(parts)))
})

test('J5 the salt is exactly 32 bytes, and so is the entry before', () => {
  for (const length of [0, 31, 33, 64]) {
    assert.throws(() => journalEntry(new Uint8Array(length), 'a', 1, CHAIN_START), broken)
    assert.throws(() => journalEntry(new Uint8Array(32), 'a', 1, new Uint8Array(length)), broken)
  }
})

test('J5 property: another statement, number, entry before or salt is another entry', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const inputs = fc.tuple(bytes32, fc.string(), fc.nat(), bytes32)
  fc.assert(
    fc.property(inputs, inputs, (one, two) => {
      const a = journalEntry(...one)
      for (const at of [0, 1, 2, 3] as const) {
        const mixed = one.with(at, two[at] as never) as typeof one
        const same = typeof two[at] === 'object' ? equal(two[at], one[at] as Uint8Array) : two[at] === one[at]
        assert.equal(equal(a, journalEntry(...mixed)), same)
      }
    }),
  )
})

test('J6 a whole chain is followed, at once or page by page', () => {
  const chain = chainOf(6)
  const head = followChain(EMPTY_CHAIN, chain)
  assert.equal(head.number, 6)
  assert.deepEqual(followChain(followChain(EMPTY_CHAIN, chain.slice(0, 4)), chain.slice(4)), head)
  assert.deepEqual(followChain(head, []), head)
})

test('J6 property: a gap, a repetition, a reordering, a change is found', () => {
  const chain = chainOf(8)
  const head = followChain(EMPTY_CHAIN, chain)
  const at = fc.nat(chain.length - 2)
  fc.assert(
    fc.property(at, at, (i, j) => {
      assert.throws(() => followChain(EMPTY_CHAIN, chain.toSpliced(i, 1)), broken)
      assert.throws(() => followChain(EMPTY_CHAIN, chain.toSpliced(i, 0, chain[i]!)), broken)
      if (i !== j) {
        const swapped = chain.with(i, chain[j]!).with(j, chain[i]!)
        assert.throws(() => followChain(EMPTY_CHAIN, swapped), broken)
      }
      const changed = chain.with(i, { ...chain[i]!, statement: 'another' })
      assert.throws(() => followChain(EMPTY_CHAIN, changed), broken)
      assert.throws(
        () => followChain(EMPTY_CHAIN, chain.with(i, { ...chain[i]!, salt: base64url(random(32)) })),
        broken,
      )
    }),
  )
  const other = chain.with(7, { ...chain[7]!, statement: 'another' })
  assert.notDeepEqual(followChain(EMPTY_CHAIN, other).entry, head.entry, 'a changed last entry is another head')
})

test('J6 a fork is found by whoever saw the other side', () => {
  const [one, two] = [chainOf(5), chainOf(5, 'another past')]
  const seen = followChain(EMPTY_CHAIN, one.slice(0, 3))
  assert.throws(() => followChain(seen, two.slice(3)), broken)
  assert.throws(() => followChain(seen, one.slice(4)), broken)
})

test('J21 the deadline is the verifier’s own: a later one of the node’s, or none, moves nothing; an earlier one counts', async () => {
  const { statement } = await (await createPerson()).found()
  const { publicKey } = await generateDeviceKey()
  const asked = formatVkey(witnessKey('witness.sample', fromBase64url(publicKey)))
  const policy = parsePolicy(`witness one ${asked} http://one.test\nquorum one\n`)
  const text = formatCheckpoint({ origin: 'journal.sample.example', size: 1, root: random(32) })
  const checkpoint = await signNote(text, noteKey('journal.sample.example', random(32)), async () => random(64))
  const silent = { proof: formatProof({ index: 0, path: [], checkpoint }) }
  const last = parseStatement(statement).iat + MAX_LIFE + WITNESS_DEADLINE
  const lies: { proof: string; by?: number }[] = [silent, { ...silent, by: 9_999_999_999 }, { ...silent, by: last + 1 }]
  for (const one of lies) {
    assert.equal(witnessDeadline(statement, one), last)
    assert.equal(await witnessedBy(statement, one, policy, last), 'provisional')
    assert.equal(await witnessedBy(statement, one, policy, last + 1), 'missed')
  }
  assert.equal(await witnessedBy(statement, { ...silent, by: last - 900 }, policy, last - 899), 'missed')
})
