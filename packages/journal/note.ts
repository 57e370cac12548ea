/** C2SP signed notes and checkpoints (signed-note.md, tlog-checkpoint.md), Ed25519 type 0x01, with witnesses' 0x04 to come. */
import { type Bytes, base64, concat, equal, fromBase64, fromHex, hex, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { sha256 } from '@salus/crypto/hash'
import type { JournalCode } from './contract.ts'

const ED25519 = 0x01
/** Signature lines that a note may bear. */
export const MAX_SIGNATURES = 64
const bad = () => new AppError<JournalCode>('note-invalid')

/** A note verifier: the name, key id and raw Ed25519 key that a vkey line states. */
export type NoteKey = { readonly name: string; readonly id: Bytes; readonly publicKey: Bytes; readonly type: number }
export type VerifySignature = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>

const MAX_NAME = 100

// U+0085 is a space to Unicode, not to a regular expression.
const validName = (name: string) => name.length > 0 && !/[\s\u0085+]/.test(name)

/** Key id = first 4 bytes of SHA-256(name || 0x0A || type || public key). */
export function noteKey(name: string, publicKey: Uint8Array, type: number = ED25519): NoteKey {
  if (!validName(name) || !plain(name) || name.length > MAX_NAME || publicKey.length !== 32) throw bad()
  const id = sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).slice(0, 4)
  return { name, id, publicKey: concat(publicKey), type }
}

/** The text form NAME+HEX+BASE64 of a verifier. */
export const formatVkey = (key: NoteKey): string =>
  `${key.name}+${hex(key.id)}+${base64(concat(Uint8Array.of(key.type), key.publicKey))}`

/** Reads a vkey and checks its key id; throws `note-invalid`. */
export function parseVkey(vkey: string): NoteKey {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey)
  if (!match) throw bad()
  const [, name, id, body] = match as unknown as [string, string, string, string]
  const bytes = decode(body)
  const type = bytes[0]
  if (bytes.length !== 33 || (type !== ED25519 && type !== 0x04)) throw bad()
  const key = noteKey(name, bytes.subarray(1), type)
  if (!equal(key.id, fromHex(id))) throw bad()
  return key
}

function decode(value: string): Bytes {
  try {
    return fromBase64(value)
  } catch (error) {
    if (isAppError(error)) throw bad()
    throw error
  }
}

/** Signs `text` (which ends in a newline) and returns the whole note. */
export async function signNote(text: string, key: NoteKey, sign: (message: Bytes) => Promise<Bytes>): Promise<string> {
  checkText(text)
  return `${text}\n— ${key.name} ${base64(concat(key.id, await sign(utf8(text))))}\n`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
const plain = (text: string) => !/[\u0000-\u0009\u000b-\u001f]/.test(text) && text.isWellFormed()

function checkText(text: string): void {
  if (!text.endsWith('\n') || !plain(text)) throw bad()
}

export type NoteSignature = { readonly name: string; readonly id: Bytes; readonly signature: Bytes }

/** Splits a note at its LAST empty line into text and signature lines; throws `note-invalid`. */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  const split = note.lastIndexOf('\n\n')
  if (split < 0) throw bad()
  // The whole note, not its text alone: a control character in an unknown signer's name is refused too.
  checkText(note)
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw bad()
  const signatures = lines.map((line) => {
    const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line)
    if (!match || !validName(match[1] as string)) throw bad()
    const bytes = decode(match[2] as string)
    if (bytes.length < 5) throw bad()
    return { name: match[1] as string, id: bytes.slice(0, 4), signature: bytes.slice(4) }
  })
  return { text, signatures }
}

/**
 * The note with `key`'s own line and no other: whatever somebody wrote beside it is not kept, nor handed on. Verified before;
 * throws `note-invalid` where that key did not sign.
 */
export function signedAlone(note: string, key: NoteKey): string {
  const { text, signatures } = parseNote(note)
  const own = signatures.find(({ name, id }) => name === key.name && equal(id, key.id))
  if (!own) throw bad()
  return `${text}\n— ${own.name} ${base64(concat(own.id, own.signature))}\n`
}

/**
 * Verifies a note against the known `keys`: unknown signatures are ignored, a failing known one refuses the note,
 * and at least one known key must have signed. Returns the text and the names that signed.
 */
export async function openNote(note: string, keys: readonly NoteKey[], verify: VerifySignature) {
  const { text, signatures } = parseNote(note)
  const signed = new Set<NoteKey>()
  for (const line of signatures) {
    const key = keys.find((one) => one.name === line.name && equal(one.id, line.id))
    // Once per key, not per name: a name may have several keys, and each that signed must verify.
    if (!key || signed.has(key)) continue
    if (key.type !== ED25519 || !(await verify(key.publicKey, utf8(text), line.signature))) throw bad()
    signed.add(key)
  }
  if (signed.size === 0) throw bad()
  return { text, signers: [...new Set([...signed].map((key) => key.name))] }
}

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Bytes }

/** Checkpoint text: origin, decimal size, base64 root. */
export const formatCheckpoint = (c: Checkpoint): string => `${c.origin}\n${c.size}\n${base64(c.root)}\n`

/** Reads a checkpoint's text; extension lines are refused, since our logs write none. */
export function parseCheckpoint(text: string): Checkpoint {
  const match = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/.exec(text)
  if (!match) throw bad()
  const size = Number(match[2])
  if (!Number.isSafeInteger(size)) throw bad()
  return { origin: match[1] as string, size, root: decode(match[3] as string) }
}
