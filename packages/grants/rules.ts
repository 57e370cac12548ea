/** The rules of grants. Pure: the node decides with them, the patient's device makes packets with them, tests quote them. */
import { AppError } from '@salus/base/errors'
import type { Credential, Keyring } from '@salus/directory/contract'
import { mayAsk } from '@salus/directory/matrix'
import {
  type AccessRequested,
  type Grant,
  type GrantCode,
  type GrantGiven,
  MAX_GRANT,
  type Placement,
  readerOf,
} from './contract.ts'

const fail = (code: GrantCode) => new AppError<GrantCode>(code)

/** What the node knows of a request's asker and patient. */
export type Asking = {
  readonly patient: Keyring | undefined
  readonly credential: Credential | undefined
  /** The colleague's, where one is proposed. */
  readonly colleague?: Credential | undefined
  /** Thumbprint of the key the asker (or the team, or the colleague) has now. */
  readonly readerKey: string | undefined
  /** Teams the asker is a member of. */
  readonly teams: readonly string[]
}

/**
 * G1 Only a professional with a credential in force asks, inside the matrix, with the key that is his or hers now.
 * G15 A referral is to one colleague with a credential in force, inside the matrix of both.
 */
export function decideRequest(state: Asking, body: AccessRequested, now: number): void {
  if (!state.credential) throw fail('credential-missing')
  if (state.patient?.kind !== 'patient') throw fail('patient-unknown')
  if (body.categories.length + body.records.length === 0) throw fail('request-empty')
  filterByRole(state.credential, body)
  if (body.colleague !== undefined) {
    if (body.team !== undefined || !state.colleague) throw fail('referral-wrong')
    filterByRole(state.colleague, body)
  }
  if (body.team !== undefined && !state.teams.includes(body.team)) throw fail('team-not-member')
  if (state.readerKey !== body.reader) throw fail('reader-key-changed')
  if (body.until <= now) throw fail('request-ended')
  if (body.until > now + MAX_GRANT) throw fail('grant-too-long')
}

function filterByRole({ profession }: Credential, { categories }: AccessRequested): void {
  const refused = categories.find((one) => !mayAsk(profession, one))
  if (refused) throw new AppError<GrantCode>('category-not-for-role', { category: refused, profession })
}

/** A request as it stands: what was asked, by whom, and whether it waits for an answer. */
export type Request = AccessRequested & {
  readonly id: string
  readonly patient: string
  readonly asker: string
  readonly status: 'waiting' | 'granted' | 'refused'
}

/** G2 The patient answers a request once, and only a request made to him or her. */
export function answerable(request: Request | undefined, patient: string, now: number): Request {
  if (!request || request.patient !== patient) throw fail('request-unknown')
  if (request.status !== 'waiting') throw fail('request-answered')
  if (request.until <= now) throw fail('request-ended')
  return request
}

const within = (given: readonly string[], asked: readonly string[]) => given.every((one) => asked.includes(one))

/**
 * G3 A grant gives what was asked or less, to the reader who asked and the key the request named, no longer than asked.
 * Single records may be given where their category was asked for. G4 Standing is for whole categories.
 */
export function decideGrant(request: Request, body: GrantGiven, policy: number, now: number): void {
  const narrower = within(body.categories, request.categories)
  const records = body.records.length === 0 || request.categories.length > 0 || within(body.records, request.records)
  if (!narrower || !records) throw fail('grant-beyond-request')
  if (body.categories.length + body.records.length === 0) throw fail('request-empty')
  if (body.reader !== readerOf(request) || body.key !== request.reader) throw fail('reader-key-changed')
  if (body.until > request.until) throw fail('grant-too-long')
  if (body.until <= now) throw fail('grant-ended')
  if (body.standing && body.records.length > 0) throw fail('grant-beyond-request')
  nextPolicy(policy, body.policy)
}

/** G5 The policy head only counts up: an older statement found in a drawer changes nothing. */
export function nextPolicy(highest: number, given: number): void {
  if (given !== highest + 1) throw fail('policy-head-old')
}

/** G6 The patient takes back a grant of his or her own that still stands. */
export function decideRevoke(grant: Grant | undefined, patient: string, policy: number, given: number): void {
  if (!grant || grant.patient !== patient) throw fail('grant-unknown')
  if (grant.revokedAt !== null) throw fail('grant-revoked')
  nextPolicy(policy, given)
}

/** G7 A grant serves its reader (or the team's members), until its date, unless it was taken back. */
export function mayUse(
  grant: Grant | undefined,
  reader: { handle: string; teams: readonly string[] },
  now: number,
): Grant {
  if (!grant) throw fail('grant-unknown')
  if (grant.reader !== reader.handle && !reader.teams.includes(grant.reader)) throw fail('grant-other-reader')
  if (grant.revokedAt !== null) throw fail('grant-revoked')
  if (now < grant.from || now >= grant.until) throw fail('grant-ended')
  return grant
}

/**
 * G8 What the one-off packet holds: record versions that stood in a granted compartment at the chain head the patient
 * signed. `people` goes along with any grant; a record named singly is given wherever it lies. The device that fills
 * the packet and the node that serves ask this same function: yes means "its key is in the packet".
 */
export function inPacket(grant: Pick<Grant, 'categories' | 'records' | 'except' | 'head'>, p: Placement): boolean {
  if (p.epoch === 0 || grant.except.includes(p.record)) return false
  if (p.placed > grant.head || (p.superseded !== null && p.superseded <= grant.head)) return false
  if (grant.records.includes(p.record)) return true
  return covers(grant, p.compartment)
}

/** `hidden` is no category: it is never among a grant's. */
const covers = (grant: Pick<Grant, 'categories'>, compartment: string): boolean =>
  compartment === 'people' || grant.categories.includes(compartment)

/** G9 May it be read now, and what opens it: the one-off packet, or an epoch key this reader was given and that runs. */
export function mayRead(grant: Grant, p: Placement, now: number): 'packet' | 'epoch' | undefined {
  if (grant.within && !grant.within.includes(p.compartment)) return undefined
  if (inPacket(grant, p)) return 'packet'
  if (p.epoch === 0 || !covers(grant, p.compartment)) return undefined
  const begins = grant.epochs[`${p.compartment}:${p.epoch}`]
  return begins !== undefined && begins <= now ? 'epoch' : undefined
}

/**
 * G12 Who counts as holder of an epoch's key: the reader of a standing grant of that same patient, still in force, that
 * covers the compartment, while it lasts. A patient's device signs epochs for the own record only: without this rule
 * anyone with a record could announce a key "for" another patient's grant and be shown what lies beyond it.
 */
export function holdsEpoch(
  grant: Grant | undefined,
  patient: string,
  epoch: { readonly compartment: string; readonly from: number },
): boolean {
  if (!grant || grant.patient !== patient || !grant.standing || grant.revokedAt !== null) return false
  return epoch.from < grant.until && covers(grant, epoch.compartment)
}

/** G13 Ids are the signers' choice, and rows are found by them: one that is taken is refused, whosever it is. */
export function freshId(taken: unknown): void {
  if (taken !== undefined) throw fail('not-allowed')
}
