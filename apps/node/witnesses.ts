/** Who witnesses this node's log and how far, and which logs it cosigns itself: what doctor says of both (N16). */
import type { Facts } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { Roots } from '@salus/directory/consortium'
import { logSize } from '@salus/journal/sources'
import { witnessedSize } from '@salus/journal/witnessing'
import { readFollowed } from './followed.ts'
import { witnessesOf } from './proposal.ts'

/** Witnesses and logs are named by their public names. Without stores (never started) nothing is witnessed yet. */
export async function witnessFacts(dir: string, roots: Roots, sources?: Sql): Promise<Facts> {
  const { asked, quorum } = witnessesOf(roots.policy)
  const followed = (await readFollowed(dir)).map((one) => one.name)
  const follows = followed.length > 0 ? { follows: followed.join(' ') } : {}
  if (quorum === 0) return { quorum, ...follows }
  const witnessed = sources ? await witnessedSize(sources) : 0
  const size = sources ? await sources.tx(logSize) : 0
  return { quorum, by: asked.map((one) => one.name).join(' '), witnessed, waiting: size - witnessed, ...follows }
}
