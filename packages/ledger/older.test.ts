/** A ledger that was begun before members had nodes: the same genesis, blocks and app hashes, letter by letter. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, utf8 } from '@salus/base/bytes'
import type { Digest, OrgId } from '@salus/base/ids'
import { digest, sha256 } from '@salus/crypto/hash'
import { devicePublicOf, importDeviceKey } from '@salus/crypto/keys'
import { canonical } from './canonical.ts'
import type { Genesis, Organisation } from './contract.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine } from './machine.ts'
import {
  createSampleLog,
  createSender,
  type KeyPair,
  runBlock,
  SAMPLE_CHAIN,
  SAMPLE_TIME,
  type Sender,
  sampleVkey,
} from './samples.ts'

type Sample = Organisation & { keys: KeyPair }
type Senders = [Sender, Sender, Sender]

/** Keys that are the same in every run: Ed25519 signs without randomness, so every text below is too. */
async function fixedKeys(name: string): Promise<KeyPair> {
  const pkcs8 = concat(fromHex('302e020100300506032b657004220420'), sha256(utf8(`sample key ${name}`)))
  return { publicKey: await devicePublicOf(pkcs8), privateKey: await importDeviceKey(pkcs8) }
}

async function fixedOrganisation(org: string): Promise<Sample> {
  const keys = await fixedKeys(org)
  const origin = `log.${org}.example`
  const vkey = sampleVkey(origin, (await fixedKeys(origin)).publicKey)
  return {
    ...{ org: org as OrgId, kind: 'hospital', country: 'FR', key: keys.publicKey, journal: { origin, vkey }, keys },
    legal: digest(`sample legal entity ${org}`) as Digest,
  }
}

const bodyOf = ({ keys: _, ...body }: Sample): Organisation => body

// Worked out by the release before members had nodes, from the very same words.
const known = {
  genesis: '-hRHCYao-ZwfitAIHGwCA7JpT1U2of5jzCcRDkjEOj4',
  begun: 'IKHamAKouJOm4showUGdloNC5VgsXU33d-KZ3Kp9WqU',
  admits: '9T36DokednD63nbWY1206DfsyIcwpkRWuXKeT2ygBdI',
  rotates: 'vZp2FTETsQMenmDQ-jbxM7bkbfy2nI1wcwYxeszabIQ',
  votes: 'Dy0NhquKqsrELo6XU2jdZIjPvq7_d9x1BOlz-5Y1oB8',
  removes: 'HGwvcdGqErr_NJlRsM2pZXg5l_PJyX9S78Jti3_SAss',
  readmits: 'YfT3F-wpLCrzu8AaOUpRQrOSRNyD3lUCNlWb3MO5cOc',
}

test('L20 a genesis and blocks without nodes have the text and the app hashes that they had before there were any', async () => {
  const names = ['sample-one', 'sample-two', 'sample-three']
  const [one, two, three] = (await Promise.all(names.map(fixedOrganisation))) as [Sample, Sample, Sample]
  const organisations = [bodyOf(one), bodyOf(two)]
  const genesis: Genesis = { chain: SAMPLE_CHAIN, time: SAMPLE_TIME, organisations }
  assert.equal(digest(canonical(genesis)), known.genesis)
  const machine = createMachine(ledgerModules, genesis)
  assert.equal(machine.info().appHash, known.begun)
  const [first, second, third] = [one, two, three].map(({ org, keys }) => createSender(org, keys)) as Senders
  const block = (txs: string[], appHash: string) => {
    assert.deepEqual([runBlock(machine, txs), machine.info().appHash], [txs.map(() => 'ok'), appHash])
  }
  const log = createSampleLog('log.sample-one.example')
  log.grow(3)
  const leave = { org: 'sample-two' as OrgId }
  const head = await first.next('log.advance', log.advance(0))
  block([head, await first.next('org.admit', bodyOf(three))], known.admits)
  const rotation = await second.next('org.rotate', { key: (await fixedKeys('next')).publicKey })
  second.keys = await fixedKeys('next')
  block([rotation, await second.next('org.admit', bodyOf(three))], known.rotates)
  block([await first.next('org.remove', leave)], known.votes)
  block([await third.next('org.remove', leave)], known.removes)
  const back = { ...bodyOf(two), key: (await fixedKeys('again')).publicKey }
  block([await first.next('org.admit', back)], known.readmits)
  assert.deepEqual(machine.validators(), [])
})
