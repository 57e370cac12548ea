import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import fc from 'fast-check'
import { codeDigest, codeText, newCode } from './code.ts'

test('D17 property: a code is found however a person types it', () => {
  const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 })
  const how = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toLowerCase(),
    (text) => text.replaceAll('-', ''),
    (text) => ` ${text.replaceAll('-', ' ')} `,
    (text) => text.replaceAll('0', 'O').replaceAll('1', 'l'),
    (text) => text.replaceAll('0', 'o').replaceAll('1', 'I'),
  )
  fc.assert(
    fc.property(bytes, how, (code, typed) => {
      assert.match(codeText(Uint8Array.from(code)), /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
      assert.equal(codeDigest(typed(codeText(Uint8Array.from(code)))), digest(Uint8Array.from(code)))
    }),
  )
})

test('D17 what cannot be a code has no digest', () => {
  const code = codeText(newCode(systemRandom))
  for (const typed of ['', '----', code.slice(0, -1), `${code}A`, `${code}-AAAA`, code.replace(/^./, 'U'), 'café']) {
    assert.equal(codeDigest(typed), undefined, typed)
  }
})

test('D17 a code has eighty random bits', () => {
  assert.equal(newCode(systemRandom).length, 10)
  assert.notDeepEqual(newCode(systemRandom), newCode(systemRandom))
})
