/**
 * N38 Versions of the roots that change one thing: an organisation's key, who left, an organisation without a machine. Pure, but for the
 * last step: whoever proposes makes the next version with it, each organisation's own device makes it again before it signs.
 */
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import {
  type Consortium,
  MOST_PAST,
  type OrganisationCard,
  orgKeys,
  type Roots,
  roots,
  rootsVoter,
  succeedRoots,
} from '@salus/directory/consortium'
import type { NodeCode } from './errors.ts'
import { allSigned, signedOther } from './founding.ts'
import { PROPOSAL_LIFE, type RootsSignature } from './proposal.ts'

export const wrong = (at: string) => new AppError<NodeCode>('founding-wrong', { at })

/** Everybody the roots name, those that left too. */
const everybody = ({ organisations, former = [] }: Roots) => [...organisations, ...former]

/** Nobody takes a name that somebody has or had, or a key: an old key stays dead. */
export function checkFree(previous: Roots, { org, key }: { readonly org?: string; readonly key: string }): void {
  if (everybody(previous).some((one) => one.org === org)) throw wrong('organisation-twice')
  const keys = everybody(previous).flatMap((one) => orgKeys(previous, one.org).map((each) => each.key))
  if (keys.includes(key)) throw wrong('key-twice')
}

const next = (previous: Roots, change: Partial<Roots>): Roots =>
  roots.parse({ ...previous, version: previous.version + 1, ...change })

export type Rekeyed = { readonly org: string; readonly key: string; readonly until: number }
/** Several at once: each version is signed by all it names, so that of two who left neither could be dropped before the other. */
export type Left = { readonly orgs: readonly string[]; readonly until: number }

/** D43 The same with another key for one organisation; the one it had counts for what it signed before `until` (seconds). */
export function rekeyRoots(previous: Roots, { org, key, until }: Rekeyed): Roots {
  if (previous.organisations.every((one) => one.org !== org)) throw wrong('organisation')
  checkFree(previous, { key })
  // Before the ledger is asked, or it would have a key that no version can name.
  if (previous.organisations.some((one) => one.org === org && (one.past ?? []).length >= MOST_PAST)) throw wrong('past')
  const organisations = previous.organisations.map((one) =>
    one.org === org ? { ...one, key, past: [...(one.past ?? []), { key: one.key, until }] } : one,
  )
  return next(previous, { organisations })
}

/** D43 The same without those that left: what they signed before `until` can still be verified. Journals and witnesses stay. */
export function leaveRoots(previous: Roots, { orgs, until }: Left): Roots {
  const gone = orgs.map((org) => previous.organisations.find((one) => one.org === org))
  const organisations = previous.organisations.filter((one) => !gone.includes(one))
  const left = gone.flatMap((one) => (one ? [{ ...one, until }] : []))
  const each = left.length === orgs.length && new Set(orgs).size === orgs.length
  if (!each || left.length === 0 || organisations.length === 0) throw wrong('organisation')
  return next(previous, { organisations, former: [...(previous.former ?? []), ...left] })
}

/** The same with an organisation more, which keeps no journal and no machine. */
export function admitRoots(previous: Roots, card: OrganisationCard): Roots {
  checkFree(previous, card)
  if (previous.journals.some((one) => one.operator === card.org)) throw wrong('operator')
  return next(previous, { organisations: [...previous.organisations, card] })
}

/** Clocks of two devices may differ by as much, ms. */
const APART = 600_000

/**
 * When a key ended is its proposer's word: not to come, or it could still sign; and not long ago, or what it signed since would be
 * nobody's. Throws `proposal-end`.
 */
export function checkEnd(until: number, now: number): void {
  const at = until * 1_000
  if (at > now + APART || at < now - PROPOSAL_LIFE) throw new AppError<NodeCode>('proposal-end')
}

/** The second after now: what was signed until now counts. */
export const endNow = (now: number): number => seconds(now) + 1

const DAY = 24 * 3_600 * 1_000
/**
 * The end of a key that was replaced, as it can still be proposed: as it was said then, or, where every desk would call that long ago,
 * fifteen days ago. Without it a rotation that not all signed within thirty days could never come into the roots.
 */
export const endSince = (until: number, now: number): number =>
  until * 1_000 > now - PROPOSAL_LIFE + DAY ? until : seconds(now - PROPOSAL_LIFE / 2)

/**
 * The file, once all have signed: each organisation's signature, and the votes with keys that only the version before has. Throws
 * `founding-signature-missing`, `founding-signature-other` with whose it is, and what `succeedRoots` throws.
 */
export async function finishRoots(
  { roots: document, previous }: { readonly roots: Roots; readonly previous: Roots },
  given: readonly RootsSignature[],
): Promise<Consortium> {
  const signatures = await allSigned({ roots: document }, given)
  const votes: string[] = []
  for (const one of given) {
    if (one.previous === undefined) continue
    // The key is one of the version before, and what was signed with it is that organisation's own.
    const by = await rootsVoter(previous, document, one.previous).catch(() => undefined)
    if (by !== one.org) throw signedOther(one)
    votes.push(one.previous)
  }
  const file: Consortium = { roots: document, signatures, ...(votes.length > 0 ? { previous: votes } : {}) }
  await succeedRoots(previous, JSON.stringify(file))
  return file
}
