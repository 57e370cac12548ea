/** A whole state in chunks, for a node that joins late (ABCI 2.0 state sync). Everything in it is checked by the app hash. */
import { type Bytes, base64url, concat, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { sha256 } from '@salus/crypto/hash'
import type { FrontierState } from '@salus/crypto/merkle'
import { canonical } from './canonical.ts'
import type { LedgerCode } from './errors.ts'

/** What a machine needs to go on from a height: rows as canonical text, and the transaction log's frontier. */
export type Saved = {
  readonly height: number
  readonly time: number
  readonly rows: readonly (readonly [key: string, text: string])[]
  readonly log: FrontierState
}

/** As ABCI's `Snapshot`: `hash` covers all chunks, `metadata` lists each chunk's digest so that a bad peer is found. */
export type Snapshot = {
  readonly height: number
  readonly format: 1
  readonly chunks: number
  readonly hash: string
  readonly metadata: string
}
/** A snapshot with its chunks. */
export type TakenSnapshot = { readonly snapshot: Snapshot; readonly parts: readonly Bytes[] }

/** Bytes of a chunk; CometBFT allows 16 MB in one message. */
const CHUNK = 1 << 20
const MAX_CHUNKS = 4096

const frontier = z.strictObject({ size: z.int().min(0), hashes: z.array(z.string()) })
const content = z.strictObject({
  height: z.int().min(0),
  time: z.int().min(0),
  log: frontier,
  rows: z.array(z.tuple([z.string(), z.string()])),
})
const invalid = () => new AppError<LedgerCode>('snapshot-invalid')
const digestOf = (part: Uint8Array) => base64url(sha256(part))

/** A frontier as text for a store or a snapshot. */
export const frontierText = ({ size, hashes }: FrontierState): string =>
  canonical({ size, hashes: hashes.map((hash) => base64url(hash)) })

/** A frontier from its text. */
export function frontierOf(source: string): FrontierState {
  const { size, hashes } = parseWith(frontier, source)
  return { size, hashes: hashes.map((hash) => fromBase64url(hash)) }
}

/** Cuts `saved` into chunks; two nodes with the same state make the same chunks. */
export function takeSnapshot(saved: Saved): TakenSnapshot {
  const bytes = utf8(canonical({ ...saved, log: JSON.parse(frontierText(saved.log)) }))
  const parts: Bytes[] = []
  for (let at = 0; at < bytes.length; at += CHUNK) parts.push(bytes.slice(at, at + CHUNK))
  const metadata = canonical(parts.map(digestOf))
  const snapshot: Snapshot = {
    height: saved.height,
    format: 1,
    chunks: parts.length,
    hash: digestOf(utf8(metadata)),
    metadata,
  }
  return { snapshot, parts }
}

/** Collects the chunks of an offered snapshot; throws `snapshot-invalid` where the offer contradicts itself. */
export function receiveSnapshot(snapshot: Snapshot) {
  const digests = parseWith(z.array(z.string()).max(MAX_CHUNKS), snapshot.metadata)
  if (digests.length !== snapshot.chunks || digests.length === 0) throw invalid()
  if (digestOf(utf8(snapshot.metadata)) !== snapshot.hash) throw invalid()
  const parts: Bytes[] = []
  return {
    /** False for a chunk that is not the one announced: fetch it again from another peer. */
    add(index: number, part: Bytes): boolean {
      if (digests[index] !== digestOf(part)) return false
      parts[index] = part
      return true
    },
    complete: () => parts.length === digests.length && digests.every((_, index) => parts[index] !== undefined),
    /** The state it holds, not yet trusted: the machine compares the app hash. */
    saved(): Saved {
      const { log, ...rest } = parseWith(content, text(concat(...parts)))
      return { ...rest, log: frontierOf(canonical(log)) }
    },
  }
}
