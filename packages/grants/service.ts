/** What the node offers of grants beside statements. */
import type { Handle } from '@salus/base/ids'
import type { Sql } from '@salus/base/sqlite'
import type { DirectoryPort } from '@salus/directory/contract'
import { accessRequested } from './contract.ts'
import type { SentRequest } from './endpoints.ts'
import { grantByRequest, requestsBy, requestsGivenTo } from './grants.store.ts'

/** The verbs; patients need none. */
export const createGrants = (views: Sql, directory: DirectoryPort) => ({
  /** Requests that `asker` made, and those of colleagues that were given to `asker` or to a team `asker` is in. */
  requests: (asker: string) =>
    views.tx(async (v) => {
      const requests: SentRequest[] = []
      const all = new Map((await requestsBy(v, asker)).map((one) => [one.id, one]))
      for (const reader of [asker, ...(await directory.teams(v, asker))]) {
        for (const one of await requestsGivenTo(v, reader)) all.set(one.id, one)
      }
      for (const one of all.values()) {
        const given = await grantByRequest(v, one.id)
        const { id, patient, asker: by, status, at, idx: __, ...body } = one
        const grant = given && {
          id: given.id as never,
          standing: given.standing,
          until: given.until,
          revoked: given.revokedAt !== null,
        }
        requests.push({
          ...{ id: id as never, patient: patient as Handle, asker: by as Handle, body: accessRequested.parse(body) },
          ...{ status, at, grant: grant ?? null },
        })
      }
      return { requests }
    }),
})
