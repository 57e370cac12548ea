/** The rules of emergency access. Pure: the node decides with them, and the keeper decides again, by what it checked itself. */
import { AppError } from '@salus/base/errors'
import type { Credential, Keyring } from '@salus/directory/contract'
import { mayBreakGlass } from '@salus/directory/matrix'
import {
  type EmergencyChosen,
  type EmergencyCode,
  type EmergencyReleased,
  type Escrow,
  type Glass,
  type GlassBroken,
  MAX_GLASS,
} from './contract.ts'

const fail = (code: EmergencyCode) => new AppError<EmergencyCode>(code)

/**
 * E1 A choice names each category and each keeper once, with a packet for each keeper; categories and keepers, or neither.
 * `entitled`: the keepers' credentials are in force and these are their keys.
 */
export function decideChoice(body: EmergencyChosen, entitled: (one: Escrow) => boolean): void {
  const { categories, keepers, packets } = body
  const twice = (list: readonly string[]) => new Set(list).size !== list.length
  const doubled =
    twice(categories) || twice(keepers.map((one) => one.keeper)) || twice(keepers.map((one) => one.escrow))
  const halved = (categories.length === 0) !== (keepers.length === 0) || packets.length !== keepers.length
  if (doubled || halved) throw fail('emergency-choice-wrong')
  if (!keepers.every(entitled)) throw fail('keeper-unknown')
}

/** What is known of whoever breaks the glass, and of the patient. */
export type Breaking = {
  readonly patient: Keyring | undefined
  readonly credential: Credential | undefined
  /** Thumbprint of the asker's person key now. */
  readonly readerKey: string | undefined
  /** Has the patient chosen a keeper of the asker's organisation? */
  readonly chosen: boolean
}

/** E2 Whoever treats people in an emergency breaks the glass, of a patient who chose it in advance, for two hours at most. */
export function decideGlass(state: Breaking, body: GlassBroken, from: number, now: number): void {
  const { credential, patient } = state
  if (!credential || credential.until <= now || !mayBreakGlass(credential.profession)) {
    throw fail('emergency-not-for-role')
  }
  if (patient?.kind !== 'patient' || !state.chosen) throw fail('emergency-not-chosen')
  if (state.readerKey !== body.reader) throw fail('emergency-release-wrong')
  if (body.until <= now) throw fail('emergency-over')
  if (body.until > from + MAX_GLASS) throw fail('emergency-too-long')
  if (body.reason === 'other' && body.packets.length === 0) throw fail('emergency-text-missing')
}

/** E3 It stands until its end, unless the patient ended it. */
export function standing(glass: Glass | undefined, patient: string, now: number): Glass {
  if (!glass || glass.patient !== patient) throw fail('emergency-unknown')
  if (glass.endedAt !== null || glass.until <= now) throw fail('emergency-over')
  return glass
}

/** Who seconds: a professional by handle with the credential, or an organisation's officer. */
export type Seconding = {
  readonly who: string
  readonly org: string
  readonly officer: boolean
  readonly credential: Credential | undefined
}

/** E4 Another person of the same organisation signs too: an officer, or one whose role may break the glass. Once, and that statement. */
export function decideSecond(glass: Glass, by: Seconding, statement: string, now: number): void {
  if (by.org !== glass.org) throw fail('emergency-unknown')
  if (by.who === glass.asker) throw fail('emergency-same-person')
  const { credential } = by
  const may = by.officer || (credential && credential.until > now && mayBreakGlass(credential.profession))
  if (!may) throw fail('emergency-not-for-role')
  if (glass.second) throw fail('emergency-seconded')
  if (glass.statement !== statement) throw fail('emergency-unknown')
}

/** E5 Released once, when seconded, by a keeper of the asker's organisation whom the patient chose, to the asker, no longer than asked. */
export function decideRelease(
  glass: Glass,
  keeper: { handle: string; org: string; escrow: Escrow | undefined },
  body: Pick<EmergencyReleased, 'escrow' | 'reader' | 'key' | 'until'>,
): void {
  if (!glass.second) throw fail('emergency-not-seconded')
  if (glass.release !== null) throw fail('emergency-released')
  const { escrow } = keeper
  if (!escrow || escrow.keeper !== keeper.handle || keeper.org !== glass.org) throw fail('emergency-not-chosen')
  const fits = body.escrow === escrow.escrow && body.reader === glass.asker && body.key === glass.key
  if (!fits || body.until > glass.until) throw fail('emergency-release-wrong')
}

/** E8 The officer of the asker's organisation reviews it, once. */
export function decideReview(glass: Glass | undefined, patient: string, org: string): void {
  if (!glass || glass.patient !== patient || glass.org !== org) throw fail('emergency-unknown')
  if (glass.review) throw fail('emergency-reviewed')
}
