/**
 * A transaction as CometBFT carries and keeps it: key, signature and payload of the JWS as bytes, a good third shorter than the
 * text that is signed. The header is written again from the key: L2 leaves it one form.
 */

import { TX_TYP } from '../contract.ts'

/** Begins what is packed; a text begins with a letter. */
const PACKED = 0x01
const KEY = 32
const SIGNATURE = 64
const PAYLOAD = 1 + KEY + SIGNATURE

const latin = (bytes: Uint8Array, encoding: 'latin1' | 'base64url'): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding)

const [before, after] = JSON.stringify({ alg: 'Ed25519', typ: TX_TYP, kid: '.' }).split('"."') as [string, string]
const headerOf = (kid: string): string => Buffer.from(`${before}"${kid}"${after}`, 'latin1').toString('base64url')

/**
 * The text of what CometBFT brings. What is not packed is its own text, each byte one letter: so are the transactions of chains that
 * began before there was packing, and bytes that are none. Packed or not it is the same transaction, and its number is used once.
 */
export function textOf(wire: Uint8Array): string {
  if (wire[0] !== PACKED || wire.length <= PAYLOAD) return latin(wire, 'latin1')
  const kid = latin(wire.subarray(1, 1 + KEY), 'base64url')
  const signature = latin(wire.subarray(1 + KEY, PAYLOAD), 'base64url')
  return `${headerOf(kid)}.${latin(wire.subarray(PAYLOAD), 'base64url')}.${signature}`
}

/** What CometBFT is given for a text; a text that is no transaction goes as it is, and is refused by name. */
export function bytesOf(text: string): Uint8Array {
  const [head = '', payload = '', signature = ''] = text.split('.')
  const header = Buffer.from(head, 'base64url').toString('latin1')
  const kid = Buffer.from(header.slice(before.length + 1, -(after.length + 1)), 'base64url')
  const parts = [Uint8Array.of(PACKED), kid, Buffer.from(signature, 'base64url'), Buffer.from(payload, 'base64url')]
  const packed = Buffer.concat(parts)
  return kid.length === KEY && textOf(packed) === text ? packed : Buffer.from(text, 'latin1')
}
