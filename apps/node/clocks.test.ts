/** Clocks that are apart, as the other's signed requests tell. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { signRequest } from '@salus/crypto/httpsig'
import { verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey } from '@salus/crypto/keys'
import { createClocks } from './clocks.ts'
import { createNodePrincipal, type Peer } from './peers.ts'

const url = 'https://a.example/replica/entries?after=0'
const keys = await generateDeviceKey()
const stranger = await generateDeviceKey()
const peer: Peer = { operator: 'b-node', origin: 'journal.b.example', key: keys.publicKey, orgs: ['b'] }

async function signedAt(created: number, key = keys.privateKey) {
  const by = { keyid: 'b-node', created, nonce: base64url(systemRandom(16)) }
  return {
    method: 'GET',
    url,
    headers: new Headers(await signRequest(key, { method: 'GET', url, to: 'journal.a.example' }, by)),
  }
}

test('N30 a node that signs at another time is refused and named; what another key signed names nobody; the right time ends it', async () => {
  const { clock, advance } = manualClock(1_000_000_000_000)
  const clocks = createClocks(clock)
  const ask = createNodePrincipal(() => [peer], 'journal.a.example', verifyEd25519, clock, clocks)
  const now = 1_000_000_000
  await assert.rejects(ask(await signedAt(now + 300, stranger.privateKey)))
  assert.deepEqual(clocks.list(), [])
  for (const seconds of [300, -300]) {
    await assert.rejects(ask(await signedAt(now + seconds)))
    assert.deepEqual(clocks.list(), [{ org: 'b-node', seconds }])
  }
  await ask(await signedAt(now + 59))
  assert.deepEqual(clocks.list(), [])
  await assert.rejects(ask(await signedAt(now + 300)))
  advance(120_000)
  assert.deepEqual(clocks.list(), [], 'it has not asked for long')
})
