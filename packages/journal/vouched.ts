/**
 * Rows of the sources beside the log itself, held against whatever there is to hold them against: names of chains against the
 * chains, checkpoints that witnesses signed against the keys that signed them.
 */
import { base64url, equal } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { verifyEd25519 } from '@salus/crypto/jws'
import { cosigners } from './cosign.ts'
import { type CosignedSeen, cosignedRows, type WitnessedSeen, witnessedRows } from './inspect.store.ts'
import { type Checkpoint, type NoteKey, parseCheckpoint, parseNote, parseVkey } from './note.ts'
import { type Policy, quorumMet, witnessesFor } from './policy.ts'
import { verifyCheckpoint } from './verify.ts'

/** This log's own verifier, and whose cosignatures its roots ask for. */
export type Vouching = { readonly key: NoteKey; readonly policy: Policy }

/** `work`, where only bytes that are not what they say end it. */
async function holds(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (isAppError(error)) return false
    throw error
  }
}

/**
 * Signed by the very log whose verifier the row is under. Earlier versions kept the name alone: whose key that was, the note is
 * asked when it is used; here it must say what stands beside it.
 */
const checkpointOf = async ({ origin, note }: WitnessedSeen): Promise<Checkpoint> =>
  origin.includes('+') ? verifyCheckpoint(note, [parseVkey(origin)]) : parseCheckpoint(parseNote(note).text)

const isWitnessed = (row: WitnessedSeen): Promise<boolean> =>
  holds(async () => {
    const { origin, size, root } = await checkpointOf(row)
    const named = row.origin === origin || row.origin.startsWith(`${origin}+`)
    return named && size === row.size && equal(root, row.root)
  })

const isCosigned = ({ size, note }: CosignedSeen, { key, policy }: Vouching): Promise<boolean> =>
  holds(async () => {
    const checkpoint = await verifyCheckpoint(note, [key])
    const keys = witnessesFor(policy, checkpoint.origin).map((one) => one.key)
    const signed = await cosigners(note, keys, (by, message, signature) =>
      verifyEd25519(base64url(by), message, signature),
    )
    // Where nobody is asked nothing is kept.
    return policy.quorum !== 'none' && checkpoint.size === size && quorumMet(policy, new Set(signed.keys()))
  })

/** How many checkpoints of others, and of this log, are not what was cosigned. */
export async function unvouched(s: Tx, vouching: Vouching): Promise<number> {
  const [others, own] = [await witnessedRows(s), await cosignedRows(s)]
  const sound = await Promise.all([...others.map(isWitnessed), ...own.map((one) => isCosigned(one, vouching))])
  return sound.filter((one) => !one).length
}
