import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { expand } from '@noble/hashes/hkdf.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { equal, fromHex, hex, utf8 } from '@salus/base/bytes'
import { needsShared } from '@salus/base/testing'
import fc from 'fast-check'
import { digest, expand512, hkdf256, hkdf256Each, hmacSha256, sha256 } from './hash.ts'
import { readVectors } from './testing.ts'

const needs = needsShared('vectors/wycheproof')
type File<Group, Case> = { testGroups: (Group & { tests: Case[] })[] }

test('default: SHA-256 and digest give the known answers of FIPS 180-4', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(hex(sha256(utf8('abc'))), abc)
  assert.equal(digest('abc'), Buffer.from(abc, 'hex').toString('base64url'))
  assert.equal(digest(utf8('abc')), digest('abc'))
})

test('default: sha256 equals another implementation on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(hex(sha256(bytes)), createHash('sha256').update(bytes).digest('hex'))
    }),
  )
})

test('Wycheproof HMAC-SHA-256: 174 cases', needs, () => {
  type Case = { tcId: number; key: string; msg: string; tag: string; result: string }
  const { testGroups } = readVectors<File<{ tagSize: number }, Case>>('wycheproof/hmac_sha256_test.json')
  let ran = 0
  for (const { tagSize, tests } of testGroups) {
    for (const { tcId, key, msg, tag, result } of tests) {
      const mac = hmacSha256(fromHex(key), fromHex(msg)).subarray(0, tagSize / 8)
      assert.equal(equal(mac, fromHex(tag)), result === 'valid', `tcId ${tcId}`)
      ran++
    }
  }
  assert.equal(ran, 174)
})

test('Wycheproof HKDF-SHA-256: 86 cases, an output of more than 255 blocks is refused', needs, () => {
  type Case = { tcId: number; ikm: string; salt: string; info: string; size: number; okm: string; result: string }
  const { testGroups } = readVectors<File<object, Case>>('wycheproof/hkdf_sha256_test.json')
  let ran = 0
  for (const { tcId, ikm, salt, info, size, okm, result } of testGroups.flatMap((group) => group.tests)) {
    const derive = () => hkdf256(fromHex(ikm), fromHex(salt), fromHex(info), size)
    if (result === 'valid') assert.equal(hex(derive()), okm, `tcId ${tcId}`)
    else assert.throws(derive, `tcId ${tcId}`)
    ran++
  }
  assert.equal(ran, 86)
})

test('behavior: hkdf256Each gives what hkdf256 gives for each info', () => {
  const [ikm, salt] = [utf8('input key'), utf8('salt')]
  const [a, b] = hkdf256Each(ikm, salt, ['a', 'b'], 32)
  assert.deepEqual(a, hkdf256(ikm, salt, 'a', 32))
  assert.deepEqual(b, hkdf256(ikm, salt, utf8('b'), 32))
  assert.notDeepEqual(a, b)
})

test('behavior: expand512 equals another implementation for keys it takes, and takes 32-byte keys', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 200 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.integer({ min: 1, max: 400 }),
      (key, info, length) => assert.deepEqual(expand512(key, info, length), expand(sha512, key, info, length)),
    ),
    { numRuns: 40 },
  )
  // HMAC pads a key below the block size with zeros (RFC 2104 §2), so a padded key expands to the same.
  const key = sha256(utf8('key'))
  const padded = new Uint8Array(128)
  padded.set(key)
  assert.deepEqual(expand512(key, utf8('i'), 76), expand512(padded, utf8('i'), 76))
})
