/**
 * What a Consent says, in our words: a proposal. Nothing is given by one; a patient's device holds it against a request,
 * and the patient answers. Pure.
 */
import type { Category } from '@salus/base/categories'
import type { Purpose } from '@salus/grants/contract'

/** One rule: lets somebody read something for some purposes, or keeps it from somebody. */
export type ConsentRule = {
  readonly effect: 'permit' | 'deny'
  /** A handle or an organisation of ours, another system's reference (`Practitioner/7`), or `anyone`. */
  readonly reader: string
  /** Both empty: everything that can be given. One of them empty: the other alone. */
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  /** Codes of v3 PurposeOfUse, ours or not; empty: whatever for. */
  readonly purposes: readonly string[]
}

/** A whole consent. */
export type ConsentProposal = {
  /** What holds where no rule says otherwise; here, saying nothing is saying no. */
  readonly effect: 'permit' | 'deny'
  readonly from: number
  /** Absent: as long as whoever answers allows. */
  readonly until?: number
  /** What is filed later too, or only what there is. */
  readonly standing: boolean
  readonly rules: readonly ConsentRule[]
}

/** `reader` of a rule that names nobody. */
export const ANYONE = 'anyone'

/** Who asks, for what. */
export type Asking = {
  /** Names the asker answers to: the own handle, team and organisation, and what other systems call them. */
  readonly actors: readonly string[]
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly purpose: Purpose
}

/** What of it a consent would give. `except`: records of these categories that stay out. */
export type ConsentAnswer = {
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly except: readonly string[]
}

/** Wider purposes of v3 ActReason that take in one of ours: a rule about payment is one about insurance cover too. */
const wider: Partial<Record<Purpose, string>> = { CAREMGT: 'HOPERAT', COVERAGE: 'HPAYMT' }

const touches = ({ reader, purposes }: ConsentRule, { actors, purpose }: Asking): boolean =>
  (reader === ANYONE || actors.includes(reader)) &&
  (purposes.length === 0 || [purpose, wider[purpose], 'PurposeOfUse'].some((one) => one && purposes.includes(one)))

const whole = ({ categories, records }: ConsentRule): boolean => categories.length + records.length === 0

/**
 * R21 What of a request the consent would have the patient give at `now` (seconds): what some rule permits and none
 * denies. A record asked for singly must be named: nobody but the patient's device knows its category, or that it is hidden.
 */
export function answerBy(proposal: ConsentProposal, asking: Asking, now: number): ConsentAnswer {
  const { from, until = Number.POSITIVE_INFINITY, rules } = proposal
  const touching = now < from || now >= until ? [] : rules.filter((one) => touches(one, asking))
  const denied = touching.filter(({ effect }) => effect === 'deny')
  const given = denied.some(whole) ? [] : touching.filter(({ effect }) => effect === 'permit')
  const has = (all: readonly ConsentRule[], one: Category) => all.some((rule) => rule.categories.includes(one))
  const names = (all: readonly ConsentRule[], one: string) => all.some((rule) => rule.records.includes(one))
  const open = given.some(whole)
  const categories = asking.categories.filter((one) => (open || has(given, one)) && !has(denied, one))
  return {
    categories,
    records: asking.records.filter((one) => names(given, one) && !names(denied, one)),
    except: categories.length > 0 ? denied.flatMap(({ records }) => records) : [],
  }
}
