import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text } from '@salus/base/bytes'
import type { OrgId } from '@salus/base/ids'
import { decodeJws } from '@salus/crypto/jws'
import { generateDeviceKey } from '@salus/crypto/keys'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { TX_TYP } from './contract.ts'
import { draftTx, signTx } from './device.ts'
import { proposalId } from './members.ts'
import { bodyOf, sampleOrganisation, sampleVkey } from './samples.ts'
import { isVkeyOf } from './vkey.ts'

const at = { chain: 'salus-sample', org: 'sample-one', seq: 1 }

test('L2 a transaction is one text: sorted payload, three header fields, the signature over exactly that', async () => {
  const { publicKey, privateKey } = await generateDeviceKey()
  const tx = await signTx(privateKey, publicKey, draftTx(at, 'org.remove', { org: 'sample-two' as OrgId }))
  const { header, payload, signature, signingInput } = decodeJws(tx, TX_TYP)
  assert.deepEqual(header, { alg: 'Ed25519', typ: 'salus-tx+jws', kid: publicKey })
  assert.equal(
    text(payload),
    '{"body":{"org":"sample-two"},"chain":"salus-sample","org":"sample-one","seq":1,"type":"org.remove"}',
  )
  assert.equal(verifyEd25519Sync(publicKey, signingInput, signature), true)
})

test('L1 a draft that would be refused is refused before it is signed', () => {
  assert.throws(() => draftTx(at, 'org.remove', { org: 'Not An Id' as OrgId }))
  assert.throws(() => draftTx(at, 'org.remove', { org: 'sample-two' as OrgId, note: 'x' } as { org: OrgId }))
})

test('L5 a proposal has the same name whatever the order its fields were written in, another for another content', async () => {
  const body = bodyOf(await sampleOrganisation('sample-one'))
  const turned = Object.fromEntries(Object.entries(body).reverse()) as typeof body
  const id = proposalId({ type: 'org.admit', body })
  assert.equal(proposalId({ type: 'org.admit', body: turned }), id)
  assert.notEqual(proposalId({ type: 'org.admit', body: { ...body, country: 'BE' } }), id)
  assert.notEqual(proposalId({ type: 'org.remove', body: { org: body.org } }), id)
})

test('L7 the verifier key of the format’s own known answer is read, under its own name only', () => {
  // C2SP signed-note's example, taken as text made by others.
  const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
  assert.equal(isVkeyOf({ origin: 'example.com/foo', vkey }), true)
  assert.equal(isVkeyOf({ origin: 'example.com/bar', vkey }), false)
  assert.equal(isVkeyOf({ origin: 'example.com/foo', vkey: vkey.replace('530d903a', '530d903b') }), false)
  assert.equal(isVkeyOf({ origin: 'example.com/foo', vkey: `${vkey}=` }), false)
})

test('L7 a verifier key may hold the letter that also separates its parts', async () => {
  let vkey = ''
  // Standard base64 holds a `+` in about every second key.
  while (vkey.split('+').length <= 3) vkey = sampleVkey('log.one.example', (await generateDeviceKey()).publicKey)
  assert.equal(isVkeyOf({ origin: 'log.one.example', vkey }), true)
})

test('L7 a cosigner’s key is no log’s key', async () => {
  const { publicKey } = await generateDeviceKey()
  const vkey = (type: number) => sampleVkey('log.one.example', publicKey, type)
  assert.equal(isVkeyOf({ origin: 'log.one.example', vkey: vkey(1) }), true)
  assert.equal(isVkeyOf({ origin: 'log.one.example', vkey: vkey(4) }), false)
})
