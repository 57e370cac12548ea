/** What CometBFT carries: shorter than the text, and back to exactly that text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSampleLog, createSender, sampleOrganisation } from '../samples.ts'
import { bytesOf, textOf } from './wire.ts'

const one = await sampleOrganisation('sample-1', 'log.sample-1.example')
const log = createSampleLog('log.sample-1.example')
log.grow(100_000)
const since = log.size()
log.grow(1_000)
const sender = createSender(one.org, one.keys)
const text = await sender.next('log.advance', log.advance(since))

test('L21 a transaction comes back to exactly its text, and is a third shorter on the way', () => {
  const wire = bytesOf(text)
  assert.equal(textOf(wire), text)
  assert.ok(wire.length < 0.75 * text.length)
  assert.ok(wire.length < 1_000, 'a head of a journal of a hundred thousand entries')
})

test('L21 of a text in another form nothing is made right: it comes back as it is', () => {
  const [head = '', payload = '', signature = ''] = text.split('.')
  const header = Buffer.from(head, 'base64url').toString()
  const spaced = Buffer.from(header.replace('{', '{ ')).toString('base64url')
  const swapped = Buffer.from(JSON.stringify({ typ: 'x', ...JSON.parse(header) })).toString('base64url')
  const others = [
    ...[`${spaced}.${payload}.${signature}`, `${swapped}.${payload}.${signature}`, `${text}.`, `${text}=`, ` ${text}`],
    ...[
      `${head}.${payload}.${signature.slice(0, -4)}`,
      `${head}.${payload}+.${signature}`,
      '',
      '..',
      'é',
      'a'.repeat(200),
    ],
  ]
  for (const other of others) assert.equal(textOf(bytesOf(other)), other)
  // Not changed by a letter: the signature's last letter carries two bits that mean nothing.
  const loose = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map(
    (letter) => `${head}.${payload}.${signature.slice(0, -1)}${letter}`,
  )
  for (const other of loose) assert.equal(textOf(bytesOf(other)), other)
})

test('L21 any bytes have a text: none end the machine', () => {
  const packed = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from([1, ...bytes]))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), packed), (bytes) => {
      const said = textOf(bytes)
      assert.equal(textOf(bytesOf(said)), said)
    }),
  )
})
