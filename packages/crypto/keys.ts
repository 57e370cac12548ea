/** Key pairs of a holder: device keys sign, person and compartment keys open. Checks at registration are rule C1. */
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { type Bytes, base64url, fromBase64url, hex } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Thumbprint } from '@salus/base/ids'
import type { CryptoCode } from './errors.ts'
import { digest } from './hash.ts'
import { defaultSuite, type SuiteId } from './suites.ts'
import { importXWing, isXWingPublic, XWING_PUBLIC, type XWingKey, xwingPublic } from './xwing.ts'

/** base64url of a 32-byte Ed25519 public key: 43 letters. */
export type DevicePublic = string
/** base64url of what a compartment's packets are sealed to: a 32-byte X25519 key (43 letters), or X-Wing's 1,216 bytes (1,622). */
export type KeyPublic = string
/** Suite 1: a public RSA JWK of exactly 3072 bits with the exponent 65537. Suite 2: an X-Wing key as algorithm key pair. */
export type PersonPublic = RsaPublic | XWingJwk
export type RsaPublic = { kty: 'RSA'; n: string; e: 'AQAB' }
type XWingJwk = { kty: 'AKP'; alg: 'X-Wing'; pub: string }
/** What opens packets to a person: the platform's RSA key, or an X-Wing key. */
export type PersonPrivate = CryptoKey | XWingKey

const ED25519 = { name: 'Ed25519' } as const
const RSA = { name: 'RSA-OAEP', hash: 'SHA-256' } as const
const RSA_BYTES = 384
const F4 = Uint8Array.of(1, 0, 1)
const P25519 = 2n ** 255n - 19n
/** Letters of 1,216 bytes in base64url. */
const XWING_LETTERS = Math.ceil((XWING_PUBLIC * 4) / 3)
const invalid = () => new AppError<CryptoCode>('key-invalid')
const weak = () => new AppError<CryptoCode>('key-weak')

/** A fresh device key. Non-extractable unless asked: only tests and the CLI's own key file need the bytes. */
export async function generateDeviceKey(
  extractable = false,
): Promise<{ publicKey: DevicePublic; privateKey: CryptoKey }> {
  const pair = (await crypto.subtle.generateKey(ED25519, extractable, ['sign', 'verify'])) as CryptoKeyPair
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  return { publicKey: base64url(raw), privateKey: pair.privateKey }
}

/** PKCS #8 (RFC 8410) of an extractable device key; throws `key-invalid` when it is not extractable. */
export const exportDeviceKey = (privateKey: CryptoKey): Promise<Bytes> => exported(privateKey)

/** PrivateKeyInfo of RFC 8410 §7 up to the 32-byte seed. Importers also take a version of 1 here: one key has one text. */
const PKCS8_HEAD = '302e020100300506032b657004220420'

/** Imports a PKCS #8 device key for signing only; `key-invalid` for anything but the 48 bytes that an export gives. */
export async function importDeviceKey(pkcs8: Uint8Array, extractable = false): Promise<CryptoKey> {
  if (pkcs8.length !== 48 || hex(pkcs8.subarray(0, 16)) !== PKCS8_HEAD) throw invalid()
  try {
    return await crypto.subtle.importKey('pkcs8', pkcs8 as Bytes, ED25519, extractable, ['sign'])
  } catch {
    throw invalid()
  }
}

/** The public half of a PKCS #8 device key: its RFC 8410 form ends in the 32-byte seed. */
export async function devicePublicOf(pkcs8: Uint8Array): Promise<DevicePublic> {
  await importDeviceKey(pkcs8)
  return base64url(ed25519.getPublicKey(pkcs8.subarray(16)))
}

async function exported(key: CryptoKey): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.exportKey('pkcs8', key))
  } catch {
    throw invalid()
  }
}

/** The suite a key belongs to: by its length, and no other length is a key. */
export const suiteOfKey = (key: KeyPublic): SuiteId => (key.length === XWING_LETTERS ? 2 : 1)

/** RFC 7638 thumbprint of an octet key pair's public JWK (RFC 8037 §2): members in alphabetical order, no spaces. */
const okp = (crv: 'Ed25519' | 'X25519', x: string): Thumbprint =>
  digest(`{"crv":"${crv}","kty":"OKP","x":"${x}"}`) as string as Thumbprint
/** The same of an algorithm key pair (JOSE's AKP): its required members are alg, kty and pub. */
const akp = (pub: string): Thumbprint => digest(`{"alg":"X-Wing","kty":"AKP","pub":"${pub}"}`) as string as Thumbprint

/** Thumbprint of a device key. */
export const signingThumbprint = (x: DevicePublic): Thumbprint => okp('Ed25519', x)

/** Thumbprint of a key that packets are sealed to, of either suite. */
export const keyThumbprint = (key: KeyPublic): Thumbprint => (suiteOfKey(key) === 2 ? akp(key) : okp('X25519', key))

/** RFC 7638 thumbprint of a person key: of an RSA public JWK (§3.2), or of an AKP. */
export const personThumbprint = (jwk: PersonPublic): Thumbprint =>
  jwk.kty === 'AKP' ? akp(jwk.pub) : (digest(`{"e":"${jwk.e}","kty":"RSA","n":"${jwk.n}"}`) as string as Thumbprint)

function key32(value: string): Bytes {
  let bytes: Bytes
  try {
    bytes = fromBase64url(value)
  } catch {
    throw invalid()
  }
  if (bytes.length !== 32) throw invalid()
  return bytes
}

/**
 * Refuses an Ed25519 public key that is not the one encoding of a point of the prime-order group (rule C1).
 * Under a small-order key one signature fits many messages; under a mixed-order key verifiers disagree.
 */
export function assertStrongEd25519(x: DevicePublic): void {
  const bytes = key32(x)
  let strong = false
  try {
    // zip215 = false is RFC 8032 §5.1.3 decoding: y < p and no "minus zero".
    const point = ed25519.Point.fromBytes(bytes, false)
    strong = !point.isSmallOrder() && point.isTorsionFree()
  } catch {
    strong = false
  }
  if (!strong) throw weak()
}

/**
 * The canonical u-coordinates of low order on Curve25519 and its twist (RFC 7748 §6.1 and §7: they send every clamped
 * scalar to zero): 0, 1, p - 1 and the two of order 8. Compared, not multiplied out: a keyring of thirty-six keys is
 * checked by whoever seals to it, a thousand times an import.
 */
const LOW_ORDER_X25519: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
])

/**
 * Refuses an X25519 public key of low order or with more than one encoding (u >= p, or the unused top bit set); of an X-Wing
 * key that half, and an ML-KEM half that FIPS 203 §7.2 refuses.
 */
export function assertPacketKey(x: KeyPublic): void {
  const wide = suiteOfKey(x) === 2
  const bytes = wide ? wideKey(x) : key32(x)
  if (wide && !isXWingPublic(bytes)) throw weak()
  assertU(bytes.slice(-32))
}

function wideKey(value: string): Bytes {
  let bytes: Bytes
  try {
    bytes = fromBase64url(value)
  } catch {
    throw invalid()
  }
  if (bytes.length !== XWING_PUBLIC) throw invalid()
  return bytes
}

function assertU(bytes: Bytes): void {
  const u = BigInt(`0x${hex(bytes.toReversed())}`)
  // RFC 7748 §5 reads u modulo p; a keyring wants one text, and so one thumbprint, per key.
  if (u >= P25519 || LOW_ORDER_X25519.has(u)) throw weak()
}

/** Refuses anything but a public RSA JWK of 3072 bits exactly, odd, with e = 65537, or an X-Wing key; no further member. */
export function assertPersonPublic(jwk: PersonPublic): void {
  if (typeof jwk !== 'object' || jwk === null) throw invalid()
  if (jwk.kty === 'AKP') {
    if (Object.keys(jwk).sort().join() !== 'alg,kty,pub' || jwk.alg !== 'X-Wing') throw invalid()
    if (typeof jwk.pub !== 'string' || suiteOfKey(jwk.pub) !== 2) throw invalid()
    assertPacketKey(jwk.pub)
    return
  }
  if (Object.keys(jwk).sort().join() !== 'e,kty,n') throw invalid()
  if (jwk.kty !== 'RSA' || jwk.e !== 'AQAB') throw invalid()
  let n: Bytes
  try {
    n = fromBase64url(jwk.n)
  } catch {
    throw invalid()
  }
  if (n.length !== RSA_BYTES || (n[0] as number) < 0x80 || (n[RSA_BYTES - 1] as number) % 2 === 0) throw invalid()
}

/**
 * A fresh person key; `pkcs8` (of an X-Wing key its 32-byte seed, from `random`) goes under the keychain at once and is then
 * dropped by the caller.
 */
export async function generatePersonKey(
  suite: SuiteId,
  random: Random,
): Promise<{ publicKey: PersonPublic; pkcs8: Bytes }> {
  if (suite === 1) return generateRsaKey()
  const pkcs8 = random(32)
  return { publicKey: { kty: 'AKP', alg: 'X-Wing', pub: keyPublic(pkcs8, 2) }, pkcs8 }
}

/** A fresh person key of suite 1. */
export async function generateRsaKey(): Promise<{ publicKey: RsaPublic; pkcs8: Bytes }> {
  const wanted = { ...RSA, modulusLength: RSA_BYTES * 8, publicExponent: F4 }
  const pair = await crypto.subtle.generateKey(wanted, true, ['encrypt', 'decrypt'])
  const { n } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const publicKey: RsaPublic = { kty: 'RSA', n: n as string, e: 'AQAB' }
  assertPersonPublic(publicKey)
  return { publicKey, pkcs8: await exported(pair.privateKey) }
}

/** Imports a person key of either suite: PKCS #8 of an RSA key, or the 32-byte seed of an X-Wing key. */
export const importPersonKey = (kept: Uint8Array): Promise<PersonPrivate> =>
  kept.length === 32 ? importXWing(kept) : importRsaKey(kept)

/** Imports a PKCS #8 person key, non-extractable, for decryption only; throws `key-invalid` unless RSA-3072, e = 65537. */
export async function importRsaKey(pkcs8: Uint8Array): Promise<CryptoKey> {
  let key: CryptoKey
  try {
    key = await crypto.subtle.importKey('pkcs8', pkcs8 as Bytes, RSA, false, ['decrypt'])
  } catch {
    throw invalid()
  }
  const { modulusLength, publicExponent } = key.algorithm as RsaHashedKeyAlgorithm
  if (modulusLength !== RSA_BYTES * 8 || hex(publicExponent) !== hex(F4)) throw invalid()
  return key
}

/** A fresh compartment, inbox or packet pair; the private half is 32 bytes in either suite, wiped by the caller after use. */
export function generateKeyPair(
  random: Random,
  suite: SuiteId = defaultSuite,
): { publicKey: KeyPublic; privateKey: Bytes } {
  const privateKey = random(32)
  return { publicKey: keyPublic(privateKey, suite), privateKey }
}

/** The public half of 32 private bytes (RFC 7748 §6.1; X-Wing's seed). */
export function keyPublic(privateKey: Uint8Array, suite: SuiteId = defaultSuite): KeyPublic {
  if (privateKey.length !== 32) throw invalid()
  if (suite === 2) return base64url(xwingPublic(privateKey))
  return base64url(x25519.getPublicKey(privateKey))
}
