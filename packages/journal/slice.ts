/** What a slice gives to the one way in: its kinds of statements, with their rules and their views. */

import type { Random } from '@salus/base/clock'
import type { Digest, Handle, OrgId, Thumbprint } from '@salus/base/ids'
import type { z } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import type { Statement } from './statement.ts'

/** Who a device key speaks for, as the keyrings and the ledger say. */
export type Actor =
  | { readonly role: 'patient' | 'professional' | 'team'; readonly handle: Handle; readonly org: OrgId }
  /** Somebody who acts for `handle` until a date; `by` is the own handle, `appointment` the row that says so. */
  | {
      readonly role: 'representative'
      readonly handle: Handle
      readonly org: OrgId
      readonly by: Handle
      readonly appointment: string
    }
  /** A restored keychain's key: it may bring a new device in, and nothing else. */
  | { readonly role: 'recovery'; readonly handle: Handle; readonly org: OrgId }
  | { readonly role: 'desk'; readonly org: OrgId }
  | { readonly role: 'founder' }

/** Port filled by directory: the key that `kid` names in the issuer's keyring (or the ledger), if it may sign now. */
export interface SignerPort {
  find(views: Tx, issuer: string, kid: Thumbprint): Promise<Signing | undefined>
  /** The same of a key that spoke for the issuer once: what a home took then, and a replica adopts late (J28). */
  earlier?(views: Tx, issuer: string, kid: Thumbprint, iat: number): Promise<Signing | undefined>
  /** The key of somebody whose own chain is not here, and whom the issuer's names: enough to take away (J29), for nothing else. */
  named?(views: Tx, issuer: string, kid: Thumbprint): Promise<Signing | undefined>
}

/** A key that may sign, and for whom; `until`: the second from which it no longer does. */
export type Signing = { readonly publicKey: string; readonly actor: Actor; readonly until?: number }

/** A packet as it came, its protected header parsed and checked against the suite's allow-list. */
export type PacketIn = {
  readonly jwe: string
  readonly digest: Digest
  readonly kid: Thumbprint
  readonly bind: Readonly<Record<string, string | number>>
  /** Its place among those that were signed, where others of them are gone. */
  readonly at?: number
}

/** A packet as it is stored: `id` is random and means nothing. */
export type PacketRow = { readonly id: string; readonly kid: Thumbprint; readonly bind: PacketIn['bind'] }

/** What a kind may do to the sources beside its statement: drop what a later statement has replaced. */
export interface SourceEffects {
  dropPackets(ids: readonly string[]): Promise<void>
  /** Destroys a ciphertext of this chain. */
  dropContent(chain: Handle, digest: string): Promise<void>
  /** Erases every statement, salt, packet and content of a chain; leaves stay, meaningless. */
  eraseChain(chain: Handle): Promise<void>
  /** A slice's own erasable tables, in the same transaction. */
  own(work: (sources: Tx, random: Random) => Promise<void>): Promise<void>
}

/** One accepted statement with its place, as projections see it: nothing else may enter a view. */
export type Accepted<Body> = {
  readonly statement: Statement & { readonly body: Body }
  readonly body: Body
  readonly chain: Handle
  readonly number: number
  readonly index: number
  /** When the node accepted it, seconds. */
  readonly at: number
  readonly packets: readonly PacketRow[]
}

export type Deciding<Body> = {
  readonly views: Tx
  readonly statement: Statement
  readonly body: Body
  readonly actor: Actor
  readonly chain: Handle
  /** Number of the last entry of the chain (0: none yet). */
  readonly head: number
  /** Seconds. */
  readonly now: number
  readonly packets: readonly PacketIn[]
  readonly content: string | undefined
  /** J28 Taken at its chain's home, another log: what rests on chains that need not be here was asked there, and is not asked again. */
  readonly elsewhere: boolean
}

/** One kind of statement: schema, who signs, what it claims, rule, effect, view. */
export type Kind<Body = never> = {
  readonly type: string
  readonly body: z.ZodType<Body>
  readonly signers: readonly Actor['role'][]
  /** The key of a statement that founds its own keyring (`iss: self`), or speaks with a key it introduces itself. */
  readonly ownKey?: (body: Body, statement: Statement) => string | undefined
  /** Whose chain it enters; `sub` when absent. */
  readonly chain?: (body: Body, statement: Statement) => Handle
  /** Digests that the body signs: exactly these packets and this ciphertext must come along. */
  readonly claims?: (body: Body) => { packets?: readonly Digest[]; content?: Digest }
  /** Loads the state and asks the pure rule; throws the slice's AppError to refuse. */
  readonly decide: (deciding: Deciding<Body>) => Promise<void>
  readonly effects?: (sources: SourceEffects, deciding: Deciding<Body>) => Promise<void>
  /**
   * Taken at every node, wherever the chain's home is: it says what was done there (a read). The rule for what comes from another
   * log: it was done, allowed or not, so it is written down; only what concerns nobody here is refused.
   */
  readonly anywhere?: (deciding: Deciding<Body>) => Promise<void>
  /** Only takes away (J29): the ids of what it ends, grants, records or a whole chain. A replica needs no receipt for it. */
  readonly stops?: (body: Body, statement: Statement) => readonly string[]
  /** The last word at this home (J34): the log that is the chain's home from here on. */
  readonly moves?: (body: Body) => string
  /** Writes view rows. Runs once when accepted and again, alone, at every rebuild. */
  readonly project: (views: Tx, accepted: Accepted<Body>) => Promise<void>
}

/** Keeps the body's type inside one kind while a list holds kinds of many bodies. */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous list; each kind parses its own body with its own schema
export type AnyKind = Kind<any>
export const kind = <Body>(definition: Kind<Body>): AnyKind => definition

/** A slice as the journal sees it. `forget` clears every view row about a person. */
export type Slice = {
  readonly name: string
  /** SQL of its view tables. */
  readonly views: string
  readonly kinds: readonly AnyKind[]
  /** Views this slice keeps of other slices' statements, by type. */
  readonly also?: Readonly<Record<string, (views: Tx, accepted: Accepted<never>) => Promise<void>>>
  readonly forget: (views: Tx, handle: Handle) => Promise<void>
}
