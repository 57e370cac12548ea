/** How this node stands with the ledger, as its own copy of it has it: is it a member, and do its roots name every hospital's journal? */
import { AppError, type Facts } from '@salus/base/errors'
import type { Engine } from '@salus/ledger/contract'
import type { Member } from '@salus/ledger/members'
import type { NodeCode } from './errors.ts'
import type { Founded } from './found.ts'

type Standing = Pick<Founded, 'operator'> & { readonly roots: Pick<Founded['roots'], 'journals'> }

/**
 * Counts members and machines that vote. Throws `node-not-member` where the ledger does not know the node (a vote is open, the ledger is
 * behind, or it was removed), and `roots-behind` where a hospital was admitted that the roots here do not name yet.
 */
export async function standingOf({ operator, roots }: Standing, ledger: Pick<Engine, 'query'>): Promise<Facts> {
  const members = (await ledger.query('members/list')) as readonly Member[]
  const journals = members.flatMap(({ journal }) => journal ?? [])
  const unnamed = journals.filter(({ origin }) => roots.journals.every((one) => one.origin !== origin)).length
  const facts = { members: members.length, machines: members.filter(({ node }) => node).length }
  if (members.every(({ org }) => org !== operator)) throw new AppError<NodeCode>('node-not-member', facts)
  if (unnamed > 0) throw new AppError<NodeCode>('roots-behind', { ...facts, unnamed })
  return facts
}
