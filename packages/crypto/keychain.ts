/**
 * The keychain: one random master key seals what must survive a device, and is itself wrapped several independent ways
 * (architecture §3, "Keychain"). Any one way restores; losing one renews all.
 */
import { type Bytes, base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { field, z } from '@salus/base/schema'
import { assertKey32, committedHeader, openCommitted, sealCommitted } from './committed.ts'
import { type CryptoCode, cannotOpen, orCannotOpen } from './errors.ts'
import { hkdf256, sha256 } from './hash.ts'
import { type Jwe, splitJwe } from './jwe.ts'

/** The ways a master key can be wrapped; a wrap names its way and opens by no other. */
export const wrapWays = ['code', 'passkey', 'guardians', 'card'] as const
export type WrapWay = (typeof wrapWays)[number]

const NONE = new Uint8Array(0)
const WRAP = 'salus-wrap+jwe'
const KEYCHAIN = 'salus-keychain+jwe'
const DERIVATION = { label: 'salus/keychain/v1' } as const
const wrapHeader = z.strictObject({
  ...committedHeader,
  typ: z.literal(WRAP),
  way: z.enum(wrapWays),
  salt: field.key32,
})
const keychainHeader = z.strictObject({ ...committedHeader, typ: z.literal(KEYCHAIN) })

/** 32 fresh bytes: the master key. */
export const newMasterKey = (random: Random): Bytes => random(32)

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DATA_LETTERS = 26
const CODE = /^[0-9A-HJKMNP-TV-Z]{30}$/

// 4 letters = 20 bits of a hash: one typing mistake in a million goes unnoticed, and then simply does not open.
function checksum(data: string): string {
  const hash = sha256(utf8(`salus/recovery-code/v1/${data}`))
  return Array.from(hash.subarray(0, 4), (byte) => LETTERS[byte & 31]).join('')
}

/**
 * A fresh recovery code to write down: 26 random Crockford letters (130 bits) and 4 of checksum, in six groups of five.
 */
export function newRecoveryCode(random: Random): string {
  const data = Array.from(random(DATA_LETTERS), (byte) => LETTERS[byte & 31]).join('')
  return (data + checksum(data)).replace(/(.{5})(?!$)/g, '$1-')
}

/** The code without what typing adds: case, spaces and dashes do not matter, I L read 1, O reads 0; else `code-mistyped`. */
function canonicalCode(typed: string): string {
  const letters = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0')
  const data = letters.slice(0, DATA_LETTERS)
  if (!CODE.test(letters) || checksum(data) !== letters.slice(DATA_LETTERS)) {
    throw new AppError<CryptoCode>('code-mistyped')
  }
  return letters
}

async function wrap(master: Bytes, way: WrapWay, secret: Uint8Array, random: Random): Promise<string> {
  assertKey32(master)
  const salt = random(32)
  const members = { typ: WRAP, way, salt: base64url(salt) }
  return sealCommitted(secret, { label: `salus/wrap/v1/${way}`, salt }, members, master, random)
}

function parseWrap(text: string): { parts: Jwe; head: z.infer<typeof wrapHeader> } {
  const parts = splitJwe(text)
  const head = wrapHeader.safeParse(parts.header)
  if (!head.success) throw cannotOpen()
  return { parts, head: head.data }
}

async function unwrap(text: string, secret: Uint8Array, byCode: boolean): Promise<Bytes> {
  const { parts, head } = parseWrap(text)
  if ((head.way === 'code') !== byCode) throw cannotOpen()
  const derivation = { label: `salus/wrap/v1/${head.way}`, salt: fromBase64url(head.salt) }
  const master = await openCommitted(secret, derivation, head.kc, parts)
  if (master.length !== 32) throw cannotOpen()
  return master
}

/** Which way opens this wrap; `cannot-open` when it is not a wrap. */
export const wayOf = (text: string): WrapWay => parseWrap(text).head.way

/**
 * Wraps the master key with a recovery code (`code-mistyped` if it is not one). The code has 130 random bits, so HKDF
 * is enough: a slow hash protects guessable secrets, and this is none.
 */
export async function wrapWithCode(master: Bytes, code: string, random: Random): Promise<string> {
  return wrap(master, 'code', utf8(canonicalCode(code)), random)
}

/** The master key behind a `code` wrap; `code-mistyped` before anything is tried, else `cannot-open`. */
export async function unwrapWithCode(text: string, code: string): Promise<Bytes> {
  const secret = utf8(canonicalCode(code))
  return orCannotOpen(() => unwrap(text, secret, true))
}

/** Wraps the master key with 32 secret bytes: a passkey's PRF output, joined guardians' shares, a card with its PIN. */
export async function wrapWithKey(
  master: Bytes,
  way: Exclude<WrapWay, 'code'>,
  key: Bytes,
  random: Random,
): Promise<string> {
  assertKey32(key)
  return wrap(master, way, key, random)
}

/** The master key behind a wrap made by `wrapWithKey`, whichever way it names. */
export function unwrapWithKey(text: string, key: Bytes): Promise<Bytes> {
  return orCannotOpen(async () => {
    assertKey32(key)
    return unwrap(text, key, false)
  })
}

/** Bytes behind a way's secret: of a typed code (`code-mistyped`), or the 32 bytes themselves. */
const secretBytes = (secret: Bytes | string): Bytes =>
  typeof secret === 'string' ? utf8(canonicalCode(secret)) : secret

/**
 * Where a keychain is found by whoever holds one of its ways: 32 bytes derived from the secret (RFC 5869), apart from what
 * opens the wrap. The store keeps the locator's digest only; at least 128 secret bits make guessing it hopeless.
 */
export const locatorOf = (way: WrapWay, secret: Bytes | string): string =>
  base64url(hkdf256(secretBytes(secret), NONE, `salus/locator/v1/${way}`, 32))

/** Iterations for a card's PIN (OWASP's 2023 figure for PBKDF2-HMAC-SHA-256). */
const PIN_ITERATIONS = 600_000

/**
 * The secret of a card and its PIN (RFC 8018 PBKDF2, the card's 32 random bytes as salt). The card alone opens nothing; the
 * PIN is short, so that tries are counted where the keychain lies, and the stretching only slows whoever holds both card
 * and store.
 */
export async function cardSecret(card: Bytes, pin: string): Promise<Bytes> {
  assertKey32(card)
  const key = await crypto.subtle.importKey('raw', utf8(pin), 'PBKDF2', false, ['deriveBits'])
  const salt = { name: 'PBKDF2', hash: 'SHA-256', salt: card, iterations: PIN_ITERATIONS }
  return new Uint8Array(await crypto.subtle.deriveBits(salt, key, 256))
}

/** By which a card is counted, whatever PIN comes with it. */
export const cardIdOf = (card: Bytes): string => base64url(hkdf256(card, NONE, 'salus/card-id/v1', 32))

/** Seals the keychain's plaintext (person key, epochs, index) under the master key. */
export async function sealKeychain(master: Bytes, plaintext: Uint8Array, random: Random): Promise<string> {
  assertKey32(master)
  return sealCommitted(master, DERIVATION, { typ: KEYCHAIN }, plaintext, random)
}

/** Opens what `sealKeychain` made; everything else is `cannot-open`. */
export function openKeychain(master: Bytes, jwe: string): Promise<Bytes> {
  return orCannotOpen(async () => {
    assertKey32(master)
    const parts = splitJwe(jwe)
    return openCommitted(master, DERIVATION, keychainHeader.parse(parts.header).kc, parts)
  })
}
