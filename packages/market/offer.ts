/** The rules of an offer, and how its owner changes them: a new offer over the same version takes the old one's place (rule M7). */
import { PRIVATE_K, PUBLIC_K } from '@salus/enclave/deal'
import { type Bodies, MAX_CREDITS } from './contract.ts'

type Body = Bodies['market.dataset']
/** What an owner may change. Data, key, which analyses, and whether the data is public stay what they are. */
export type Rules = Pick<Body, 'price' | 'uses' | 'until' | 'labs' | 'kinds' | 'purposes' | 'duties' | 'byHand'> & {
  readonly k: number
  readonly budget: number
}

/** The fewest people the ledger lets an offer ask for (rule M6). */
export const leastK = (open: boolean): number => (open ? PUBLIC_K : PRIVATE_K)

export const rulesOf = ({ price, uses, until, labs, kinds, purposes, duties, byHand, gate }: Body): Rules => ({
  ...{ price, uses, until, labs, kinds, purposes, duties, byHand, k: gate.k, budget: gate.budget },
})

/** The first rule that cannot be signed; undefined when all can. `now` in seconds. */
export function wrongRule(rules: Rules, { open, now }: { open: boolean; now: number }): keyof Rules | undefined {
  const whole = (value: number, least: number, most: number) =>
    Number.isSafeInteger(value) && value >= least && value <= most
  if (!whole(rules.price, 0, MAX_CREDITS)) return 'price'
  if (rules.labs.length > 32) return 'labs'
  if (rules.kinds.length === 0 || (!open && rules.kinds.includes('simulated'))) return 'kinds'
  if (rules.purposes.length === 0) return 'purposes'
  if (!whole(rules.uses, 1, 1_000_000)) return 'uses'
  if (!whole(rules.until, now + 1, 9_999_999_999)) return 'until'
  if (!whole(rules.k, leastK(open), 1_000)) return 'k'
  return whole(rules.budget, 1, 100_000) ? undefined : 'budget'
}

/** The same version of the same data under other rules, as a new order. */
export const offerAgain = (before: Body, order: string, rules: Rules): Body => {
  const { k, budget, ...rest } = rules
  return { ...before, ...rest, order: order as Body['order'], gate: { ...before.gate, k, budget } }
}
