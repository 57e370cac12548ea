/** Makes certificates and revocation lists under test keys; whatever is changed in a recipe is signed as it stands. */
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { concat, fromHex, utf8 } from '@salus/base/bytes'
import { fingerprintOf, writePem } from '../x509.ts'
import { bits, boolean, element, integer, octets, oid, sequence, time } from './der.ts'

export type Keys = { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
const pool = new Map<string, Keys>()

/** Test keys by name and kind, made once per process. */
export function keysOf(name: string, kind: 'P-256' | 'P-384' | 'rsa' = 'P-256'): Keys {
  const id = `${kind} ${name}`
  const made = pool.get(id)
  if (made) return made
  const keys =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: kind })
  pool.set(id, keys)
  return keys
}

/** The moment all synthetic evidence is about, seconds. */
export const NOW = 1_780_000_000
export const YEAR = 31_536_000

export type CertificateRecipe = {
  commonName: string
  issuerName: string
  serial: number
  notBefore: number
  notAfter: number
  keys: Keys
  signer: Keys
  /** keyUsage's first byte; undefined leaves the extension out. */
  usage?: number
  authority: boolean
  pathLength?: number
  extensions: { oid: string; value: Uint8Array; critical?: boolean }[]
  /** Signed with SHA-1, and says so. */
  weak?: boolean
}

export const USAGE = { signs: 0xc0, authority: 0x06, certificatesOnly: 0x04 } as const

/** A recipe whose dates hold at NOW; the rest is to be filled in. */
export const certificate = (
  commonName: string,
  issuerName: string,
  serial: number,
  keys: Keys,
  signer: Keys,
  authority = false,
): CertificateRecipe => ({
  ...{ commonName, issuerName, serial, keys, signer, authority, extensions: [] },
  ...{ notBefore: NOW - YEAR, notAfter: NOW + 5 * YEAR, usage: authority ? USAGE.authority : USAGE.signs },
})

const name = (commonName: string) => sequence(element(0x31, sequence(oid('550403'), element(0x0c, utf8(commonName)))))
const ECDSA = sequence(oid('2a8648ce3d040302'))
const SHA384 = sequence(oid('608648016503040202'), element(0x05))
const PSS = sequence(
  oid('2a864886f70d01010a'),
  sequence(
    element(0xa0, SHA384),
    element(0xa1, sequence(oid('2a864886f70d010108'), SHA384)),
    element(0xa2, integer(48)),
    element(0xa3, integer(1)),
  ),
)

const WEAK = sequence(oid('2a8648ce3d0401'))
const algorithmOf = ({ privateKey }: Keys, weak = false) =>
  privateKey.asymmetricKeyType === 'rsa' ? PSS : weak ? WEAK : ECDSA

const made = new Map<string, Uint8Array>()

/** The same bytes under the same key get the same signature: a root made twice from one recipe is one root. */
function signed(covered: Uint8Array, signer: Keys, weak = false): Uint8Array {
  const spki = signer.publicKey.export({ format: 'der', type: 'spki' })
  const id = fingerprintOf(concat(spki, covered))
  const known = made.get(id)
  if (known) return known
  const key = signer.privateKey
  const signature =
    key.asymmetricKeyType === 'rsa'
      ? sign('sha384', covered, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 })
      : sign(weak ? 'sha1' : 'sha256', covered, { key, dsaEncoding: 'der' })
  const der = sequence(covered, algorithmOf(signer, weak), bits(signature))
  made.set(id, der)
  return der
}

const extension = ({ oid: id, value, critical }: CertificateRecipe['extensions'][number]) =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value))

/** DER of a certificate. */
export function makeCertificate(recipe: CertificateRecipe): Uint8Array {
  const { usage, authority, pathLength } = recipe
  const basic = authority
    ? sequence(boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)]))
    : sequence()
  const extensions = [
    ...(usage === undefined
      ? []
      : [{ oid: '551d0f', value: bits(Uint8Array.of(usage), trailingZeros(usage)), critical: true }]),
    { oid: '551d13', value: basic, critical: true },
    ...recipe.extensions,
  ]
  const covered = sequence(
    element(0xa0, integer(2)),
    integer(recipe.serial),
    algorithmOf(recipe.signer, recipe.weak),
    name(recipe.issuerName),
    sequence(time(recipe.notBefore), time(recipe.notAfter)),
    name(recipe.commonName),
    new Uint8Array(recipe.keys.publicKey.export({ format: 'der', type: 'spki' })),
    element(0xa3, sequence(...extensions.map(extension))),
  )
  return signed(covered, recipe.signer, recipe.weak)
}

const trailingZeros = (byte: number): number => (byte === 0 ? 0 : Math.log2(byte & -byte))

/** PEM of a chain, leaf first. */
export const makeChain = (...recipes: readonly CertificateRecipe[]): string =>
  recipes.map((one) => writePem(makeCertificate(one))).join('')

export type ListRecipe = {
  issuerName: string
  signer: Keys
  thisUpdate: number
  nextUpdate: number
  revoked: number[]
  weak?: boolean
  extensions: CertificateRecipe['extensions']
}

/** A list of nobody that holds at NOW. */
export const list = (issuerName: string, signer: Keys): ListRecipe => ({
  ...{ issuerName, signer, revoked: [] },
  ...{ thisUpdate: NOW - 86_400, nextUpdate: NOW + 86_400 },
  extensions: [{ oid: '551d14', value: integer(1) }],
})

/** DER of a revocation list. */
export function makeList(recipe: ListRecipe): Uint8Array {
  const entries = recipe.revoked.map((serial) => sequence(integer(serial), time(recipe.thisUpdate)))
  const covered = sequence(
    ...[integer(1), algorithmOf(recipe.signer, recipe.weak), name(recipe.issuerName)],
    ...[time(recipe.thisUpdate), time(recipe.nextUpdate)],
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    element(0xa0, sequence(...recipe.extensions.map(extension))),
  )
  return signed(covered, recipe.signer, recipe.weak)
}

/** Hexadecimal text to bytes, repeated to `length`. */
export const filled = (byte: number, length: number): Uint8Array =>
  fromHex(byte.toString(16).padStart(2, '0').repeat(length))
