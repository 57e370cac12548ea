/** J31 What the sources hold and is not what was signed: found entry by entry, so that it can be fetched again from whoever has it. */
import { isAppError } from '@salus/base/errors'
import type { Digest, Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { contentAsIs } from './damage.store.ts'
import { leafRows, packetsBetween } from './inspect.store.ts'
import type { Projector } from './project.ts'
import { opensLeaf, type Stored, statementsFrom } from './sources.store.ts'

/** One row that is not what was signed, by the entry it came with. */
export type Damage = { readonly index: number } & (
  | { readonly kind: 'statement' }
  | { readonly kind: 'packet'; readonly at: number; readonly named: Digest }
  | { readonly kind: 'content'; readonly chain: Handle; readonly named: Digest }
)

/** What was looked at, and what was found; `next`: the entry to go on from, undefined at the end. */
export type Looked = {
  readonly statements: number
  readonly packets: number
  readonly contents: number
  readonly damage: readonly Damage[]
  readonly next: number | undefined
}

/** Entries looked at in one transaction: others are served in between. */
const STEP = 200

type Claims = { readonly packets?: readonly Digest[]; readonly content?: Digest }

/** What the statement signs; undefined where its text cannot be read any more. */
function claimsOf(projector: Projector, row: Stored): Claims | undefined {
  try {
    const { statement, body } = projector.read(row)
    return projector.kindOf(statement.type).claims?.(body as never) ?? {}
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

async function lookAt(s: Tx, projector: Projector, row: Stored): Promise<Omit<Looked, 'next' | 'statements'>> {
  const [leaf] = await leafRows(s, row.idx, 1)
  const index = row.idx
  const claims = leaf && opensLeaf(row, leaf.entry) ? claimsOf(projector, row) : undefined
  // What came with it is looked at when it is known again what that should be.
  if (!claims) return { packets: 0, contents: 0, damage: [{ index, kind: 'statement' }] }
  const damage: Damage[] = []
  const packets = await packetsBetween(s, index, index + 1)
  for (const { at, jwe } of packets) {
    const named = claims.packets?.[at]
    if (named !== undefined && (typeof jwe !== 'string' || digest(jwe) !== named))
      damage.push({ index, kind: 'packet', at, named })
  }
  const named = claims.content
  const jwe = named === undefined ? undefined : await contentAsIs(s, row.chain, named)
  if (named !== undefined && jwe !== undefined && (typeof jwe !== 'string' || digest(jwe) !== named))
    damage.push({ index, kind: 'content', chain: row.chain, named })
  return { packets: packets.length, contents: jwe === undefined ? 0 : 1, damage }
}

/** Looks at a step of entries from index `from` on. */
export async function lookForDamage(s: Tx, projector: Projector, from: number): Promise<Looked> {
  const rows = await statementsFrom(s, from, STEP)
  const damage: Damage[] = []
  let [packets, contents] = [0, 0]
  for (const row of rows) {
    const seen = await lookAt(s, projector, row)
    packets += seen.packets
    contents += seen.contents
    damage.push(...seen.damage)
  }
  const last = rows.at(-1)
  return { statements: rows.length, packets, contents, damage, next: last && last.idx + 1 }
}
