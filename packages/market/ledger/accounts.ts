/** Credits of organisations (rules M1-M4): whole numbers, conserved by every transaction. */
import { AppError } from '@salus/base/errors'
import { memberOf } from '@salus/ledger/members'
import { type Draft, type Tx, type TxType, txType, type View } from '@salus/ledger/module'
import { type Bodies, bodies, MAX_CREDITS } from '../contract.ts'
import type { MarketLedgerCode } from '../errors.ts'

export const refuse = (code: MarketLedgerCode): AppError<MarketLedgerCode> => new AppError(code)

const balanceRow = (org: string) => `market/balance/${org}`
const drawRow = (draw: string) => `market/draw/${draw}`
const TOTAL = 'market/deposited'
const depositRow = (deposit: string) => `market/deposit/${deposit}`
const VOTE = 'market/treasurer-vote/'
const TREASURER = 'market/treasurer'

/** Credits set aside, until the treasurer says they were paid out. */
export type Draw = { readonly org: string; readonly amount: number; readonly paid: boolean }

/** What `org` has, in credits. */
export const balanceOf = (state: View, org: string): number => state.get<number>(balanceRow(org)) ?? 0

/** M1 Moves credits in (`amount` > 0) or out of an account; never below nothing. */
export function move(state: Draft, org: string, amount: number): void {
  const balance = balanceOf(state, org) + amount
  if (balance < 0) throw refuse('credits-short')
  if (balance > MAX_CREDITS) throw refuse('credits-overflow')
  state.put(balanceRow(org), balance)
}

export const isMember = (state: View, org: string): boolean => memberOf(state, org)?.status === 'member'

/** The treasurer, as long as it is a member. */
export function treasurerOf(state: View): string | undefined {
  const org = state.get<string>(TREASURER)
  return org !== undefined && isMember(state, org) ? org : undefined
}

/** M2 The treasurer is whom more than half of the members name; each member's last word counts. */
function name(state: Draft, { org, body }: Tx<Bodies['credit.treasurer']>): void {
  if (!isMember(state, body.org)) throw refuse('org-left')
  state.put(VOTE + org, body.org)
  const members = state.list<{ status: string }>('members/org/').filter(([, { status }]) => status === 'member').length
  const votes = state
    .list<string>(VOTE)
    .filter(([key, named]) => named === body.org && isMember(state, key.slice(VOTE.length)))
  if (votes.length * 2 > members) state.put(TREASURER, body.org)
}

function assertTreasurer(state: View, org: string): void {
  if (treasurerOf(state) !== org) throw refuse('treasurer-other')
}

/** M3 Credits come from the treasurer's word alone, once for each deposit. */
function deposit(state: Draft, { org, body }: Tx<Bodies['credit.deposit']>): void {
  assertTreasurer(state, org)
  if (!isMember(state, body.to)) throw refuse('org-left')
  if (state.get(depositRow(body.deposit)) !== undefined) throw refuse('deposit-known')
  // All credits together fit into one account: no payment of a task can ever be too much for whoever earned it.
  const total = (state.get<number>(TOTAL) ?? 0) + body.amount
  if (total > MAX_CREDITS) throw refuse('credits-overflow')
  state.put(TOTAL, total)
  state.put(depositRow(body.deposit), body.amount)
  move(state, body.to, body.amount)
}

/** M4 They leave in two steps: the owner sets them aside, the treasurer says that they were paid. Neither can alone. */
function draw(state: Draft, { org, body }: Tx<Bodies['credit.draw']>): void {
  if (state.get(drawRow(body.draw)) !== undefined) throw refuse('draw-known')
  move(state, org, -body.amount)
  const row: Draw = { org, amount: body.amount, paid: false }
  state.put(drawRow(body.draw), row)
}

function paid(state: Draft, { org, body }: Tx<Bodies['credit.paid']>): void {
  assertTreasurer(state, org)
  const row = state.get<Draw>(drawRow(body.draw))
  if (!row || row.paid) throw refuse('draw-unknown')
  state.put(drawRow(body.draw), { ...row, paid: true })
}

export const accountTypes: Readonly<Record<string, TxType>> = {
  'credit.treasurer': txType({ schema: bodies['credit.treasurer'], apply: name }),
  'credit.deposit': txType({ schema: bodies['credit.deposit'], apply: deposit }),
  'credit.draw': txType({ schema: bodies['credit.draw'], apply: draw }),
  'credit.paid': txType({ schema: bodies['credit.paid'], apply: paid }),
}

/** Everything that was ever put in, what lies in accounts, what was set aside, and what left: for auditors and tests. */
export function ledgerOfCredits(state: View): { deposited: number; accounts: number; aside: number; out: number } {
  const sum = (values: number[]) => values.reduce((total, one) => total + one, 0)
  const draws = state.list<Draw>('market/draw/').map(([, row]) => row)
  return {
    deposited: sum(state.list<number>('market/deposit/').map(([, amount]) => amount)),
    accounts: sum(state.list<number>('market/balance/').map(([, amount]) => amount)),
    aside: sum(draws.filter((one) => !one.paid).map((one) => one.amount)),
    out: sum(draws.filter((one) => one.paid).map((one) => one.amount)),
  }
}
