/** Who may write in a record, and for whom (R1, R2). */
import type { Tx } from '@salus/base/sqlite'
import type { DirectoryPort } from '@salus/directory/contract'
import type { ReadingPort } from '@salus/grants/contract'
import type { Actor } from '@salus/journal/slice'

/** Ports that compose fills: who is who, and who may read. */
export type RecordsNeeds = { readonly directory: DirectoryPort; readonly reading: ReadingPort }

/** For whom somebody writes: the organisation; a patient for nobody else. */
export const orgOf = (actor: Actor): string =>
  actor.role === 'founder' ? '' : actor.role === 'patient' ? actor.handle : actor.org

/** A desk writes for its organisation, a professional with a credential in force, a patient in the own record. */
export async function mayWrite(
  directory: DirectoryPort,
  views: Tx,
  actor: Actor,
  iss: string,
  chain: string,
  now: number,
): Promise<boolean> {
  if (actor.role === 'desk') return true
  if (actor.role === 'patient') return actor.handle === chain
  return (await directory.credential(views, iss, now)) !== undefined
}
