/** Binds the endpoints of emergency access; decides nothing. */
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import { emergencyEndpoints as at } from './endpoints.ts'
import type { createEmergency } from './service.ts'

const orgOf = (principal: Principal) => ('org' in principal ? principal.org : '')
const handleOf = (principal: Principal) => ('handle' in principal ? principal.handle : '')

export const emergencyRoutes = (emergency: ReturnType<typeof createEmergency>): Bound[] => [
  bind(at.glass, async ({ principal, params }) => emergency.glass(params.glass, orgOf(principal))),
  bind(at.reviews, async ({ principal }) => emergency.reviews(orgOf(principal))),
  bind(at.waiting, async ({ principal }) => emergency.waiting(handleOf(principal))),
  bind(at.chain, async ({ principal, params, query }) =>
    emergency.chain(params.glass, handleOf(principal), query.after),
  ),
  bind(at.packets, async ({ principal, params }) => emergency.packets(params.glass, handleOf(principal))),
]
