import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { manualClock, seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { signJws, verifyEd25519 } from '@salus/crypto/jws'
import fc from 'fast-check'
import { MAX_STATEMENT, STATEMENT_TYP } from './contract.ts'
import { parseStatement, signStatement, statementDigest } from './statement.ts'
import { createSigner } from './testing.ts'

const times = { clock: manualClock().clock, random: seededRandom(3) }
const signer = await createSigner()
const draft = { type: 'SampleWritten', iss: 'saint-roch', aud: 'journal.example', body: { words: 'sample', n: 1 } }
const token = await signStatement(signer, draft, times)
const code =
  (...codes: string[]) =>
  (error: unknown) =>
    isAppError(error) && codes.includes(error.code)
const invalid = code('statement-invalid')

/** A token over this very payload text, under a header that may differ. */
const signed = (payload: string, header: Record<string, string> = {}) =>
  signJws(signer.privateKey, { typ: STATEMENT_TYP, kid: signer.kid, ...header }, utf8(payload))
const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
const withField = (change: object) => signed(JSON.stringify({ ...payload, ...change }))

test('J7 what is signed is what is read: the exact bytes, verified by the key it names', async () => {
  const read = parseStatement(token)
  assert.deepEqual([read.type, read.iss, read.aud, read.body], [draft.type, draft.iss, draft.aud, draft.body])
  assert.deepEqual([read.token, read.kid, read.exp - read.iat], [token, signer.kid, 600])
  assert.ok(await verifyEd25519(signer.publicKey, read.signingInput, read.signature))
  assert.equal(statementDigest(token), digest(token))
})

test('J7 property: one letter changed is refused, or is another statement that does not verify', async () => {
  const letter = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='.split(''))
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), letter, async (at, one) => {
      if (token[at] === one) return
      const changed = token.slice(0, at) + one + token.slice(at + 1)
      try {
        const read = parseStatement(changed)
        assert.equal(await verifyEd25519(signer.publicKey, read.signingInput, read.signature), false)
      } catch (error) {
        if (!isAppError(error)) throw error
      }
    }),
    { numRuns: 300 },
  )
})

test('J7 the sixteen other spellings of the signature’s last letter are refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1)!)
  for (let low = 0; low < 16; low++) {
    const other = token.slice(0, -1) + alphabet[(last & 48) | low]!
    if (other === token) parseStatement(other)
    else assert.throws(() => parseStatement(other), invalid)
  }
  for (const other of [`${token}=`, `${token}\n`, ` ${token}`, `${token}.`, '']) {
    assert.throws(() => parseStatement(other), invalid)
  }
})

test('J7 unknown fields, missing fields, double keys and other types are refused, in payload and header', async () => {
  const mismatch = code('schema-mismatch')
  const wrong = await Promise.all(
    [
      { more: 1 },
      { id: 'short' },
      { type: 'lowercase' },
      { iss: 'Not An Organisation' },
      { aud: undefined },
      { iat: '1' },
      { exp: 1.5 },
      { sub: 'someone' },
      { body: [] },
    ].map(withField),
  )
  for (const one of wrong) assert.throws(() => parseStatement(one), mismatch)
  const text = JSON.stringify(payload)
  const double = await signed(text.replace('{', '{"type":"SampleErased",'))
  assert.throws(() => parseStatement(double), code('json-duplicate-key'))
  assert.throws(() => parseStatement(`${double.slice(0, 5)}`), invalid)
  const proto = await signed(text.replace('"n":1', '"__proto__":1'))
  assert.throws(() => parseStatement(proto), code('json-invalid'))
  for (const header of [{ typ: 'salus-packet+jwe' }, { kid: 'short' }, { jku: 'https://a.example' }]) {
    assert.throws(() => parseStatement(token.replace(/^[^.]+/, '')), invalid)
    const other = await signed(text, header as never)
    assert.throws(() => parseStatement(other), invalid, JSON.stringify(header))
  }
  const none = base64url(utf8(JSON.stringify({ alg: 'none', typ: STATEMENT_TYP, kid: signer.kid })))
  assert.throws(() => parseStatement(`${none}.${token.split('.')[1]}.`), invalid)
})

test('J7 a statement is at most 256 KiB', async () => {
  const size = async (words: number) => signStatement(signer, { ...draft, body: { words: 'a'.repeat(words) } }, times)
  const fits = await size(196_000)
  assert.ok(fits.length <= MAX_STATEMENT)
  parseStatement(fits)
  const large = await size(197_000)
  assert.ok(large.length > MAX_STATEMENT)
  assert.throws(() => parseStatement(large), code('statement-too-large'))
})
