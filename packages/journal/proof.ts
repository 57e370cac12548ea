/** C2SP tlog-proof: one text file that proves one entry, offline (tlog-proof.md). */
import { type Bytes, base64, fromBase64 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { JournalCode } from './contract.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
const bad = () => new AppError<JournalCode>('proof-invalid')

export type TlogProof = {
  readonly index: number
  readonly path: readonly Bytes[]
  /** The signed note, with whatever witnesses have added. */
  readonly checkpoint: string
  /** Not authenticated: ours carries salt and content digest beside the proof. */
  readonly extra?: Bytes
}

/** Writes the proof file. */
export function formatProof(proof: TlogProof): string {
  const lines = [HEADER]
  if (proof.extra) lines.push(`extra ${base64(proof.extra)}`)
  lines.push(`index ${proof.index}`, ...proof.path.map(base64))
  return `${lines.join('\n')}\n\n${proof.checkpoint}`
}

function hash(line: string): Bytes {
  const bytes = decode(line)
  if (bytes.length !== 32) throw bad()
  return bytes
}

function decode(line: string): Bytes {
  try {
    return fromBase64(line)
  } catch (error) {
    if (isAppError(error)) throw bad()
    throw error
  }
}

/** Reads a proof file; throws `proof-invalid`. The checkpoint is not verified here. */
export function parseProof(text: string): TlogProof {
  const split = text.indexOf('\n\n')
  if (split < 0) throw bad()
  const [header, ...lines] = text.slice(0, split).split('\n')
  if (header !== HEADER) throw bad()
  const extra = lines[0]?.startsWith('extra ') ? decode((lines.shift() as string).slice(6)) : undefined
  const match = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')
  const index = Number(match?.[1])
  if (!Number.isSafeInteger(index) || lines.length > 63) throw bad()
  const proof = { index, path: lines.map(hash), checkpoint: text.slice(split + 2) }
  return extra ? { ...proof, extra } : proof
}
