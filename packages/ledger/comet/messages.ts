/** ABCI messages as this machine uses them, and their bytes: length-delimited protobuf (spec/abci, "socket"). */
import { AppError } from '@salus/base/errors'
import type { LedgerCode } from '../errors.ts'
import { Request, Response } from './proto.ts'

/** The sixteen kinds of request. */
export const requestKinds = [
  ...['echo', 'flush', 'info', 'init_chain', 'query', 'check_tx', 'commit', 'list_snapshots', 'offer_snapshot'],
  ...['load_snapshot_chunk', 'apply_snapshot_chunk', 'prepare_proposal', 'process_proposal', 'extend_vote'],
  ...['verify_vote_extension', 'finalize_block'],
] as const

export type Time = { readonly seconds: number; readonly nanos: number }
export type ValidatorUpdate = { readonly pub_key: { readonly ed25519: Uint8Array }; readonly power: number }
export type WireSnapshot = {
  readonly height: number
  readonly format: number
  readonly chunks: number
  readonly hash: Uint8Array
  readonly metadata: Uint8Array
}
type Block = { readonly txs: readonly Uint8Array[]; readonly height: number; readonly time?: Time }
type Empty = Record<never, never>

/** What each request brings. */
export type Requests = {
  echo: { readonly message: string }
  flush: Empty
  info: Empty
  init_chain: {
    readonly time?: Time
    readonly chain_id: string
    readonly validators: readonly ValidatorUpdate[]
    readonly app_state_bytes: Uint8Array
    readonly initial_height: number
  }
  query: { readonly data: Uint8Array; readonly path: string }
  /** `type` 1: looked at again after a block. */
  check_tx: { readonly tx: Uint8Array; readonly type: number }
  commit: Empty
  list_snapshots: Empty
  offer_snapshot: { readonly snapshot?: WireSnapshot; readonly app_hash: Uint8Array }
  load_snapshot_chunk: { readonly height: number; readonly format: number; readonly chunk: number }
  apply_snapshot_chunk: { readonly index: number; readonly chunk: Uint8Array; readonly sender: string }
  prepare_proposal: Block & { readonly max_tx_bytes: number }
  process_proposal: Block
  extend_vote: Empty
  verify_vote_extension: { readonly vote_extension: Uint8Array }
  finalize_block: Block
}
export type RequestKind = keyof Requests

type TxAnswer = { readonly code: number; readonly log?: string; readonly codespace?: string }
/** What each request is answered with; `result` numbers are ABCI's own. */
export type Answers = {
  echo: { readonly message: string }
  flush: Empty
  info: {
    readonly data: string
    readonly version: string
    readonly app_version: number
    readonly last_block_height: number
    readonly last_block_app_hash: Uint8Array
  }
  init_chain: { readonly validators: readonly ValidatorUpdate[]; readonly app_hash: Uint8Array }
  query: TxAnswer & { readonly value?: Uint8Array; readonly height?: number }
  check_tx: TxAnswer
  commit: { readonly retain_height: number }
  list_snapshots: { readonly snapshots: readonly WireSnapshot[] }
  offer_snapshot: { readonly result: number }
  load_snapshot_chunk: { readonly chunk: Uint8Array }
  apply_snapshot_chunk: {
    readonly result: number
    readonly refetch_chunks?: readonly number[]
    readonly reject_senders?: readonly string[]
  }
  prepare_proposal: { readonly txs: readonly Uint8Array[] }
  process_proposal: { readonly result: number }
  extend_vote: Empty
  verify_vote_extension: { readonly result: number }
  finalize_block: {
    readonly tx_results: readonly TxAnswer[]
    readonly validator_updates: readonly ValidatorUpdate[]
    readonly app_hash: Uint8Array
  }
}

/** One request as it came. */
export type AnyRequest = { [K in RequestKind]: { readonly kind: K; readonly body: Requests[K] } }[RequestKind]

const invalid = () => new AppError<LedgerCode>('abci-invalid')

/** Reads one message; throws `abci-invalid`. */
export function readRequest(bytes: Uint8Array): AnyRequest {
  let message: { value?: string } & Record<string, unknown>
  try {
    message = Request.decode(bytes) as never
  } catch (cause) {
    throw new AppError<LedgerCode>('abci-invalid', {}, { cause })
  }
  const kind = message.value
  if (!kind || !(requestKinds as readonly string[]).includes(kind)) throw invalid()
  return { kind, body: message[kind] } as AnyRequest
}

/** The answer's message, with its length before it. */
export const writeAnswer = <K extends RequestKind>(kind: K, body: Answers[K]): Uint8Array =>
  Response.encodeDelimited({ [kind]: body }).finish()

/** Tells CometBFT that this machine cannot go on: it stops, and so do we. */
export const writeException = (error: string): Uint8Array => Response.encodeDelimited({ exception: { error } }).finish()

/** Bytes of the longest message taken: a block of 22 MB at most, with room for its envelope. */
const LONGEST = 32 << 20

/** Cuts a stream into messages; `take` gives those that are whole. Throws `abci-invalid` for a length that cannot be. */
export function createFrames(longest = LONGEST): { take(chunk: Uint8Array): Uint8Array[] } {
  let parts: Uint8Array[] = []
  let held = 0
  let wanted = 0
  return {
    take(chunk) {
      parts.push(chunk)
      held += chunk.length
      // A large message comes in many chunks: they are joined when it is whole, not at each.
      if (held < wanted) return []
      const bytes = parts.length === 1 ? chunk : Buffer.concat(parts, held)
      const { messages, rest, need } = cut(bytes, longest)
      parts = rest.length > 0 ? [rest] : []
      held = rest.length
      wanted = need
      return messages
    },
  }
}

function cut(bytes: Uint8Array, longest: number) {
  const messages: Uint8Array[] = []
  let at = 0
  for (;;) {
    const head = lengthAt(bytes, at)
    if (!head) return { messages, rest: bytes.subarray(at), need: 0 }
    if (head.length > longest) throw invalid()
    const end = head.next + head.length
    if (end > bytes.length) return { messages, rest: bytes.subarray(at), need: end - at }
    messages.push(bytes.subarray(head.next, end))
    at = end
  }
}

/** An unsigned varint of at most four bytes (2^28): nothing longer is taken anyway. */
function lengthAt(bytes: Uint8Array, at: number): { length: number; next: number } | undefined {
  let length = 0
  for (let nth = 0; nth < 4; nth++) {
    const byte = bytes[at + nth]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 2 ** (7 * nth)
    if (byte < 0x80) return { length, next: at + nth + 1 }
  }
  throw invalid()
}
