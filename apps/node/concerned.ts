/** Who is told of a statement beside the person whose chain it enters. Tells nobody anything that a list would not. */
import type { Tx } from '@salus/base/sqlite'
import { loadKeyring } from '@salus/directory/views'
import { grantById, requestById } from '@salus/grants/views'
import type { Accepted } from '@salus/journal/slice'

async function withMembers(v: Tx, handle: string): Promise<string[]> {
  const state = await loadKeyring(v, handle)
  return state?.kind === 'team' ? [...state.members] : [handle]
}

/** The asker of an answered request; the readers of a grant given or taken back; the members of a changed team. */
export async function concerned(v: Tx, { statement, body }: Accepted<unknown>): Promise<string[]> {
  const named = body as { request?: string; grant?: string; reader?: string; members?: string[] }
  if (statement.type === 'RequestRefused' || statement.type === 'GrantGiven') {
    const request = await requestById(v, named.request ?? '')
    return [...(request ? [request.asker] : []), ...(named.reader ? await withMembers(v, named.reader) : [])]
  }
  if (statement.type === 'GrantRevoked') {
    const grant = await grantById(v, named.grant ?? '')
    return grant ? withMembers(v, grant.reader) : []
  }
  if (statement.type === 'EmergencyReleased') return named.reader ? [named.reader] : []
  return statement.type === 'TeamChanged' ? (named.members ?? []) : []
}
