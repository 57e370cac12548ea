/** Module `members`: organisations come in and go out by the vote of more than half of those inside (rules L5-L7), their nodes too (L15-L18). */
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { assertStrongEd25519 } from '@salus/crypto/keys'
import { canonical } from './canonical.ts'
import { type Bodies, bodies, type MemberNode, type Organisation, peerId } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import { type Draft, type Module, type Tx, txType, type View } from './module.ts'
import { checkLast, checkPeer, checkShares, type Seat, seated } from './nodes.ts'
import { membersReasons } from './reasons.ts'
import { isVkeyOf } from './vkey.ts'

/** A row of an organisation: it stays when the organisation leaves, so that what it signed can still be verified. */
export type Member = Organisation & { readonly status: 'member' | 'removed' }

/** What is voted on. */
export type Motion =
  | { readonly type: 'org.admit'; readonly body: Organisation }
  | { readonly type: 'org.remove'; readonly body: { readonly org: string } }
  | { readonly type: 'node.admit'; readonly body: Bodies['node.admit'] }
/** An open vote; `opener` is counted against a limit, `votes` are in the order they came. */
export type Proposal = Motion & { readonly opener: string; readonly votes: readonly string[] }

/** Open proposals of one organisation: nobody fills the state. */
const MAX_OPEN = 8

const ORG = 'members/org/'
const PROPOSAL = 'members/proposal/'
const keyRow = (key: string) => `members/key/${key}`
const originRow = (origin: string) => `members/origin/${origin}`
const refuse = (code: LedgerCode) => new AppError<LedgerCode>(code)

/** The name of a proposal: the same motion has the same name, whoever sends it. */
export const proposalId = ({ type, body }: Motion): string => digest(canonical({ type, body }))

/** The row of `org`, a former member's too. */
export const memberOf = (state: View, org: string): Member | undefined => state.get<Member>(ORG + org)

/** The organisation a log's origin belongs to; the first to bring it keeps it for ever. */
export const ownerOf = (state: View, origin: string): string | undefined => state.get<string>(originRow(origin))

// Former members have rows too.
const isMember = (state: View, org: string): boolean => memberOf(state, org)?.status === 'member'

const members = (state: View): Member[] =>
  state
    .list<Member>(ORG)
    .map(([, member]) => member)
    .filter(({ status }) => status === 'member')

const proposals = (state: View) => state.list<Proposal>(PROPOSAL)

/** A key is new and strong, or refused: an old key in the wrong hands must not come back under another name (L7). */
function checkKey(state: View, key: string): void {
  try {
    assertStrongEd25519(key)
  } catch (error) {
    throw isAppError(error) ? refuse('key-weak') : error
  }
  if (state.get(keyRow(key)) !== undefined) throw refuse('key-used')
}

// Checked when it is proposed, at each vote, and again after every change of membership.
function checkAdmission(state: View, { org, key, journal, node }: Organisation): void {
  if (isMember(state, org)) throw refuse('org-known')
  checkKey(state, key)
  if (journal) checkJournal(state, org, journal)
  if (!node) return
  if (node.validator === key) throw refuse('key-used')
  checkKey(state, node.validator)
  checkPeer(members(state), org, node.peer)
}

function checkJournal(state: View, org: string, journal: NonNullable<Organisation['journal']>): void {
  if (!isVkeyOf(journal)) throw refuse('vkey-invalid')
  const owner = ownerOf(state, journal.origin)
  if (owner !== undefined && owner !== org) throw refuse('origin-taken')
}

// Only the key that the node has now may stay; one that it had before is as dead as anybody's (L16).
function checkNode(state: View, { org, ...node }: Bodies['node.admit']): void {
  const now = memberOf(state, org)?.node
  if (now && canonical(now) === canonical(node)) throw refuse('node-unchanged')
  if (node.validator !== now?.validator) checkKey(state, node.validator)
  checkPeer(members(state), org, node.peer)
}

// Could this be enacted now?
function checkMotion(state: View, motion: Motion): void {
  if (motion.type === 'org.admit') checkAdmission(state, motion.body)
  else if (!isMember(state, motion.body.org)) throw refuse('org-unknown')
  else if (motion.type === 'node.admit') checkNode(state, motion.body)
  else if (members(state).length === 1) throw refuse('org-last')
  const before = members(state)
  const after = outcome(before, motion)
  checkLast(before, after)
  checkShares(after)
}

// Who would be in, and with which nodes.
function outcome(before: readonly Seat[], { type, body }: Motion): Seat[] {
  if (type === 'org.admit') return [...before, body]
  if (type === 'org.remove') return before.filter(({ org }) => org !== body.org)
  const { org, ...node } = body
  return before.map((member) => (member.org === org ? { ...member, node } : member))
}

// The key and origin rows are never removed: they are what makes a second use visible.
function admit(state: Draft, body: Organisation): void {
  const member: Member = { ...body, status: 'member' }
  state.put(ORG + body.org, member)
  state.put(keyRow(body.key), body.org)
  if (body.node) state.put(keyRow(body.node.validator), body.org)
  if (body.journal) state.put(originRow(body.journal.origin), body.org)
}

// The same rule for a node's key: its row outlives it.
function seat(state: Draft, org: string, node: MemberNode): void {
  state.put(ORG + org, { ...memberOf(state, org), node })
  state.put(keyRow(node.validator), org)
}

// A removal keeps the row; the status says that the key no longer speaks, and the node is gone with its vote.
function remove(state: Draft, org: string): void {
  const { node: _, ...row } = memberOf(state, org) as Member
  state.put(ORG + org, { ...row, status: 'removed' })
}

function enact(state: Draft, { type, body }: Motion): void {
  if (type === 'org.admit') admit(state, body)
  else if (type === 'org.remove') remove(state, body.org)
  else {
    const { org, ...node } = body
    seat(state, org, node)
  }
}

/** Drops what can no longer be enacted, and the votes of those who left: they would count again on their return. */
function purge(state: Draft): void {
  for (const [key, proposal] of proposals(state)) {
    const votes = proposal.votes.filter((org) => isMember(state, org))
    if (votes.length === 0 || !holds(state, proposal)) state.remove(key)
    else if (votes.length < proposal.votes.length) state.put(key, { ...proposal, votes })
  }
}

// Only a named refusal means no; a fault of ours stops the machine.
function holds(state: View, motion: Motion): boolean {
  try {
    checkMotion(state, motion)
    return true
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}

/** Enacts every proposal that more than half are for; one may bring another over the half, so until nothing moves. */
function settle(state: Draft): void {
  for (;;) {
    const half = members(state).length
    const decided = proposals(state).find(([, { votes }]) => votes.length * 2 > half)
    if (!decided) return
    const [key, proposal] = decided
    state.remove(key)
    enact(state, proposal)
    purge(state)
  }
}

/** Only a member votes, once on each proposal; the effect comes with the vote that passes the half (L5). */
function vote(state: Draft, { org }: Tx, motion: Motion): void {
  checkMotion(state, motion)
  const key = PROPOSAL + proposalId(motion)
  const open = state.get<Proposal>(key)
  if (open?.votes.includes(org)) throw refuse('vote-repeated')
  if (!open && proposals(state).filter(([, { opener }]) => opener === org).length >= MAX_OPEN) {
    throw refuse('proposals-full')
  }
  state.put(key, open ? { ...open, votes: [...open.votes, org] } : { ...motion, opener: org, votes: [org] })
  settle(state)
}

// Signed with the old key, which the machine checked before; after this line it is dead.
function rotate(state: Draft, { org }: Tx, key: string): void {
  checkKey(state, key)
  state.put(ORG + org, { ...memberOf(state, org), key })
  state.put(keyRow(key), org)
}

// The member alone, with its ledger key: who votes is decided together, with which key is its own affair (L16).
function rotateNode(state: Draft, { org, body }: Tx<Bodies['node.rotate']>): void {
  const node = memberOf(state, org)?.node
  if (!node) throw refuse('node-unknown')
  const { validator, peer = node.peer } = body
  checkKey(state, validator)
  checkPeer(members(state), org, peer)
  seat(state, org, { ...node, validator, peer })
  // A proposal may have named the key or the peer that was just taken.
  purge(state)
}

/** A member's node as its peers need it. */
export type Peer = Pick<MemberNode, 'peer' | 'url' | 'validator'> & { readonly org: string }

const peers = (state: View): Peer[] =>
  seated(members(state)).map(({ org, node: { peer, url, validator } }) => ({ org, peer, url, validator }))

/**
 * The module; queries `members/list`, `members/get` (data: organisation), `members/proposals`, `members/peers` (present
 * members' nodes) and `members/peer` (data: a peer id; the present member it belongs to).
 */
export const membersModule: Module = {
  name: 'members',
  types: {
    'org.admit': txType({
      schema: bodies['org.admit'],
      apply: (state, tx) => vote(state, tx, { type: 'org.admit', body: tx.body }),
    }),
    'org.remove': txType({
      schema: bodies['org.remove'],
      apply: (state, tx) => vote(state, tx, { type: 'org.remove', body: tx.body }),
    }),
    'org.rotate': txType({ schema: bodies['org.rotate'], apply: (state, tx) => rotate(state, tx, tx.body.key) }),
    'node.admit': txType({
      schema: bodies['node.admit'],
      apply: (state, tx) => vote(state, tx, { type: 'node.admit', body: tx.body }),
    }),
    'node.rotate': txType({ schema: bodies['node.rotate'], apply: rotateNode }),
  },
  reasons: membersReasons,
  queries: {
    list: (state) => members(state),
    get: (state, data) => memberOf(state, checkWith(field.org, data)),
    peers,
    peer: (state, data) => {
      const id = checkWith(peerId, data)
      return peers(state).find(({ peer }) => peer === id)?.org
    },
    proposals: (state) => proposals(state).map(([key, value]) => ({ id: key.slice(PROPOSAL.length), ...value })),
  },
  genesis(state, { organisations }) {
    for (const organisation of organisations) {
      checkAdmission(state, organisation)
      admit(state, organisation)
    }
    checkShares(members(state))
  },
  keyOf(state, org) {
    const member = memberOf(state, org)
    return member?.status === 'member' ? member.key : undefined
  },
  // One organisation, one vote: weights would be a question of money or size.
  validators: (state) => new Map(seated(members(state)).map(({ node }) => [node.validator, 1])),
}
