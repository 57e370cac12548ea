/** Binds the endpoints of grants; decides nothing. */
import { type Bound, bind } from '@salus/base/endpoint'
import { grantEndpoints } from './endpoints.ts'
import type { createGrants } from './service.ts'

export const grantRoutes = (grants: ReturnType<typeof createGrants>): Bound[] => [
  bind(grantEndpoints.requests, async ({ principal }) =>
    grants.requests('handle' in principal ? principal.handle : ''),
  ),
]
