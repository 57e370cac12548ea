/** Binds the endpoints of records; decides nothing. */
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import { recordEndpoints as at } from './endpoints.ts'
import type { createEscrowed } from './escrowed.ts'
import type { createRecords } from './service.ts'

const handleOf = (principal: Principal) => ('handle' in principal ? principal.handle : '')

export const recordRoutes = (records: ReturnType<typeof createRecords>): Bound[] => [
  bind(at.own, async ({ principal, query }) =>
    records.own(handleOf(principal), query.after, principal.role === 'patient'),
  ),
  bind(at.contents, async ({ principal, input }) => records.contents(handleOf(principal), input.records)),
  bind(
    at.granted,
    async ({ principal, params }) => records.granted(handleOf(principal), params.grant),
    async ({ principal, params }) => records.grantOwners(params.grant, handleOf(principal)),
  ),
  bind(at.disputes, async ({ principal }) =>
    records.disputes('org' in principal ? principal.org : '', 'handle' in principal ? principal.handle : undefined),
  ),
  bind(at.holds, async ({ principal }) => records.kept('org' in principal ? principal.org : '')),
  bind(at.openKept, async ({ principal, input }) =>
    records.openKept('org' in principal ? principal.org : '', input.statement, input.after),
  ),
  bind(at.read, async ({ input }) => records.read(input.statement)),
]

/** What a keeper fetches; its rule is asked behind the row (E9). */
export const escrowedRoutes = (escrowed: ReturnType<typeof createEscrowed>): Bound[] => [
  bind(at.escrowed, async ({ principal, params, query }) => escrowed(params.glass, handleOf(principal), query.after)),
]
