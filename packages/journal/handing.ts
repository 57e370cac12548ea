/** What of a chain a log hands to another node that may have it (N22), while it is at home here and after it left (J34). */
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { homeOf, placesAt } from './adopted.store.ts'
import { lastOwn, staysOf } from './moved.store.ts'
import type { AnyKind } from './slice.ts'
import { chainAfter, type Stored } from './sources.store.ts'
import { parseStatement } from './statement.ts'

/** A chain that is a node's from its beginning. */
export const ALWAYS = -1

/**
 * From which entry on the chain of this one is the node's, whose log is `to` and to which the chain was `given` at an entry; undefined:
 * it is not. A chain that came here comes once more from its beginning, as it stands here: at the entry that brought it, also where it
 * left since, as whoever it went to may not have it from here yet. Of what was taken elsewhere its home alone is given what was done here.
 */
export async function handedFrom(
  s: Tx,
  kind: AnyKind,
  { chain, idx, number }: Pick<Stored, 'chain' | 'idx' | 'number'>,
  to: string,
  given: number | undefined,
): Promise<number | undefined> {
  const home = await homeOf(s, chain)
  const own = await lastOwn(s, chain)
  if (!home || (own && number >= own.from && number <= own.to))
    return given === undefined ? undefined : Math.max(given, own?.came ?? given)
  if (!kind.anywhere || (await placesAt(s, idx)).length > 0) return undefined
  // The log that was its home when this was done here may not have asked since: from there it goes on to where the chain went.
  return home.origin === to || (await homeThen(s, chain, number)) === to ? ALWAYS : undefined
}

/** Where the chain was at home when its entry `number` was written here, as was known here. */
async function homeThen(s: Tx, chain: Handle, number: number): Promise<string | undefined> {
  const stay = (await staysOf(s, chain)).findLast((one) => one.number <= number)
  if (stay) return stay.origin
  const [first] = await chainAfter(s, chain, 0, 1)
  return first && parseStatement(first.token).aud
}

/** Which of a chain's entries a node is given that was left behind: of one that is at home elsewhere, what was done here and what came before it left. */
export async function handedOf(s: Tx, chain: string): Promise<(kind: AnyKind, number: number) => boolean> {
  const home = await homeOf(s, chain)
  const own = await lastOwn(s, chain)
  return (kind, number) => !home || kind.anywhere !== undefined || (own !== undefined && number <= own.to)
}
