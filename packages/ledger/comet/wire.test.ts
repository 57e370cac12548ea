/** What CometBFT carries: shorter than the text, and back to exactly that text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSampleLog, createSender, sampleOrganisation } from '../samples.ts'
import { wireOf } from './wire.ts'

const { bytesOf, textOf } = wireOf()

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

test('L21 a text in any other form is none on the way: nothing of it is made right', () => {
  const [head = '', payload = '', signature = ''] = text.split('.')
  const header = Buffer.from(head, 'base64url').toString()
  const spaced = Buffer.from(header.replace('{', '{ ')).toString('base64url')
  const swapped = Buffer.from(JSON.stringify({ typ: 'x', ...JSON.parse(header) })).toString('base64url')
  // The signature's last letter carries two bits that mean nothing.
  const loose = [...'BCDEFGHIJKLMNOPQRSTUVWXYZ'].map(
    (letter) => `${head}.${payload}.${signature.slice(0, -1)}${letter}`,
  )
  const others = [
    ...[`${spaced}.${payload}.${signature}`, `${swapped}.${payload}.${signature}`, `${text}.`, `${text}=`, ` ${text}`],
    ...[`${head}.${payload}.${signature.slice(0, -4)}`, `${head}.${payload}+.${signature}`, '', '..', 'a'.repeat(200)],
    ...loose.filter(
      (one) => Buffer.from(one.split('.')[2] ?? '', 'base64url').toString('base64url') !== one.split('.')[2],
    ),
  ]
  for (const other of others) assert.equal(textOf(bytesOf(other)), '')
  assert.equal(textOf(Buffer.from(text, 'latin1')), '', 'nor is the text itself: that would be the same one twice')
  assert.equal(wireOf(1).textOf(wireOf(1).bytesOf(text)), text)
})

test('L21 any bytes have a text, and no two the same but none', () => {
  const packed = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from([1, ...bytes]))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), packed), (bytes) => {
      const said = textOf(bytes)
      if (said !== '') assert.deepEqual(new Uint8Array(bytesOf(said)), new Uint8Array(bytes))
    }),
  )
})
