/** What the node offers of grants beside statements. */
import type { Handle } from '@salus/base/ids'
import type { Sql } from '@salus/base/sqlite'
import { accessRequested } from './contract.ts'
import type { SentRequest } from './endpoints.ts'
import { grantByRequest, requestsBy } from './grants.store.ts'

/** The verbs; patients need none. */
export const createGrants = (views: Sql) => ({
  /** Requests that `asker` made. */
  requests: (asker: string) =>
    views.tx(async (v) => {
      const requests: SentRequest[] = []
      for (const one of await requestsBy(v, asker)) {
        const given = await grantByRequest(v, one.id)
        const { id, patient, asker: _, status, at, idx: __, ...body } = one
        const grant = given && {
          id: given.id as never,
          standing: given.standing,
          until: given.until,
          revoked: given.revokedAt !== null,
        }
        requests.push({
          ...{ id: id as never, patient: patient as Handle, body: accessRequested.parse(body) },
          ...{ status, at, grant: grant ?? null },
        })
      }
      return { requests }
    }),
})
