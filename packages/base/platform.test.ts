import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { hex, utf8 } from './bytes.ts'
import { platformSha256 } from './platform.ts'

test('behavior: the platform of these tests has a SHA-256 of its own', () => {
  assert.equal(typeof platformSha256, 'function')
})

test('default: it is SHA-256, of bytes, of parts of a buffer, and of any text as UTF-8', () => {
  const of = (data: Uint8Array) => createHash('sha256').update(data).digest()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (bytes, from) => {
      const part = bytes.subarray(Math.min(from, bytes.length))
      assert.equal(hex(platformSha256?.(part, 'buffer') ?? bytes), of(part).toString('hex'))
      assert.equal(platformSha256?.(part, 'base64url'), of(part).toString('base64url'))
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(platformSha256?.(text, 'base64url'), of(utf8(text)).toString('base64url'))
    }),
  )
})
