/**
 * A witness (tlog-witness.md): cosigns another log's checkpoint after checking that it continues the one cosigned before.
 * Check and persistence are one durable transaction before any answer: two requests at once cannot roll it back.
 */
import { type Bytes, base64, equal, fromBase64, hex, utf8 } from '@salus/base/bytes'
import { type Clock, seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import { sha256 } from '@salus/crypto/hash'
import { emptyRoot, verifyConsistency } from '@salus/crypto/merkle'
import { cosign, withSignatures } from './cosign.ts'
import {
  type Checkpoint,
  formatVkey,
  MAX_SIGNATURES,
  type NoteKey,
  parseCheckpoint,
  parseNote,
  signedAlone,
} from './note.ts'
import { verifyCheckpoint } from './verify.ts'
import { lastWitnessed, saveWitnessed, type Witnessed } from './witness.store.ts'

export type WitnessPorts = {
  readonly key: NoteKey
  readonly privateKey: CryptoKey
  /** Logs it follows; any other origin is unknown. */
  readonly logs: readonly NoteKey[]
  readonly sources: Sql
  readonly clock: Clock
  /** Are that log's first `size` entries here, by now? Those of a log that is cosigned can be given back (J32). */
  readonly holds?: (origin: string, size: number) => Promise<boolean>
  /** Is it known from elsewhere that the log does not hold what it says here? Then it is not cosigned. */
  readonly isFalse?: (note: string) => Promise<boolean>
  /** Told what a log signed and this witness did not cosign. */
  readonly onRefused?: (note: string) => void
}

/** An HTTP answer in the format's words. */
export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 503
  readonly body: string
  readonly type: string
}

const plain = (status: WitnessAnswer['status'], body = ''): WitnessAnswer => ({
  ...{ status, body, type: 'text/plain; charset=utf-8' },
})

const other = (size: number): WitnessAnswer => ({ status: 409, body: `${size}\n`, type: 'text/x.tlog.size' })

type Asked = { old: number; proof: Bytes[]; note: string; checkpoint: Checkpoint }

/** `old N`, at most 63 proof lines, an empty line, the checkpoint; undefined when it is anything else. */
function readRequest(body: string): Asked | undefined {
  const split = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, split).split('\n')
  const old = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1]
  if (split < 0 || old === undefined || lines.length > 63) return undefined
  try {
    const proof = lines.map((line) => fromBase64(line))
    const note = body.slice(split + 2)
    const { text, signatures } = parseNote(note)
    const checkpoint = parseCheckpoint(text)
    // One more line must fit: what is cosigned has to stay readable.
    const room = signatures.length < MAX_SIGNATURES
    const fits = room && proof.every((one) => one.length === 32) && Number(old) <= checkpoint.size
    return fits ? { old: Number(old), proof, note, checkpoint } : undefined
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/** Does the checkpoint continue what was cosigned at `old`? */
function continues({ old, proof, checkpoint }: Asked, before: Bytes): boolean {
  const { size, root } = checkpoint
  if (old === 0) return proof.length === 0 && (size > 0 || equal(root, emptyRoot))
  if (old === size) return proof.length === 0 && equal(root, before)
  return verifyConsistency({ size1: old, size2: size, root1: before, root2: root, proof })
}

/** Did exactly this key sign it? */
const isBy = (note: string, key: NoteKey): Promise<boolean> =>
  verifyCheckpoint(note, [key]).then(
    () => true,
    () => false,
  )

/** What was cosigned for this very key. A row of an earlier version says the name alone: whose it is, its note says. */
async function stateOf(s: Tx, log: NoteKey): Promise<Witnessed | undefined> {
  const found = await lastWitnessed(s, formatVkey(log))
  if (found) return found
  const named = await lastWitnessed(s, log.name)
  return named && (await isBy(named.note, log)) ? named : undefined
}

/** Checks against the newest state and keeps the new one, in one transaction: the log's own line, and none beside it. */
async function persist(s: Tx, asked: Asked, log: NoteKey, held: boolean): Promise<WitnessAnswer | undefined> {
  const { size, root } = asked.checkpoint
  const last = await stateOf(s, log)
  const known = last?.size ?? 0
  if (asked.old !== known) return other(known)
  if (!continues(asked, last?.root ?? emptyRoot)) return plain(422)
  // Nothing is wrong with it: it is asked again when its entries are here.
  if (!held) return plain(503)
  await saveWitnessed(s, formatVkey(log), { size, root, note: signedAlone(asked.note, log) })
  return undefined
}

/** Which of `logs` signed the note. */
async function signerOf(note: string, logs: readonly NoteKey[]): Promise<NoteKey | undefined> {
  for (const one of logs) if (await isBy(note, one)) return one
  return undefined
}

export function createWitness(ports: WitnessPorts) {
  const { key, privateKey, logs, sources, clock, holds = async () => true, isFalse, onRefused } = ports
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))

  return {
    key,
    /** `POST <prefix>/add-checkpoint`. */
    async add(body: string): Promise<WitnessAnswer> {
      const asked = readRequest(body)
      if (!asked) return plain(400)
      const { origin } = asked.checkpoint
      const named = logs.filter((one) => one.name === origin)
      if (named.length === 0) return plain(404)
      const log = await signerOf(asked.note, named)
      if (!log) return plain(403)
      const known = (await sources.tx((s) => stateOf(s, log)))?.size ?? 0
      if (asked.old !== known) {
        onRefused?.(asked.note)
        return other(known)
      }
      const held = await holds(origin, asked.checkpoint.size)
      const refused = (await isFalse?.(asked.note)) ? plain(422) : await sources.tx((s) => persist(s, asked, log, held))
      if (refused) {
        if (refused.status !== 503) onRefused?.(asked.note)
        return refused
      }
      const line = await cosign(parseNote(asked.note).text, key, seconds(clock()), sign)
      return plain(200, `${line}\n`)
    },
    /** `GET <prefix>/<sha256 of the origin, hex>/checkpoint`: the last one, with both signatures. */
    async last(originHash: string): Promise<string | undefined> {
      const log = logs.find((one) => hex(sha256(utf8(one.name))) === originHash)
      const found = log && (await sources.tx((s) => stateOf(s, log)))
      if (!found) return undefined
      // An earlier version kept whatever stood beside the log's own line.
      const note = signedAlone(found.note, log)
      return withSignatures(note, [await cosign(parseNote(note).text, key, seconds(clock()), sign)])
    },
  }
}
export type Witness = ReturnType<typeof createWitness>

/** What a log sends to a witness that last cosigned `old` of its entries. */
export const witnessRequest = (old: number, proof: readonly Bytes[], note: string): string =>
  `${[`old ${old}`, ...proof.map((one) => base64(one))].join('\n')}\n\n${note}`
