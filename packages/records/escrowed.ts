/** What the keeper that is to answer needs of records: packets of current versions in the chosen categories, and no content. */
import { type Clock, seconds } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import type { KeepingPort } from '@salus/grants/emergency/contract'
import { packetJwes } from '@salus/journal/sources'
import { recordsOf } from './records.store.ts'

const PAGE = 500

export type EscrowedPorts = {
  readonly keeping: KeepingPort
  readonly views: Sql
  readonly sources: Sql
  readonly clock: Clock
}

/** E9 A page of them in log order; what lies elsewhere, hidden records among it, is not there. */
export const createEscrowed =
  ({ keeping, views, sources, clock }: EscrowedPorts) =>
  (glass: string, keeper: string, after: number) =>
    views.tx(async (v) => {
      const { patient, categories } = await keeping.open(v, glass, keeper, seconds(clock()))
      const page = await recordsOf(v, patient, after, PAGE)
      const there = page.filter((one) => categories.includes(one.compartment) && one.superseded === null)
      const jwes = await sources.tx((s) =>
        packetJwes(
          s,
          there.flatMap((one) => one.packet ?? []),
          'leave out',
        ),
      )
      const records = there.flatMap(({ record, version, packet }) => {
        const jwe = jwes.get(packet ?? '')
        return jwe === undefined ? [] : [{ record: record as never, version, packet: jwe }]
      })
      return { records, next: page.length < PAGE ? null : (page.at(-1)?.idx ?? null) }
    })
