/** Witnesses' cosignatures on checkpoints: Ed25519, type 0x04 (tlog-cosignature.md). */
import { type Bytes, base64, concat, equal, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { JournalCode } from './contract.ts'
import { type NoteKey, noteKey, parseNote, type VerifySignature } from './note.ts'

const COSIGNATURE = 0x04
const bad = () => new AppError<JournalCode>('note-invalid')

/** The verifier of a witness. */
export const witnessKey = (name: string, publicKey: Uint8Array): NoteKey => noteKey(name, publicKey, COSIGNATURE)

/** What is signed: "at that time this is the largest consistent tree I have seen". */
const message = (time: number, text: string): Bytes => utf8(`cosignature/v1\ntime ${time}\n${text}`)

/** One signature line over a checkpoint's text; `time` in seconds. */
export async function cosign(
  text: string,
  key: NoteKey,
  time: number,
  sign: (message: Bytes) => Promise<Bytes>,
): Promise<string> {
  const stamp = new Uint8Array(8)
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time))
  return `— ${key.name} ${base64(concat(key.id, stamp, await sign(message(time, text))))}`
}

/**
 * Which of `witnesses` have cosigned the note, and when first (seconds). Unknown lines are passed over; a known one that does not
 * verify refuses the note.
 */
export async function cosigners(
  note: string,
  witnesses: readonly NoteKey[],
  verify: VerifySignature,
): Promise<Map<string, number>> {
  const { text, signatures } = parseNote(note)
  const found = new Map<string, number>()
  for (const { name, id, signature } of signatures) {
    const key = witnesses.find((one) => one.type === COSIGNATURE && one.name === name && equal(one.id, id))
    if (!key) continue
    if (signature.length !== 72) throw bad()
    const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0))
    if (!Number.isSafeInteger(time)) throw bad()
    if (!(await verify(key.publicKey, message(time, text), signature.slice(8)))) throw bad()
    found.set(name, Math.min(time, found.get(name) ?? time))
  }
  return found
}

/** The note with signature lines added at its end; a line that is there already is not added again. */
export function withSignatures(note: string, lines: readonly string[]): string {
  const { signatures } = parseNote(note)
  const there = new Set(signatures.map((one) => `— ${one.name} ${base64(concat(one.id, one.signature))}`))
  return (
    note +
    lines
      .filter((one) => !there.has(one))
      .map((one) => `${one}\n`)
      .join('')
  )
}
