/**
 * A log that was lost, made again from what others keep of it (J33): its bare entries, proven by a checkpoint that its own key
 * signed, and the statements that open them. Nothing is written that does not; what nobody has stays a bare entry.
 */
import { type Bytes, equal, fromBase64url } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Sql, Tx } from '@salus/base/sqlite'
import { createFrontier, leafHash } from '@salus/crypto/merkle'
import type { JournalCode } from './contract.ts'
import { CHAIN_START } from './entry.ts'
import type { Checkpoint } from './note.ts'
import { readLeft } from './prepare.ts'
import type { Projector } from './project.ts'
import type { OwnEntry } from './replica.ts'
import type { AnyKind, SignerPort } from './slice.ts'
import { insertLeaf, insertUnder, opensLeaf, recordHead, type Stored, statementsFrom } from './sources.store.ts'
import { parseStatement } from './statement.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)
/** Rows in one transaction. */
const STEP = 2_000

/** The bare entries of a log, 32 bytes each, one after another. */
export const entryAt = (entries: Bytes, index: number): Bytes => entries.subarray(index * 32, index * 32 + 32)

/** Root of the first `size` entries. */
export function rootOf(entries: Bytes, size: number): Bytes {
  const frontier = createFrontier()
  for (let index = 0; index < size; index++) frontier.append(leafHash(entryAt(entries, index)))
  return frontier.root()
}

/** Throws `proof-invalid` unless these are exactly the entries that the checkpoint was signed over. */
export function checkEntries(entries: Bytes, { size, root }: Checkpoint): void {
  if (entries.length !== size * 32 || !equal(rootOf(entries, size), root)) throw fail('proof-invalid')
}

type Known = { readonly projector: Projector; readonly entries: Bytes }
/** A statement that opens its entry, after the one before it in its chain. */
export type Opened = Stored & { readonly entry: Bytes; readonly kind: AnyKind; readonly body: unknown }

/** Reads what one keeper gives, in the order of the log. Throws where it does not open the entry, or leaves something of a chain out. */
export function createOpening({ projector, entries }: Known) {
  const chains = new Map<string, { number: number; entry: Bytes }>()
  return {
    /** How far each chain goes there. */
    chains,
    open({ index: idx, number, salt, at, statement: token }: OwnEntry): Opened {
      const { statement, body } = projector.read({ token })
      const { id, iss, type } = statement
      const chain = projector.chainOf(token)
      if (chain === undefined) throw fail('statement-invalid')
      const before = chains.get(chain) ?? { number: 0, entry: CHAIN_START }
      const entry = entryAt(entries, idx)
      const row: Stored = {
        ...{ idx, id, iss, type, token, chain, number, at },
        ...{ previous: before.entry, salt: fromBase64url(salt) },
      }
      if (number !== before.number + 1 || !opensLeaf(row, entry)) throw fail('home-receipt-invalid')
      chains.set(chain, { number, entry })
      return { ...row, entry, kind: projector.kindOf(type), body }
    },
  }
}

/** Writes the bare entries, and the head they were signed with, into empty sources. */
export async function writeEntries(sources: Sql, entries: Bytes, { size, root }: Checkpoint): Promise<void> {
  for (let from = 0; from < size; from += STEP) {
    await sources.tx(async (s) => {
      for (let index = from; index < Math.min(size, from + STEP); index++)
        await insertLeaf(s, index, entryAt(entries, index))
    })
  }
  await sources.tx((s) => recordHead(s, { size, root }))
}

/** Puts a statement under its entry, with what is left of its packets and its content. Throws where they are not what it signed. */
export async function writeOpened(
  s: Tx,
  { kind, body, entry: _, ...row }: Opened,
  came: { packets: string[]; content?: string },
  random: Random,
): Promise<void> {
  const { packets } = readLeft(kind, body, came)
  const named = kind.claims?.(body as never).content
  const content = named !== undefined && came.content !== undefined ? { digest: named, jwe: came.content } : undefined
  await insertUnder(s, row, packets, content, random)
}

export type VouchPorts = {
  readonly sources: Sql
  /** Made from these sources. */
  readonly views: Sql
  readonly projector: Projector
  readonly signers: SignerPort
  readonly verify: (publicKey: string, message: Uint8Array, signature: Uint8Array) => Promise<boolean>
}

/**
 * Every signature whose key is known from what came back; throws `signature-invalid`. Answers how many statements stand on the log's
 * word alone: their signers' keyrings are at home elsewhere, or nobody has them.
 */
export async function checkSignatures({ sources, views, projector, signers, verify }: VouchPorts): Promise<number> {
  let alone = 0
  for (let from = 0; ; ) {
    const rows = await sources.tx((s) => statementsFrom(s, from, STEP))
    for (const row of rows) {
      const statement = parseStatement(row.token)
      const { iss, kid, iat, signingInput, signature } = statement
      const own = projector.kindOf(row.type).ownKey?.(projector.read(row).body as never, statement)
      const find = (v: Tx) => signers.find(v, iss, kid).then((one) => one ?? signers.earlier?.(v, iss, kid, iat))
      const key = own ?? (await views.tx(find))?.publicKey
      if (key === undefined) alone++
      else if (!(await verify(key, signingInput, signature))) throw fail('signature-invalid')
    }
    const last = rows.at(-1)
    if (!last) return alone
    from = last.idx + 1
  }
}

/** Chains by how far each keeper has them: whoever goes furthest knows what was destroyed, and is asked for the rest. */
export function furthest<Keeper>(all: ReadonlyMap<Keeper, ReadonlyMap<string, { readonly number: number }>>) {
  const best = new Map<Handle, { keeper: Keeper; number: number }>()
  for (const [keeper, chains] of all) {
    for (const [chain, { number }] of chains) {
      if (number > (best.get(chain as Handle)?.number ?? 0)) best.set(chain as Handle, { keeper, number })
    }
  }
  return best
}
