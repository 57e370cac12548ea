import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { signJws } from '@salus/crypto/jws'
import { generateDeviceKey } from '@salus/crypto/keys'
import { canonical } from './canonical.ts'
import { TX_TYP } from './contract.ts'
import { draftTx, signTx } from './device.ts'
import { ledgerModules } from './embedded.ts'
import { createMachine, type Machine } from './machine.ts'
import { type KeyPair, runBlock, SAMPLE_CHAIN, sampleGenesis, sampleOrganisation } from './samples.ts'

let machine: Machine
let keys: KeyPair
let payload: ReturnType<typeof draftTx>

before(async () => {
  const sample = await sampleOrganisation('sample-one')
  keys = sample.keys
  machine = createMachine(ledgerModules, sampleGenesis([sample]))
  const key = (await generateDeviceKey()).publicKey
  payload = draftTx({ chain: SAMPLE_CHAIN, org: 'sample-one', seq: 1 }, 'org.rotate', { key })
})

/** Every door of the machine refuses `tx` with `code`, and nothing of it stays anywhere. */
function refusedEverywhere(tx: string, code: string, why?: string): void {
  const { height, time, appHash } = machine.info()
  const block = { height: height + 1, time: time + 1, txs: [tx] }
  assert.equal(machine.checkTx(tx).code, code, `checkTx: ${why}`)
  const { txs, results } = machine.prepareProposal(block)
  assert.deepEqual([txs, results.map((result) => result?.code)], [[], [code]], `prepareProposal: ${why}`)
  assert.equal(machine.processProposal(block), false, `processProposal: ${why}`)
  const { results: run, appHash: after, txSize } = machine.finalizeBlock(block)
  assert.deepEqual([run.map((result) => result.code), after, txSize], [[code], appHash, 0], `finalizeBlock: ${why}`)
}

const signed = (source: string, header: Record<string, string> = {}) =>
  signJws(keys.privateKey, { typ: TX_TYP, kid: keys.publicKey, ...header }, utf8(source))

test('L1 unknown fields, free text and JSON are refused by the machine itself, at every door', async () => {
  const { body, ...rest } = payload
  const cases: Record<string, unknown> = {
    'unknown field': { ...payload, note: 1 },
    'unknown field in the body': { ...rest, body: { ...body, note: 1 } },
    'free text in a field': { ...rest, body: { key: 'Jean Dupont (sample), asthma' } },
    'JSON in a field': { ...rest, body: { key: '{"a":1}' } },
    'object in a field': { ...rest, body: { key: { a: 1 } } },
    'missing field': { ...rest, body: {} },
    'a list': [payload],
    'no type': { ...rest, type: 7, body },
    'a number as text': { ...payload, seq: '1' },
    'sequence zero': { ...payload, seq: 0 },
  }
  for (const [why, value] of Object.entries(cases)) refusedEverywhere(await signed(canonical(value)), 'tx-invalid', why)
  refusedEverywhere(await signed('plain text'), 'tx-invalid')
  refusedEverywhere(await signed(canonical({ ...payload, type: 'toString' })), 'type-unknown')
  refusedEverywhere(await signed(canonical({ ...payload, type: '__proto__' })), 'type-unknown')
})

test('L1 a body says which field was wrong, never what stood in it', async () => {
  const tx = await signed(canonical({ ...payload, body: { key: 'Jean Dupont (sample)' } }))
  assert.deepEqual(machine.checkTx(tx), { code: 'tx-invalid', facts: { at: 'body.key', problem: 'invalid_format' } })
})

test('L1 a header is no place for a fourth field, nor for white space', async () => {
  const source = canonical(payload)
  refusedEverywhere(await signed(source, { note: 'hello' }), 'tx-invalid')
  refusedEverywhere(await signed(source, { kid: 'short' }), 'tx-invalid')
  refusedEverywhere(await signed(source, { typ: 'salus-header+jws' }), 'tx-invalid')
  const [head, body] = (await signed(source)).split('.') as [string, string]
  const spaced = base64url(utf8(text(fromBase64url(head)).replace('{', '{ ')))
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, utf8(`${spaced}.${body}`)))
  refusedEverywhere(`${spaced}.${body}.${base64url(signature)}`, 'tx-invalid')
})

test('L2 one content has one text', async () => {
  const source = canonical(payload)
  for (const other of [` ${source}`, source.replace('"seq":1', '"seq":1.0'), source.replace('"org"', '"or\\u0067"')]) {
    refusedEverywhere(await signed(other), 'tx-not-canonical', other)
  }
  refusedEverywhere(await signed(source.replace('"seq":1', '"seq":1.5')), 'tx-not-canonical')
  refusedEverywhere(await signed(source.replace('{', '{"seq":1,')), 'tx-invalid', 'a key twice')
  refusedEverywhere(`${await signed(source)}=`, 'tx-invalid')
})

test('L3 only the organisation, with its present key, on this chain', async () => {
  const other = await generateDeviceKey()
  refusedEverywhere(await signTx(other.privateKey, other.publicKey, payload), 'key-other')
  refusedEverywhere(await signTx(other.privateKey, keys.publicKey, payload), 'signature-invalid')
  refusedEverywhere(await signed(canonical({ ...payload, chain: 'salus-other' })), 'chain-other')
  refusedEverywhere(await signed(canonical({ ...payload, org: 'sample-two' })), 'org-unknown')
  refusedEverywhere('x'.repeat(8193), 'tx-too-large')
  const tx = await signed(canonical(payload))
  const flipped = tx.slice(0, -4) + (tx.at(-4) === 'A' ? 'B' : 'A') + tx.slice(-3)
  refusedEverywhere(flipped, 'signature-invalid')
})

test('L3 the same transaction is taken once', async () => {
  const tx = await signed(canonical(payload))
  assert.deepEqual(runBlock(machine, [tx, tx]), ['ok', 'key-other'])
  assert.equal(machine.query('machine/seq', 'sample-one'), 1)
})
