/** Members' nodes and their votes on blocks: what must hold of them together, whatever is voted (rules L15, L17, L18). */
import { AppError } from '@salus/base/errors'
import type { MemberNode, Organisation } from './contract.ts'
import type { LedgerCode } from './errors.ts'

/** What of a member counts here. */
export type Seat = Pick<Organisation, 'org' | 'legal'> & { readonly node?: MemberNode | undefined }

/** From this many validators on, faults are tolerated, so shares are bounded: below, each has a third or more by itself. */
const BOUNDED_FROM = 4

const refuse = (code: LedgerCode) => new AppError<LedgerCode>(code)

/** The members that have a node. */
export const seated = <T extends Seat>(members: readonly T[]): (T & { readonly node: MemberNode })[] =>
  members.filter((member): member is T & { readonly node: MemberNode } => member.node !== undefined)

/** Two members with one peer id would be one machine with two names: a stranger could pass for either (L15). */
export function checkPeer(members: readonly Seat[], org: string, peer: string): void {
  if (seated(members).some((other) => other.org !== org && other.node.peer === peer)) throw refuse('peer-taken')
}

/** Votes by legal entity; one that is both member and operator of the same node has that vote once. */
function shares(seats: readonly (Seat & { readonly node: MemberNode })[]): Map<string, number> {
  const votes = new Map<string, number>()
  for (const { legal, node } of seats) {
    for (const entity of new Set<string>([legal, node.operator])) votes.set(entity, (votes.get(entity) ?? 0) + 1)
  }
  return votes
}

/** A third of the votes stops a chain that tolerates faults, and more than a third is what a fork needs (L17). */
export function checkShares(members: readonly Seat[]): void {
  const seats = seated(members)
  if (seats.length < BOUNDED_FROM) return
  for (const votes of shares(seats).values()) if (votes * 3 >= seats.length) throw refuse('votes-third')
}

/** A chain that has validators keeps one: without any, no block could ever follow (L18). */
export function checkLast(before: readonly Seat[], after: readonly Seat[]): void {
  if (seated(before).length > 0 && seated(after).length === 0) throw refuse('validator-last')
}
