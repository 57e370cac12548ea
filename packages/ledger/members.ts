/** Module `members`: organisations come in and go out by the vote of more than half of those inside (rules L5-L7). */
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { assertStrongEd25519 } from '@salus/crypto/keys'
import { canonical } from './canonical.ts'
import { bodies, type Organisation } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import { type Draft, type Module, type Tx, txType, type View } from './module.ts'
import { membersReasons } from './reasons.ts'
import { isVkeyOf } from './vkey.ts'

/** A row of an organisation: it stays when the organisation leaves, so that what it signed can still be verified. */
export type Member = Organisation & { readonly status: 'member' | 'removed' }

/** What is voted on. */
export type Motion =
  | { readonly type: 'org.admit'; readonly body: Organisation }
  | { readonly type: 'org.remove'; readonly body: { readonly org: string } }
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
function checkAdmission(state: View, { org, key, journal }: Organisation): void {
  if (isMember(state, org)) throw refuse('org-known')
  checkKey(state, key)
  if (!journal) return
  if (!isVkeyOf(journal)) throw refuse('vkey-invalid')
  const owner = ownerOf(state, journal.origin)
  if (owner !== undefined && owner !== org) throw refuse('origin-taken')
}

// Could this be enacted now?
function checkMotion(state: View, motion: Motion): void {
  if (motion.type === 'org.admit') checkAdmission(state, motion.body)
  else if (!isMember(state, motion.body.org)) throw refuse('org-unknown')
  else if (members(state).length === 1) throw refuse('org-last')
}

// The key and origin rows are never removed: they are what makes a second use visible.
function admit(state: Draft, body: Organisation): void {
  const member: Member = { ...body, status: 'member' }
  state.put(ORG + body.org, member)
  state.put(keyRow(body.key), body.org)
  if (body.journal) state.put(originRow(body.journal.origin), body.org)
}

// A removal keeps the row; only the status says that the key no longer speaks.
function enact(state: Draft, motion: Motion): void {
  if (motion.type === 'org.admit') admit(state, motion.body)
  else state.put(ORG + motion.body.org, { ...memberOf(state, motion.body.org), status: 'removed' })
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

/** The module; queries `members/list`, `members/get` (data: organisation), `members/proposals`. */
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
  },
  reasons: membersReasons,
  queries: {
    list: (state) => members(state),
    get: (state, data) => memberOf(state, checkWith(field.org, data)),
    proposals: (state) => proposals(state).map(([key, value]) => ({ id: key.slice(PROPOSAL.length), ...value })),
  },
  genesis(state, { organisations }) {
    for (const organisation of organisations) {
      checkAdmission(state, organisation)
      admit(state, organisation)
    }
  },
  keyOf(state, org) {
    const member = memberOf(state, org)
    return member?.status === 'member' ? member.key : undefined
  },
}
