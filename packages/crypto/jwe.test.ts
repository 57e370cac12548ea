import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, fromBase64url, fromHex, hex, text, utf8 } from '@salus/base/bytes'
import { needsShared } from '@salus/base/testing'
import fc from 'fast-check'
import { concatKdf, importPrivate, publicOf, sharedSecret } from './agree.ts'
import { gcmOpen, gcmSeal } from './gcm.ts'
import { decryptJwe, encryptJwe, splitJwe } from './jwe.ts'
import { oaepOpen } from './oaep.ts'
import { packetHeader } from './packet.ts'
import { readVectors } from './testing.ts'

const needs = needsShared('vectors/wycheproof')
const refused = { name: 'AppError', code: 'cannot-open' }

test('Wycheproof AES-GCM: the 66 cases of a 256-bit key, 96-bit IV and 128-bit tag', needs, async () => {
  type Case = {
    tcId: number
    key: string
    iv: string
    aad: string
    msg: string
    ct: string
    tag: string
    result: string
  }
  type Group = { keySize: number; ivSize: number; tagSize: number; tests: Case[] }
  const { testGroups } = readVectors<{ testGroups: Group[] }>('wycheproof/aes_gcm_test.json')
  const counts = { ours: 0, otherIv: 0 }
  for (const { keySize, ivSize, tagSize, tests } of testGroups) {
    if (keySize !== 256) continue
    for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
      const open = () => gcmOpen(fromHex(key), fromHex(iv), fromHex(aad), fromHex(ct + tag))
      if (ivSize !== 96) {
        // Another IV length derives the counter through GHASH (SP 800-38D §7.1 step 2): valid elsewhere, refused here.
        await assert.rejects(open(), `tcId ${tcId}`)
        counts.otherIv++
        continue
      }
      assert.equal(tagSize, 128)
      counts.ours++
      if (result !== 'valid') await assert.rejects(open(), `tcId ${tcId}`)
      else {
        assert.equal(hex(await open()), msg, `tcId ${tcId}`)
        assert.equal(hex(await gcmSeal(fromHex(key), fromHex(iv), fromHex(aad), fromHex(msg))), ct + tag)
      }
    }
  }
  assert.deepEqual(counts, { ours: 66, otherIv: 39 })
})

test('Wycheproof X25519: 518 cases, an all-zero secret is refused', needs, async () => {
  type Case = { tcId: number; public: string; private: string; shared: string; flags: string[] }
  const { testGroups } = readVectors<{ testGroups: { tests: Case[] }[] }>('wycheproof/x25519_test.json')
  const counts = { agreed: 0, refused: 0 }
  for (const { tcId, public: peer, private: own, shared, flags } of testGroups.flatMap((group) => group.tests)) {
    const agree = sharedSecret(await importPrivate(fromHex(own)), fromHex(peer))
    if (flags.includes('ZeroSharedSecret')) {
      await assert.rejects(agree, `tcId ${tcId}`)
      counts.refused++
    } else {
      assert.equal(hex(await agree), shared, `tcId ${tcId}`)
      counts.agreed++
    }
  }
  assert.deepEqual(counts, { agreed: 487, refused: 31 })
})

test('C1 an all-zero secret is refused even where the platform lets it pass', async (t) => {
  const own = await importPrivate(new Uint8Array(32).fill(8))
  t.mock.method(crypto.subtle, 'deriveBits', async () => new ArrayBuffer(32))
  await assert.rejects(sharedSecret(own, Uint8Array.of(9, ...new Uint8Array(31))), RangeError)
})

test('default: X25519 agreement gives the known answer of RFC 8037 A.6', async () => {
  const ephemeral = await importPrivate(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
  assert.equal(base64url(await publicOf(ephemeral)), 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo')
  const secret = await sharedSecret(ephemeral, fromBase64url('3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08'))
  assert.equal(hex(secret), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
})

test('default: Concat KDF gives the known answer of RFC 7518 appendix C', () => {
  const secret = '9e56d91d817135d372834283bf84269cfb316ea3da806a48f6daa7798cfe90c4'
  const key = concatKdf(fromHex(secret), 'A128GCM', 128, utf8('Alice'), utf8('Bob'))
  assert.equal(base64url(key), 'VqqN6vgjbSBcIijNcacQGg')
})

type Jwk = JsonWebKey & { alg: string; crv?: string }
type JweCase = { tcId: number; jwe: unknown; enc?: string; pt?: string; result: string }
type JweGroup = { comment: string; private: Jwk; tests: JweCase[] }
const jweGroups = () => readVectors<{ testGroups: JweGroup[] }>('wycheproof/json_web_encryption_test.json').testGroups

test('C7 Wycheproof JWE and JWC: all 139 and 34 are outside our profile and refused as packets', needs, () => {
  const tests = jweGroups().flatMap((group) => group.tests)
  const other = readVectors<{ testGroups: JweGroup[] }>('wycheproof/json_web_crypto_test.json').testGroups
  const more = other.flatMap((group) => group.tests).filter((test) => test.jwe !== undefined)
  for (const { tcId, jwe } of [...tests, ...more]) {
    const given = typeof jwe === 'string' ? jwe : JSON.stringify(jwe)
    assert.throws(() => packetHeader(given), refused, `tcId ${tcId}`)
  }
  assert.deepEqual([tests.length, more.length], [139, 34])
})

test('Wycheproof JWE: RSA-OAEP-256 and ECDH-ES with GCM open through our own steps', needs, async () => {
  const opened: number[] = []
  for (const { private: jwk, tests } of jweGroups()) {
    for (const { tcId, jwe, enc = '', pt, result } of tests) {
      if (!/^A(128|192|256)GCM$/.test(enc) || !['RSA-OAEP-256', 'ECDH-ES'].includes(jwk.alg)) continue
      const parts = splitJwe(jwe as string)
      // tcId 94-99, 111, 122-127 are RSA1_5 tokens for an OAEP key: opening by their key's alg must fail.
      const key = () => (jwk.alg === 'ECDH-ES' ? agreed(jwk, parts.header, enc) : unwrapped(jwk, parts.encryptedKey))
      const open = async () => decryptJwe(await key(), parts)
      if (result !== 'valid') await assert.rejects(open(), `tcId ${tcId}`)
      else {
        assert.equal(hex(await open()), pt, `tcId ${tcId}`)
        opened.push(tcId)
      }
    }
  }
  assert.deepEqual(opened, [76, 77, 78, 88, 89, 90, 121])
})

async function unwrapped({ alg: _, use: __, ...jwk }: Jwk, encryptedKey: Uint8Array<ArrayBuffer>) {
  const usage = { name: 'RSA-OAEP', hash: 'SHA-256' }
  return oaepOpen(await crypto.subtle.importKey('jwk', jwk, usage, false, ['decrypt']), encryptedKey)
}

// Those vectors agree on P-256: the curve is the test's, the Concat KDF and the opening are ours.
async function agreed({ alg: _, use: __, ...jwk }: Jwk, header: unknown, enc: string) {
  const { epk } = header as { epk: JsonWebKey }
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const own = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits'])
  const peer = await crypto.subtle.importKey('jwk', epk, curve, false, [])
  const secret = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: peer }, own, 256))
  return concatKdf(secret, enc, Number(enc.slice(1, 4)))
}

const key = new Uint8Array(32).fill(7)
const iv = new Uint8Array(12)

test('C2 one text per JWE: padding, white space and other letters for the same bytes are refused', async () => {
  const jwe = await encryptJwe(key, { alg: 'dir' }, new Uint8Array(0), iv, utf8('a sample'))
  assert.equal(text(await decryptJwe(key, splitJwe(jwe))), 'a sample')
  const parts = jwe.split('.')
  const tag = parts[4] as string
  const alias = tag.slice(0, -1) + String.fromCharCode(tag.charCodeAt(21) + 1)
  const others = [`${jwe}=`, `${jwe}\n`, `${jwe}.`, ` ${jwe}`, parts.slice(0, 4).join('.'), '', '....']
  for (const other of [...others, [...parts.slice(0, 4), alias].join('.')]) {
    assert.throws(() => splitJwe(other), refused, JSON.stringify(other))
  }
  assert.deepEqual(Buffer.from(alias, 'base64url'), Buffer.from(tag, 'base64url'), 'the alias names the same bytes')
})

test('C4 a shortened tag or another IV length is refused before decrypting', async () => {
  const jwe = await encryptJwe(key, { alg: 'dir' }, new Uint8Array(0), iv, utf8('a sample'))
  const parts = jwe.split('.')
  const cut = (at: number, bytes: number) => {
    const short = base64url(fromBase64url(parts[at] as string).subarray(bytes))
    return parts.map((part, i) => (i === at ? short : part)).join('.')
  }
  for (const other of [cut(2, 1), cut(2, 4), cut(4, 1), cut(4, 4), cut(4, 16)]) {
    assert.throws(() => splitJwe(other), refused)
  }
})

test('behavior: any change of any letter is refused', async () => {
  const jwe = await encryptJwe(key, { alg: 'dir', enc: 'A256GCM' }, utf8('key'), iv, utf8('a sample of some length'))
  const [head, encryptedKey] = jwe.split('.') as [string, string]
  const keyFrom = head.length + 1
  await fc.assert(
    fc.asyncProperty(fc.nat(jwe.length - 1), fc.constantFrom(...'AQgwBz09-_.'), async (at, letter) => {
      // The encrypted key is no part of the AAD (RFC 7516 §5.1 step 14): it decides which key comes out, not this step.
      fc.pre(jwe[at] !== letter && (at < keyFrom || at >= keyFrom + encryptedKey.length))
      const other = jwe.slice(0, at) + letter + jwe.slice(at + 1)
      await assert.rejects(async () => decryptJwe(key, splitJwe(other)))
    }),
  )
})
