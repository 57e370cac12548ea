import assert from 'node:assert/strict'
import { test } from 'node:test'
import { text, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newId } from '@salus/base/ids'
import { signJws, verifyEd25519 } from '@salus/crypto/jws'
import { generateDeviceKey, signingThumbprint } from '@salus/crypto/keys'
import { type AuthorKeys, openDocument, signDocument } from './document.ts'

const { publicKey, privateKey } = await generateDeviceKey()
const signer = { privateKey, kid: signingThumbprint(publicKey) }
const [ann, bob] = ['A', 'B'].map((letter) => letter.repeat(26)) as [never, never]
const about = {
  iss: 'saint-roch' as never,
  sub: ann,
  rec: newId<never>(systemRandom),
  ver: 1,
  cat: 'allergies' as const,
}
// Spaces, a decimal's last zero, an unusual order: exactly these bytes are signed.
const fhir = '{ "value": 1.50,\n "resourceType":"Observation" }'
const keys: AuthorKeys = async (issuer, kid) => (issuer === 'saint-roch' && kid === signer.kid ? publicKey : undefined)
const open = (token: string, expected: object = about, finding = keys) =>
  openDocument(token, expected as never, finding, verifyEd25519)
const invalid = { code: 'document-invalid' }
const token = await signDocument(signer, about, utf8(fhir))

test('R10 a document gives back the exact bytes its author signed', async () => {
  const opened = await open(token)
  assert.equal(text(opened.fhir), fhir)
  assert.equal(opened.head.iss, 'saint-roch')
})

test('R10 a document opens as what it was signed for: patient, record, version, category, author', async () => {
  const { iss: _, ...anyone } = about
  await open(token, anyone)
  for (const over of [{ sub: bob }, { rec: newId(systemRandom) }, { ver: 2 }, { cat: 'social' }, { iss: bob }]) {
    await assert.rejects(open(token, { ...about, ...over }), invalid, JSON.stringify(over))
  }
})

test('R10 one letter changed, another key, another type or a header with more is refused', async () => {
  for (let at = 0; at < token.length; at += 23) {
    const letter = token[at] === 'A' ? 'B' : 'A'
    await assert.rejects(open(`${token.slice(0, at)}${letter}${token.slice(at + 1)}`), invalid)
  }
  const thief = await generateDeviceKey()
  const kid = signingThumbprint(thief.publicKey)
  await assert.rejects(open(await signDocument({ privateKey: thief.privateKey, kid }, about, utf8(fhir))), invalid)
  await assert.rejects(
    open(await signDocument({ ...signer, privateKey: thief.privateKey }, about, utf8(fhir))),
    invalid,
  )
  const head = { typ: 'salus-record+jws', kid: signer.kid, ...about, cty: 'application/fhir+json' }
  await open(await signJws(privateKey, head, utf8(fhir)))
  for (const over of [
    { typ: 'salus-statement+jws' },
    { more: 1 },
    { cty: 'text/plain' },
    { ver: 0 },
    { cat: 'hidden' },
  ]) {
    await assert.rejects(open(await signJws(privateKey, { ...head, ...over }, utf8(fhir))), invalid)
  }
})

test('R10 an author nobody vouches for is refused; a node out of reach is not the document’s fault', async () => {
  const failing = (code: string) => open(token, about, () => Promise.reject(new AppError(code)))
  for (const code of ['keyring-unknown', 'keyring-broken']) await assert.rejects(failing(code), invalid)
  await assert.rejects(
    open(token, about, async () => undefined),
    invalid,
  )
  await assert.rejects(failing('node-unreachable'), { code: 'node-unreachable' })
})
