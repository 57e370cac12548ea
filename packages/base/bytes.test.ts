import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  base32,
  base64,
  base64url,
  concat,
  equal,
  fromBase32,
  fromBase64,
  fromBase64url,
  fromHex,
  hex,
  text,
  u32,
  u64,
  utf8,
} from './bytes.ts'

const bytes = fc.uint8Array({ maxLength: 200 })
const refused = { name: 'AppError', code: 'encoding-invalid' }

// RFC 4648 §10, with base32 in Crockford's alphabet instead of the RFC's.
const VECTORS: readonly [plain: string, b64: string, b64url: string, b32: string, b16: string][] = [
  ['', '', '', '', ''],
  ['f', 'Zg==', 'Zg', 'CR', '66'],
  ['fo', 'Zm8=', 'Zm8', 'CSQG', '666f'],
  ['foo', 'Zm9v', 'Zm9v', 'CSQPY', '666f6f'],
  ['foob', 'Zm9vYg==', 'Zm9vYg', 'CSQPYRG', '666f6f62'],
  ['fooba', 'Zm9vYmE=', 'Zm9vYmE', 'CSQPYRK1', '666f6f6261'],
  ['foobar', 'Zm9vYmFy', 'Zm9vYmFy', 'CSQPYRK1E8', '666f6f626172'],
]

test('default: the vectors of RFC 4648 §10', () => {
  for (const [plain, b64, b64url, b32, b16] of VECTORS) {
    const raw = utf8(plain)
    assert.deepEqual([base64(raw), base64url(raw), base32(raw), hex(raw)], [b64, b64url, b32, b16])
    assert.deepEqual([fromBase64(b64), fromBase64url(b64url), fromBase32(b32), fromHex(b16)], [raw, raw, raw, raw])
  }
  assert.equal(base64(Uint8Array.of(0xfb, 0xff)), '+/8=')
  assert.equal(base64url(Uint8Array.of(0xfb, 0xff)), '-_8')
})

const codecs = [
  ['base64', base64, fromBase64],
  ['base64url', base64url, fromBase64url],
  ['base32', base32, fromBase32],
  ['hex', hex, fromHex],
] as const

for (const [name, encode, decode] of codecs) {
  test(`B1 ${name} brings back the bytes it was given`, () => {
    fc.assert(fc.property(bytes, (raw) => assert.deepEqual(decode(encode(raw)), Uint8Array.from(raw))))
  })
}

const ALPHABET = '-_+/=ABCDEFabcdef0189 \n'.split('')

for (const [name, encode, decode] of codecs.filter(([name]) => name !== 'base32')) {
  test(`B1 ${name}: whatever is accepted is the one way to write it`, () => {
    const letters = fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 12 })
    let accepted = 0
    fc.assert(
      fc.property(letters, (typed) => {
        let raw: Uint8Array
        try {
          raw = decode(typed)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'encoding-invalid')
          return
        }
        accepted++
        assert.equal(encode(raw), typed)
      }),
      { numRuns: 2_000 },
    )
    assert.ok(accepted > 0)
  })

  test(`B1 ${name}: a changed, added or missing letter never gives the same bytes`, () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.constantFrom(...ALPHABET), (raw, place, letter) => {
        const right = encode(raw)
        const at = place % (right.length + 1)
        const added = right.slice(0, at) + letter + right.slice(at)
        const changed = right.slice(0, at) + letter + right.slice(at + 1)
        for (const wrong of [added, changed, right.slice(0, -1)]) {
          if (wrong === right) continue
          try {
            assert.notDeepEqual(decode(wrong), Uint8Array.from(raw))
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'encoding-invalid')
          }
        }
      }),
    )
  })
}

test('B1 the sixteen other last letters, padding and white space are refused', () => {
  const right = base64url(new Uint8Array(32).fill(7))
  const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter((c) => {
    try {
      return equal(fromBase64url(right.slice(0, -1) + c), fromBase64url(right))
    } catch {
      return false
    }
  })
  assert.deepEqual(others, [right.at(-1)])
  for (const wrong of [`${right}=`, `${right}\n`, ` ${right}`, 'A', 'Zg==', '+/8', 'Zh']) {
    assert.throws(() => fromBase64url(wrong), refused, wrong)
  }
  for (const wrong of ['Zg', 'Zh==', 'Zg==\n', '-_8=', 'Zg=']) assert.throws(() => fromBase64(wrong), refused, wrong)
  for (const wrong of ['0', 'AB', '0g', ' 00']) assert.throws(() => fromHex(wrong), refused, wrong)
})

test('B2 base32 reads what people type: case, spaces and dashes do not matter, I L O are 1 1 0', () => {
  fc.assert(
    fc.property(bytes, fc.infiniteStream(fc.constantFrom('', '-', ' ')), fc.boolean(), (raw, marks, lower) => {
      const typed = [...base32(raw)]
        .map((letter) => (letter === '1' ? 'l' : letter === '0' ? 'o' : letter) + (marks.next().value as string))
        .join('')
      assert.deepEqual(fromBase32(lower ? typed.toLowerCase() : typed), Uint8Array.from(raw))
    }),
  )
  for (const wrong of ['U', 'C', 'CS1', 'CSQ', 'C!', 'CV']) assert.throws(() => fromBase32(wrong), refused, wrong)
})

test('default: text is UTF-8, and bytes that are not are refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => assert.equal(text(utf8(value)), value)))
  assert.equal(text(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), '\ufeffA')
  const broken = [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xe2, 0x82]]
  for (const one of broken) assert.throws(() => text(Uint8Array.from(one)), refused)
})

test('default: concat and equal', () => {
  fc.assert(
    fc.property(fc.array(bytes), bytes, fc.nat(), (parts, one, place) => {
      assert.deepEqual(
        [...concat(...parts)],
        parts.flatMap((part) => [...part]),
      )
      assert.ok(equal(one, Uint8Array.from(one)))
      if (one.length === 0) return
      const other = Uint8Array.from(one)
      const at = place % other.length
      other[at] = (other[at] ?? 0) ^ 1
      assert.equal(equal(one, other), false)
      assert.equal(equal(one, one.subarray(1)), false)
    }),
  )
})

test('default: integers are big-endian', () => {
  assert.equal(hex(u64(258)), '0000000000000102')
  assert.equal(hex(u64(2n ** 64n - 1n)), 'ffffffffffffffff')
  assert.equal(hex(u32(0xfffefdfc)), 'fffefdfc')
})
