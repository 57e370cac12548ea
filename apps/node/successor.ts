/**
 * The roots with one hospital more (D39): what follows from the roots that are there and from what the newcomer says of itself; and what
 * a next version changes. Pure: whoever proposes makes it so, each organisation's own device makes it again before it signs.
 */
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field, z } from '@salus/base/schema'
import { type OrganisationCard, organisationCard, type Roots, roots } from '@salus/directory/consortium'
import { parseVkey } from '@salus/journal/note'
import { origin } from '@salus/ledger/contract'
import { isVkeyOf } from '@salus/ledger/vkey'
import type { NodeCode } from './errors.ts'
import { witnessName } from './keys.ts'
import { COSIGNATURE, type FoundingFile, MAX_WITNESSES, policyOf, witness, witnessesOf } from './proposal.ts'
import { admitRoots, checkFree, type Left, leaveRoots, type Rekeyed, rekeyRoots, wrong } from './renewal.ts'

type Witness = NonNullable<FoundingFile['witnesses']>[number]

/** What a newcomer brings: its organisation, the log its node keeps, and that node as a witness. */
export type Newcomer = {
  readonly card: OrganisationCard
  readonly origin: string
  /** Short name of its node on the ledger. */
  readonly operator: Roots['journals'][number]['operator']
  readonly log: string
  /** Needed where anybody is asked. */
  readonly witness?: Witness | undefined
}

/** What there is to sign: the next version beside the one it follows. */
export const successor = z.strictObject({ roots, previous: roots })
export type Successor = z.output<typeof successor>

/** Who is asked so far, and how many must answer. One without an address has no place in a policy of this form. */
function askedBy(policy: string) {
  const { asked, quorum } = witnessesOf(policy)
  return { asked: asked.map((one): Witness => ({ ...one, url: one.url ?? '' })), quorum }
}

/** The policy's lines: every log, and who must have cosigned. */
const policyText = (logs: readonly string[], witnesses: readonly Witness[], quorum: number): string => {
  const said = witnesses.length > 0 ? { witnesses: [...witnesses], quorum } : {}
  return logs.map((vkey) => `log ${vkey}\n`).join('') + policyOf(said)
}

/** From four hospitals on two must have cosigned, as at a founding (N20); more where more were asked for. */
const quorumOf = (before: number, count: number): number => Math.max(before, count < 4 ? 1 : 2)

/** As strictly as a founder's own file is read: what people are shown is one line, and says what it is. */
const strict = z.strictObject({
  card: organisationCard,
  origin,
  operator: field.org,
  log: z.string(),
  witness: witness.optional(),
})

/** A witness that cosigns under the name that the node of `log` has: nobody is a witness under another's name, or for the own log. */
const isWitnessOf = (vkey: string, log: string): boolean => {
  const { name, type } = parseVkey(vkey)
  return name === witnessName(log) && type === COSIGNATURE
}

/** Nothing of the newcomer's may be anybody else's already, and its log and witness bear its own journal's name. */
function checkNew(previous: Roots, newcomer: Newcomer): void {
  const { card, origin, operator, log } = checkWith(strict, newcomer)
  checkFree(previous, card)
  const names = [...previous.organisations, ...(previous.former ?? [])].map((one) => one.org as string)
  const taken = [...names, card.org, ...previous.journals.map((one) => one.operator)]
  if (taken.includes(operator)) throw wrong('operator')
  if (previous.journals.some((one) => one.origin === origin || one.vkey === log)) throw wrong('log-twice')
  if (!isVkeyOf({ origin, vkey: log })) throw wrong('log')
  const own = newcomer.witness
  if (own && (own.name !== card.org || !isWitnessOf(own.vkey, origin))) throw wrong('witness-vkey')
}

/** Where nobody was asked until now there is one log, and its own node is the first witness. */
function checkFirst(previous: Roots, first: Witness): void {
  const [log, second] = previous.journals
  if (!log || second || !isWitnessOf(checkWith(witness, first).vkey, log.origin)) throw wrong('witness-vkey')
}

/**
 * The next version: one organisation, one log, one witness more, and nothing else. `first`: the witness of the hospital that was alone,
 * where nobody was asked until now. Throws `founding-wrong`, which says where.
 */
export function nextRoots(previous: Roots, newcomer: Newcomer, first?: Witness): Roots {
  checkNew(previous, newcomer)
  const logs = previous.journals.map((one) => one.vkey)
  const { asked, quorum } = askedBy(previous.policy)
  // A policy of another form is for people to write: it is not guessed at.
  if (policyText(logs, asked, quorum) !== previous.policy) throw wrong('policy')
  if (asked.length === 0 && first) checkFirst(previous, first)
  const others = asked.length > 0 ? asked : first ? [first] : []
  if (others.length > 0 && !newcomer.witness) throw wrong('witness-vkey')
  const witnesses = others.length > 0 && newcomer.witness ? [...others, newcomer.witness] : []
  if (witnesses.length > MAX_WITNESSES) throw wrong('quorum')
  const { card, origin, operator, log: vkey } = newcomer
  return roots.parse({
    ...previous,
    version: previous.version + 1,
    organisations: [...previous.organisations, card],
    journals: [...previous.journals, { origin, vkey, operator }],
    policy: policyText([...logs, vkey], witnesses, quorumOf(quorum, witnesses.length)),
  })
}

/** What a version changes: one thing. */
export type Change =
  | { readonly what: 'joins'; readonly card: OrganisationCard; readonly journal: Roots['journals'][number] }
  | { readonly what: 'admits'; readonly card: OrganisationCard }
  | ({ readonly what: 'rekeys' } & Rekeyed)
  | ({ readonly what: 'leaves' } & Left)

/** What it says it changes; that it changes nothing else shows when it is made again. */
function changeOf(next: Roots, previous: Roots): Change | undefined {
  const more = next.organisations.length - previous.organisations.length
  const [card, journal] = [next.organisations.at(-1), next.journals.at(-1)]
  if (more > 0 && card && journal)
    return next.journals.length > previous.journals.length ? { what: 'joins', card, journal } : { what: 'admits', card }
  const left = more < 0 ? (next.former ?? []).slice(more) : []
  const [first] = left
  if (first) return { what: 'leaves', orgs: left.map(({ org }) => org), until: first.until }
  const other = next.organisations.find((one, i) => one.key !== previous.organisations[i]?.key)
  const until = other?.past?.at(-1)?.until
  return other && until !== undefined ? { what: 'rekeys', org: other.org, key: other.key, until } : undefined
}

/** The version that this change alone makes. */
function madeBy(change: Change, next: Roots, previous: Roots): Roots {
  if (change.what === 'rekeys') return rekeyRoots(previous, change)
  if (change.what === 'leaves') return leaveRoots(previous, change)
  if (change.what === 'admits') return admitRoots(previous, checkWith(organisationCard, change.card))
  const { asked } = askedBy(next.policy)
  const before = askedBy(previous.policy).asked
  const { card, journal } = change
  const { origin, operator, vkey: log } = journal
  const newcomer = { card, origin, operator, log, witness: asked.at(-1) }
  return nextRoots(previous, newcomer, before.length > 0 ? undefined : asked[0])
}

/** Made here from what it shows, it must be the same to the letter: one change, nothing left out, nothing else changed. Answers which. */
export function checkSuccessor({ roots: next, previous }: Successor): Change {
  try {
    const change = changeOf(next, previous)
    if (change && JSON.stringify(madeBy(change, next, previous)) === JSON.stringify(next)) return change
  } catch (error) {
    if (!isAppError(error) && !(error instanceof z.ZodError)) throw error
  }
  throw new AppError<NodeCode>('proposal-wrong')
}
