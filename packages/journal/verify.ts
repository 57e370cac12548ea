/** Offline verification: what anyone can check with a receipt, the statement and a trusted vkey. No node needed. */
import { type Bytes, base64url, equal, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { verifyEd25519 } from '@salus/crypto/jws'
import { leafHash, verifyInclusion } from '@salus/crypto/merkle'
import { type ChainEntry, type JournalCode, MAX_LIFE, type Receipt, WITNESS_DEADLINE } from './contract.ts'
import { cosigners } from './cosign.ts'
import { CHAIN_START, journalEntry } from './entry.ts'
import { type Checkpoint, type NoteKey, openNote, parseCheckpoint, parseNote } from './note.ts'
import { type Policy, quorumMet, witnessesFor } from './policy.ts'
import { parseProof } from './proof.ts'
import { parseStatement } from './statement.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

const verifyNote = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifyEd25519(base64url(publicKey), message, signature)

/** Verifies a signed checkpoint against the log keys one trusts; its origin must be the name that signed. */
export async function verifyCheckpoint(note: string, logs: readonly NoteKey[]): Promise<Checkpoint> {
  const { text, signers } = await openNote(note, logs, verifyNote)
  const checkpoint = parseCheckpoint(text)
  if (!signers.includes(checkpoint.origin)) throw fail('note-invalid')
  return checkpoint
}

/** The same for one errand, whose receipts mostly stand under one checkpoint: its signature is checked once. */
export function createCheckpointCheck(): typeof verifyCheckpoint {
  const known = new Map<string, Promise<Checkpoint>>()
  return (note, logs) => {
    const found = known.get(note) ?? verifyCheckpoint(note, logs)
    known.set(note, found)
    return found
  }
}

/**
 * Verifies that the journal holds exactly `statement` at the place the receipt states; throws `proof-invalid`. The
 * receipt's `status` is the node's word and proves nothing: witnesses are counted by the policy.
 */
export async function verifyReceipt(
  statement: string,
  receipt: Receipt,
  logs: readonly NoteKey[],
  verify = verifyCheckpoint,
): Promise<{ checkpoint: Checkpoint; entry: Bytes }> {
  if (parseStatement(statement).id !== receipt.id) throw fail('proof-invalid')
  const entry = journalEntry(fromBase64url(receipt.salt), statement, receipt.number, fromBase64url(receipt.previous))
  return { checkpoint: await verifyEntry(entry, receipt.index, receipt.proof, logs, verify), entry }
}

/** The log a statement is for: whoever carries it there may keep a log too, and its receipt says nothing. */
export const logsFor = (statement: string, logs: readonly NoteKey[]): NoteKey[] => {
  const { aud } = parseStatement(statement)
  return logs.filter((one) => one.name === aud)
}

/**
 * By when (seconds) a statement must have been witnessed: no node takes it later than its author's own time allows. What the
 * node says counts where it is earlier; it could say any later time, or none.
 */
export const witnessDeadline = (statement: string, receipt: Pick<Receipt, 'by'>): number =>
  Math.min(receipt.by ?? Number.POSITIVE_INFINITY, parseStatement(statement).iat + MAX_LIFE + WITNESS_DEADLINE)

/** `missed`: not witnessed, though its time is over. `late`: a quorum cosigned, by their own clocks after that time. */
export type WitnessState = 'not-asked' | 'witnessed' | 'provisional' | 'missed' | 'late'

/**
 * What a receipt of `statement` is worth under the policy one has pinned: the node's `status` is not asked. It must have been
 * verified (`verifyReceipt`).
 */
export async function witnessedBy(
  statement: string,
  receipt: Pick<Receipt, 'proof' | 'by'>,
  policy: Policy,
  now: number,
): Promise<WitnessState> {
  if (policy.quorum === 'none') return 'not-asked'
  const deadline = witnessDeadline(statement, receipt)
  const { checkpoint } = parseProof(receipt.proof)
  const { origin } = parseCheckpoint(parseNote(checkpoint).text)
  const keys = witnessesFor(policy, origin).map((one) => one.key)
  const signed = await cosigners(checkpoint, keys, verifyNote)
  const inTime = [...signed].flatMap(([name, time]) => (time <= deadline ? [name] : []))
  if (quorumMet(policy, new Set(inTime))) return 'witnessed'
  if (quorumMet(policy, new Set(signed.keys()))) return 'late'
  return now <= deadline ? 'provisional' : 'missed'
}

/** Verifies by a tlog-proof that the 32-byte `entry` stands at `index` of a trusted log; throws `proof-invalid`. */
export async function verifyEntry(
  entry: Uint8Array,
  index: number,
  text: string,
  logs: readonly NoteKey[],
  verify = verifyCheckpoint,
): Promise<Checkpoint> {
  const proof = parseProof(text)
  const checkpoint = await verify(proof.checkpoint, logs)
  const { size, root } = checkpoint
  const included = verifyInclusion({ index: proof.index, size, leaf: leafHash(entry), proof: proof.path, root })
  if (!included || proof.index !== index) throw fail('proof-invalid')
  return checkpoint
}

/** Where a person's chain stands: the last number and entry one has checked. */
export type ChainHead = { readonly number: number; readonly entry: Bytes }
export const EMPTY_CHAIN: ChainHead = { number: 0, entry: CHAIN_START }

/**
 * Follows `entries` from `head`: numbers without a gap, each entry committing to the one before.
 * Throws `chain-broken` where the node left something out or shows another past.
 */
export function followChain(head: ChainHead, entries: readonly ChainEntry[]): ChainHead {
  let { number, entry } = head
  for (const next of entries) {
    const previous = fromBase64url(next.previous)
    if (next.number !== number + 1 || !equal(previous, entry)) throw fail('chain-broken')
    number = next.number
    entry = journalEntry(fromBase64url(next.salt), next.statement, number, previous)
  }
  return { number, entry }
}
