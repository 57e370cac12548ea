import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ASN1 } from '@lapo/asn1js'
import { concat, fromHex, utf8 } from '@salus/base/bytes'
import fc from 'fast-check'
import { bitsOf, contentOf, inside, numberOf, readDer, secondsOf, TAG } from './asn1.ts'
import { bits, element, integer, octets, sequence, time } from './testing/der.ts'

test('E1 DER: exactly one element, with definite lengths in their shortest form', () => {
  assert.equal(numberOf(inside(readDer(sequence(integer(7))))[0]), 7)
  const trailing = ['300302010100', '0201010201']
  const short = ['', '30', '3003', '30030201', '300302020101', '3003020201']
  const lengths = ['308103020101', '30820003020101', '3084000000030201', '30800201010000', '3003028101', '02810101']
  const tags = ['1f810100', 'bf810100', 'ff0100']
  for (const text of [...trailing, ...short, ...lengths, ...tags]) {
    assert.throws(() => readDer(fromHex(text)), text)
  }
})

test('E1 DER: what is inside a string of octets is not taken for structure', () => {
  const der = readDer(octets(sequence(integer(1))))
  assert.deepEqual([der.tag, der.children.length, contentOf(der, TAG.octets).length], [TAG.octets, 0, 5])
})

test('E1 DER: numbers are not negative and shortest, bits are whole bytes, nesting ends', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (value) =>
      assert.equal(numberOf(readDer(integer(value))), value),
    ),
  )
  for (const text of ['020180', '0200', '02020001', '0206010000000000']) {
    assert.throws(() => numberOf(readDer(fromHex(text))), text)
  }
  assert.deepEqual(bitsOf(readDer(bits(Uint8Array.of(5)))), Uint8Array.of(5))
  assert.throws(() => bitsOf(readDer(bits(Uint8Array.of(4), 2))))
  const nested = (depth: number): Uint8Array => (depth === 0 ? integer(1) : sequence(nested(depth - 1)))
  readDer(nested(16))
  for (const depth of [17, 60, 5_000]) assert.throws(() => readDer(nested(depth)))
})

test('E1 DER: an element of another tag is not taken for the one expected', () => {
  const text = readDer(octets(Uint8Array.of(1)))
  for (const read of [() => numberOf(text), () => bitsOf(text), () => inside(text), () => contentOf(text, TAG.oid)]) {
    assert.throws(read)
  }
  for (const read of [numberOf, bitsOf, inside, secondsOf]) assert.throws(() => read(undefined))
  assert.throws(() => secondsOf(readDer(element(0x16, utf8('20260101000000Z')))))
})

test('E1 DER: values are never printed to guess at structure: a hostile number of 250 kB would take a minute', (t) => {
  const printed = t.mock.method(ASN1.prototype, 'content')
  for (const tag of [TAG.integer, TAG.oid, 0x0a, 0x0d]) {
    readDer(octets(element(tag, new Uint8Array(100).fill(0x7f))))
    readDer(bits(sequence(octets(element(tag, new Uint8Array(100).fill(0x7f))))))
  }
  assert.equal(printed.mock.callCount(), 0)
})

test('E1 DER: times are in UTC, to the second', () => {
  assert.equal(secondsOf(readDer(time(1_780_000_000))), 1_780_000_000)
  const of = (tag: number, text: string) => () => secondsOf(readDer(element(tag, utf8(text))))
  assert.equal(of(0x18, '20260101000000Z')(), Date.UTC(2026, 0, 1) / 1000)
  assert.equal(of(0x17, '500101000000Z')(), Date.UTC(1950, 0, 1) / 1000)
  for (const wrong of ['2601010000Z', '260101000000+0100', '20260101000000Z', '26010100000Z', '260101000000z']) {
    assert.throws(of(0x17, wrong))
  }
  for (const wrong of ['260101000000Z', '20260101000000.5Z']) assert.throws(of(0x18, wrong))
})

test('E1 DER: any bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      let read: ReturnType<typeof readDer>
      try {
        read = readDer(bytes)
      } catch {
        return
      }
      assert.deepEqual(concat(read.raw), concat(bytes))
    }),
    { numRuns: 3_000 },
  )
})
