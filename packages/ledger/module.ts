/** What a ledger module is: the shape members, checkpoints and the slices' own modules share. Types only. */
import type { Json } from '@salus/base/json'
import type { z } from '@salus/base/schema'
import type { Genesis } from './contract.ts'
import type { Reason } from './fields.ts'

/** Reads of the state. Values are canonical JSON; `list` goes in key order. */
export type View = {
  get<T = Json>(key: string): T | undefined
  list<T = Json>(prefix: string): (readonly [key: string, value: T])[]
}
/** Reads and writes of one transaction; nothing of it remains when the transaction is refused. */
export type Draft = View & {
  put(key: string, value: unknown): void
  remove(key: string): void
}

/** A verified transaction: schema, chain and signature hold; key, sequence and rules are checked against the state. */
export type Tx<Body = unknown> = {
  readonly org: string
  readonly type: string
  readonly seq: number
  readonly body: Body
  /** The key that signed it. */
  readonly key: string
}

/** All a rule may know of its block: no clock, no randomness (rule L9). `time` in ms since 1970. */
export type BlockContext = { readonly height: number; readonly time: number }

/** One transaction type: its closed schema and its effect. `apply` throws an `AppError` to refuse. */
export type TxType<Body = unknown> = {
  readonly schema: z.ZodType<Body>
  /** Who may send it, beyond being a member; throws to refuse. */
  readonly authorise?: (state: View, tx: Tx<Body>) => void
  readonly apply: (state: Draft, tx: Tx<Body>, block: BlockContext) => void
}

/** A part of the machine: it writes under `name/` only and reads everything. */
export type Module = {
  readonly name: string
  readonly types: Readonly<Record<string, TxType>>
  /** Why each field may stand on the ledger (gate P20), by `type.path`. */
  readonly reasons: Readonly<Record<string, Reason>>
  readonly queries: Readonly<Record<string, (state: View, data: string) => unknown>>
  /** First state. */
  readonly genesis?: (state: Draft, genesis: Genesis) => void
  /** The present key of a member organisation; exactly one module of a machine knows it. */
  readonly keyOf?: (state: View, org: string) => string | undefined
  /** Who votes on blocks, key (base64url) -> power of 1 and more; at most one module of a machine knows it. */
  readonly validators?: (state: View) => ReadonlyMap<string, number>
}

/** Types a module's row without losing its body type (a `TxType<Body>` is not a `TxType<unknown>` by itself). */
export const txType = <Body>(row: TxType<Body>): TxType => row as unknown as TxType
