/**
 * A transaction as CometBFT carries and keeps it. On chains of rules 1 its text, each letter one byte; from rules 2 on key, signature and
 * payload of the JWS as bytes, a good third shorter: the header is written again from the key, since L2 leaves it one form.
 */
import { TX_TYP } from '../contract.ts'

/**
 * Version of the machine's rules: a chain keeps those it began with, and all members must know them (docs/consortium.md, "Upgrades").
 * 1: transactions go as text; 2: as bytes. Nothing else differs.
 */
export const APP_VERSION = 2

export type Wire = {
  /** The text of what CometBFT brings; total, and no two forms give the text of one transaction. */
  textOf(wire: Uint8Array): string
  /** What CometBFT is given for a text. */
  bytesOf(text: string): Uint8Array
}

/** Begins what is packed. */
const PACKED = 0x01
const KEY = 32
const SIGNATURE = 64
const PAYLOAD = 1 + KEY + SIGNATURE

const latin = (bytes: Uint8Array, encoding: 'latin1' | 'base64url'): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding)

/** Every byte is one letter; the machine takes ASCII only. */
const plain: Wire = { textOf: (wire) => latin(wire, 'latin1'), bytesOf: (text) => Buffer.from(text, 'latin1') }

const [before, after] = JSON.stringify({ alg: 'Ed25519', typ: TX_TYP, kid: '.' }).split('"."') as [string, string]
const headerOf = (kid: string): string => Buffer.from(`${before}"${kid}"${after}`, 'latin1').toString('base64url')

/** What is not packed has a text that is no transaction: the same one in two forms would be two for CometBFT. */
const NONE = ''

function textOf(wire: Uint8Array): string {
  if (wire[0] !== PACKED || wire.length <= PAYLOAD) return NONE
  const kid = latin(wire.subarray(1, 1 + KEY), 'base64url')
  const signature = latin(wire.subarray(1 + KEY, PAYLOAD), 'base64url')
  return `${headerOf(kid)}.${latin(wire.subarray(PAYLOAD), 'base64url')}.${signature}`
}

/** A text in any other form goes as it is, and is refused. */
function bytesOf(text: string): Uint8Array {
  const [head = '', payload = '', signature = ''] = text.split('.')
  const header = Buffer.from(head, 'base64url').toString('latin1')
  const kid = Buffer.from(header.slice(before.length + 1, -(after.length + 1)), 'base64url')
  const parts = [Uint8Array.of(PACKED), kid, Buffer.from(signature, 'base64url'), Buffer.from(payload, 'base64url')]
  const packed = Buffer.concat(parts)
  return kid.length === KEY && textOf(packed) === text ? packed : plain.bytesOf(text)
}

/** The form of a chain that began with these rules (`consensus_params.version.app` of its genesis): all its members', for ever. */
export const wireOf = (rules = APP_VERSION): Wire => (rules === 1 ? plain : { textOf, bytesOf })
