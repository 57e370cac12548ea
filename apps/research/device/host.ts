/** A compute host: which machines it offers, by which evidence, how often each was used, and whether it is still on offer. */
import type { HostKind } from '@salus/enclave/deal'
import { type Standing, standingOf } from '../host/standing.ts'
import { theTrading } from './open.ts'

export type Machine = {
  readonly order: string
  readonly kind: HostKind
  readonly price: number
  readonly minutes: number
  readonly used: number
  readonly until: number
  readonly standing: Standing
}

/** Own machines, and what is on the account. */
export async function machines(): Promise<{ all: Machine[]; balance: number }> {
  const { trader, profile } = await theTrading()
  const [hosts, now] = await Promise.all([trader.hosts(), trader.now()])
  const all = hosts
    .filter(({ org }) => org === profile.org)
    .map((one) => {
      const { order, kind, price, minutes, until } = one.body
      return { order, kind, price, minutes, until, used: one.used, standing: standingOf(one, now / 1000) }
    })
  return { all, balance: Number((await trader.balance()) ?? 0) }
}
