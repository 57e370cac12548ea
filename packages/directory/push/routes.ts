/** Binds the endpoints of pushes; decides nothing. */
import { type Bound, bind } from '@salus/base/endpoint'
import { pushEndpoints as at } from './endpoints.ts'
import type { createPushes } from './service.ts'

export const pushRoutes = (pushes: ReturnType<typeof createPushes>): Bound[] => [
  bind(at.key, async ({ principal }) => pushes.key(principal)),
  bind(at.start, async ({ principal, input }) => pushes.start(principal, input.endpoint)),
  bind(at.end, async ({ principal, input }) => pushes.end(principal, input.endpoint)),
]
