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
import { type Checkpoint, type NoteKey, parseCheckpoint, parseNote } from './note.ts'
import { verifyCheckpoint } from './verify.ts'
import { lastWitnessed, saveWitnessed } from './witness.store.ts'

export type WitnessPorts = {
  readonly key: NoteKey
  readonly privateKey: CryptoKey
  /** Logs it follows; any other origin is unknown. */
  readonly logs: readonly NoteKey[]
  readonly sources: Sql
  readonly clock: Clock
}

/** An HTTP answer in the format's words. */
export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly body: string
  readonly type: string
}

const plain = (status: WitnessAnswer['status'], body = ''): WitnessAnswer => ({
  ...{ status, body, type: 'text/plain; charset=utf-8' },
})

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
    const checkpoint = parseCheckpoint(parseNote(note).text)
    const fits = proof.every((one) => one.length === 32) && Number(old) <= checkpoint.size
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

/** Checks against the newest state and keeps the new one, in one transaction. */
async function persist(s: Tx, asked: Asked): Promise<WitnessAnswer | undefined> {
  const { origin, size, root } = asked.checkpoint
  const last = await lastWitnessed(s, origin)
  const known = last?.size ?? 0
  if (asked.old !== known) return { status: 409, body: `${known}\n`, type: 'text/x.tlog.size' }
  if (!continues(asked, last?.root ?? emptyRoot)) return plain(422)
  await saveWitnessed(s, origin, { size, root, note: asked.note })
  return undefined
}

export function createWitness(ports: WitnessPorts) {
  const { key, privateKey, logs, sources, clock } = ports
  const sign = async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))

  return {
    key,
    /** `POST <prefix>/add-checkpoint`. */
    async add(body: string): Promise<WitnessAnswer> {
      const asked = readRequest(body)
      if (!asked) return plain(400)
      const { origin } = asked.checkpoint
      const known = logs.filter((one) => one.name === origin)
      if (known.length === 0) return plain(404)
      const trusted = await verifyCheckpoint(asked.note, known).catch(() => undefined)
      if (!trusted) return plain(403)
      const refused = await sources.tx((s) => persist(s, asked))
      if (refused) return refused
      const line = await cosign(parseNote(asked.note).text, key, seconds(clock()), sign)
      return plain(200, `${line}\n`)
    },
    /** `GET <prefix>/<sha256 of the origin, hex>/checkpoint`: the last one, with both signatures. */
    async last(originHash: string): Promise<string | undefined> {
      const log = logs.find((one) => hex(sha256(utf8(one.name))) === originHash)
      const found = log && (await sources.tx((s) => lastWitnessed(s, log.name)))
      if (!found) return undefined
      const line = await cosign(parseNote(found.note).text, key, seconds(clock()), sign)
      return withSignatures(found.note, [line])
    },
  }
}
export type Witness = ReturnType<typeof createWitness>

/** What a log sends to a witness that last cosigned `old` of its entries. */
export const witnessRequest = (old: number, proof: readonly Bytes[], note: string): string =>
  `${[`old ${old}`, ...proof.map((one) => base64(one))].join('\n')}\n\n${note}`
