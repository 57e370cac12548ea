import assert from 'node:assert/strict'
import { hkdfSync, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { type Bytes, base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { seededRandom } from '@salus/base/testing'
import fc from 'fast-check'
import { sealCommitted } from './committed.ts'
import * as keychain from './keychain.ts'
import { sealContent } from './seal.ts'

const refused = { name: 'AppError', code: 'cannot-open', message: 'cannot-open', facts: {} }
const mistyped = { name: 'AppError', code: 'code-mistyped' }
const master = keychain.newMasterKey(systemRandom)
const code = keychain.newRecoveryCode(systemRandom)
const headerOf = (jwe: string) => JSON.parse(text(fromBase64url(jwe.split('.')[0] as string)))

test('C8 a recovery code has six groups of five letters, 130 random bits, and differs each time', () => {
  assert.match(code, /^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){5}$/)
  const asked: number[] = []
  keychain.newRecoveryCode((length) => {
    asked.push(length)
    return systemRandom(length)
  })
  // 26 bytes of which 5 bits each are used.
  assert.deepEqual(asked, [26])
  const codes = Array.from({ length: 50 }, () => keychain.newRecoveryCode(systemRandom))
  assert.equal(new Set(codes).size, 50)
  const letters = new Set(codes.join('').replaceAll('-', ''))
  assert.equal(letters.size, 32)
})

test('C8 a code works as people type it: case, spaces, dashes, I L for 1, O for 0', async () => {
  const wrap = await keychain.wrapWithCode(master, code, systemRandom)
  const ways = [
    code,
    code.toLowerCase(),
    code.replaceAll('-', ''),
    code.replaceAll('-', ' '),
    ` ${code.replace(/.{7}/g, '$&  ')}\n`,
    code.replaceAll('1', 'I').replaceAll('0', 'O'),
    code.replaceAll('1', 'l').replaceAll('0', 'o'),
  ]
  for (const typed of ways) assert.deepEqual(await keychain.unwrapWithCode(wrap, typed), master, typed)
})

test('C8 a typing mistake is found by the checksum before anything is tried', async (t) => {
  const wrap = await keychain.wrapWithCode(master, code, systemRandom)
  const decrypt = t.mock.method(crypto.subtle, 'decrypt')
  const letters = code.replaceAll('-', '')
  const mistakes = fc.oneof(
    fc
      .record({ at: fc.nat(29), letter: fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ') })
      .map(({ at, letter }) => letters.slice(0, at) + letter + letters.slice(at + 1)),
    fc.nat(28).map((at) => letters.slice(0, at) + letters[at + 1] + letters[at] + letters.slice(at + 2)),
    fc.nat(29).map((at) => letters.slice(0, at) + letters.slice(at + 1)),
    fc.nat(29).map((at) => letters.slice(0, at) + letters[at] + letters.slice(at)),
  )
  const run = fc.asyncProperty(mistakes, async (typed) => {
    fc.pre(typed !== letters)
    await assert.rejects(keychain.unwrapWithCode(wrap, typed), mistyped)
  })
  // One mistake in a million slips through 20 bits: too rare to fail a run of 200.
  await fc.assert(run, { numRuns: 200 })
  for (const typed of ['', 'hello', `${code}U`, code.replace(/^./, 'U'), code.replace(/^./, 'é')]) {
    await assert.rejects(keychain.unwrapWithCode(wrap, typed), mistyped)
    await assert.rejects(keychain.wrapWithCode(master, typed, systemRandom), mistyped)
  }
  assert.equal(decrypt.mock.callCount(), 0)
})

test('C8 the wrap names its way, suite and salt; each wrap has a fresh salt', async () => {
  const [a, b] = [
    await keychain.wrapWithCode(master, code, systemRandom),
    await keychain.wrapWithCode(master, code, systemRandom),
  ]
  const { salt, kc, ...rest } = headerOf(a)
  assert.deepEqual(rest, { alg: 'dir', enc: 'A256GCM', suite: 1, typ: 'salus-wrap+jwe', way: 'code' })
  assert.equal(fromBase64url(salt).length, 32)
  assert.notEqual(salt, headerOf(b).salt)
  assert.notEqual(kc, headerOf(b).kc)
  const ikm = utf8(code.replaceAll('-', ''))
  const commitment = hkdfSync('sha256', ikm, fromBase64url(salt), 'salus/wrap/v1/code/commitment', 32)
  assert.equal(kc, base64url(new Uint8Array(commitment)))
})

test('C8 another valid code does not open', async () => {
  const wrap = await keychain.wrapWithCode(master, code, systemRandom)
  await assert.rejects(keychain.unwrapWithCode(wrap, keychain.newRecoveryCode(systemRandom)), refused)
})

for (const way of ['card', 'passkey', 'guardians'] as const) {
  test(`C8 the master key comes back by ${way}, and by no other key or way`, async () => {
    const key = systemRandom(32)
    const wrap = await keychain.wrapWithKey(master, way, key, systemRandom)
    assert.deepEqual(await keychain.unwrapWithKey(wrap, key), master)
    assert.equal(keychain.wayOf(wrap), way)
    await assert.rejects(keychain.unwrapWithKey(wrap, systemRandom(32)), refused)
    await assert.rejects(keychain.unwrapWithKey(wrap, key.subarray(1)), refused)
    await assert.rejects(keychain.unwrapWithCode(wrap, code), refused)
    const [head, ...rest] = wrap.split('.') as [string, ...string[]]
    const header = { ...headerOf(wrap), way: way === 'card' ? 'passkey' : 'card' }
    assert.notEqual(head, '')
    await assert.rejects(
      keychain.unwrapWithKey([base64url(utf8(JSON.stringify(header))), ...rest].join('.'), key),
      refused,
    )
  })
}

// A wrap with any way, key and content, as someone could make who breaks the rules.
function crafted(way: string, secret: Uint8Array, content: Uint8Array): Promise<string> {
  const salt = systemRandom(32)
  const members = { typ: 'salus-wrap+jwe', way, salt: base64url(salt) }
  return sealCommitted(secret, { label: `salus/wrap/v1/${way}`, salt }, members, content, systemRandom)
}

test('C8 a wrap by code opens by code only, whatever it was made with', async () => {
  const letters = utf8(code.replaceAll('-', ''))
  const key = systemRandom(32)
  assert.deepEqual(await keychain.unwrapWithCode(await crafted('code', letters, master), code), master)
  await assert.rejects(async () => keychain.unwrapWithCode(await crafted('card', letters, master), code), refused)
  assert.deepEqual(await keychain.unwrapWithKey(await crafted('card', key, master), key), master)
  await assert.rejects(async () => keychain.unwrapWithKey(await crafted('code', key, master), key), refused)
  await assert.rejects(async () => keychain.unwrapWithKey(await crafted('other', key, master), key), refused)
})

test('C8 what comes out of a wrap is 32 bytes', async () => {
  const key = systemRandom(32)
  for (const length of [0, 31, 33]) {
    await assert.rejects(
      async () => keychain.unwrapWithKey(await crafted('card', key, new Uint8Array(length)), key),
      refused,
    )
  }
})

test('C8 any one of several wraps restores the same keychain', async () => {
  const key = systemRandom(32)
  const sealed = await keychain.sealKeychain(master, utf8('sample keys'), systemRandom)
  const restored = [
    await keychain.unwrapWithCode(await keychain.wrapWithCode(master, code, systemRandom), code),
    await keychain.unwrapWithKey(await keychain.wrapWithKey(master, 'card', key, systemRandom), key),
  ]
  for (const found of restored) assert.equal(text(await keychain.openKeychain(found, sealed)), 'sample keys')
})

test('C3 keychain and wraps commit to their key', async () => {
  const sealed = await keychain.sealKeychain(master, utf8('x'), systemRandom)
  const { kc, ...rest } = headerOf(sealed)
  assert.deepEqual(rest, { alg: 'dir', enc: 'A256GCM', suite: 1, typ: 'salus-keychain+jwe' })
  const commitment = hkdfSync('sha256', master, new Uint8Array(0), 'salus/keychain/v1/commitment', 32)
  assert.equal(kc, base64url(new Uint8Array(commitment)))
})

test('C4 what is not a keychain or a wrap is cannot-open, whatever it is', async () => {
  const sealed = await keychain.sealKeychain(master, utf8('x'), systemRandom)
  const wrap = await keychain.wrapWithKey(master, 'card', master, systemRandom)
  await assert.rejects(keychain.openKeychain(systemRandom(32), sealed), refused)
  for (const jwe of ['', 'a.b.c.d.e', `${sealed} `, wrap, await sealContent(master, utf8('x'), systemRandom)]) {
    await assert.rejects(keychain.openKeychain(master, jwe), refused)
  }
  for (const jwe of ['', sealed, `${wrap}=`]) {
    await assert.rejects(keychain.unwrapWithKey(jwe, master), refused)
    assert.throws(() => keychain.wayOf(jwe), refused)
  }
  await assert.rejects(keychain.unwrapWithKey(await keychain.wrapWithCode(master, code, systemRandom), master), refused)
})

test('error: keys that are not 32 bytes seal and wrap nothing', async () => {
  const short = new Uint8Array(16) as Bytes
  const bad = { code: 'key-invalid' }
  await assert.rejects(keychain.sealKeychain(short, utf8('x'), systemRandom), bad)
  await assert.rejects(keychain.wrapWithCode(short, code, systemRandom), bad)
  await assert.rejects(keychain.wrapWithKey(master, 'card', short, systemRandom), bad)
  assert.equal(keychain.newMasterKey(seededRandom(1)).length, 32)
})

test('C13 a locator is the same for the same way and secret only, and is neither the secret nor the wrap key', async () => {
  const key = systemRandom(32)
  const at = keychain.locatorOf('passkey', key)
  assert.equal(keychain.locatorOf('passkey', key), at)
  assert.notEqual(keychain.locatorOf('guardians', key), at)
  assert.notEqual(keychain.locatorOf('passkey', systemRandom(32)), at)
  assert.equal(keychain.locatorOf('code', code.toLowerCase()), keychain.locatorOf('code', code))
  assert.throws(() => keychain.locatorOf('code', code.slice(1)), mistyped)
  const found = fromBase64url(at)
  const wrap = await keychain.wrapWithKey(master, 'passkey', key, systemRandom)
  await assert.rejects(keychain.unwrapWithKey(wrap, found), refused)
})

test('C13 a card opens with its PIN only; its id is the same with any', async () => {
  const card = systemRandom(32)
  const [right, wrong] = [await keychain.cardSecret(card, '4711'), await keychain.cardSecret(card, '4712')]
  const expected = pbkdf2Sync('4711', card, 600_000, 32, 'sha256')
  assert.deepEqual(right, new Uint8Array(expected))
  const wrap = await keychain.wrapWithKey(master, 'card', right, systemRandom)
  assert.deepEqual(await keychain.unwrapWithKey(wrap, right), master)
  await assert.rejects(keychain.unwrapWithKey(wrap, wrong), refused)
  await assert.rejects(keychain.unwrapWithKey(wrap, card), refused)
  assert.notEqual(keychain.cardIdOf(card), keychain.locatorOf('card', right))
})
