/** The text of a SMART Health Link (STU 1): `shlink:/` and its payload; and the passcode that may go with it. */
import { type Bytes, base64url, equal, fromBase64url, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field, parseWith, z } from '@salus/base/schema'
import { type LinkCode, PASSCODE, type PasscodeVerifier } from './contract.ts'

const SCHEME = 'shlink:/'
/** The longest address a link may have, letters. */
const MAX_URL = 128
const VERSION = 1

/** Members that a later version adds are let by, as the specification asks. */
const payload = z.object({
  url: z.string().max(MAX_URL),
  /** 32 bytes that open the file. Whoever has the link has them: it is the one secret that stands in an address. */
  key: field.key32,
  /** Seconds since 1970: a hint. */
  exp: z.number().optional(),
  /** L: for long, P: wants a passcode, U: the address gives the file itself. */
  flag: z.string().max(20).optional(),
  label: z.string().max(80).optional(),
  v: z.number().optional(),
})
export type LinkPayload = z.infer<typeof payload>

const fail = (code: LinkCode) => new AppError<LinkCode>(code)

/** May a link lead there? https; without it only to this machine, where a node is tried out. `link-address` else. */
export function assertAddress(url: string): void {
  const parsed = URL.parse(url)
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '')
  const safe = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && here)
  if (!parsed || !safe || parsed.username || parsed.password || url.length > MAX_URL) throw fail('link-address')
}

/** The link as it is passed on, in a QR code or a message. */
export function writeLink(link: LinkPayload): string {
  assertAddress(link.url)
  checkWith(payload, link)
  return `${SCHEME}${base64url(utf8(JSON.stringify(link)))}`
}

/** Reads a link, with or without the address of a viewer before it (`https://viewer.example#shlink:/…`). */
export function readLink(text: string): LinkPayload {
  const trimmed = text.trim()
  const bare = trimmed.startsWith(SCHEME) ? trimmed : trimmed.slice(trimmed.indexOf(`#${SCHEME}`) + 1)
  if (!bare.startsWith(SCHEME)) throw fail('link-invalid')
  const link = payloadOf(bare.slice(SCHEME.length))
  if ((link.v ?? VERSION) !== VERSION) throw fail('link-invalid')
  assertAddress(link.url)
  return link
}

function payloadOf(encoded: string): LinkPayload {
  try {
    return parseWith(payload, fromBase64url(encoded))
  } catch (error) {
    throw isAppError(error) ? fail('link-invalid') : error
  }
}

const ROUNDS = 600_000

async function stretched(passcode: string, salt: Bytes, rounds: number): Promise<Bytes> {
  // The same letters may be typed in several ways.
  const typed = utf8(passcode.trim().normalize('NFC'))
  const key = await crypto.subtle.importKey('raw', typed, 'PBKDF2', false, ['deriveBits'])
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256))
}

/** What the node holds a passcode against, made on the patient's device; `passcode-short` for fewer than four letters, or too many. */
export async function verifierOf(passcode: string, random: Random): Promise<PasscodeVerifier> {
  const { length } = passcode.trim()
  if (length < PASSCODE.least || length > PASSCODE.most) throw fail('passcode-short')
  const salt = random(32)
  return { salt: base64url(salt), rounds: ROUNDS, hash: base64url(await stretched(passcode, salt, ROUNDS)) }
}

/** Is it that passcode? Takes as long as it takes to guess one. */
export async function fits({ salt, rounds, hash }: PasscodeVerifier, passcode: string): Promise<boolean> {
  return equal(await stretched(passcode, fromBase64url(salt), rounds), fromBase64url(hash))
}
