/** The endpoints of grants, as data. Patients need none: their device folds its own chain. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { accessRequested } from './contract.ts'

/** A request as its asker sees it, with its answer. */
export const sentRequest = z.strictObject({
  id: field.requestId,
  patient: field.handle,
  asker: field.handle,
  body: accessRequested,
  status: z.enum(['waiting', 'granted', 'refused']),
  at: field.time,
  grant: z
    .strictObject({ id: field.grantId, standing: z.boolean(), until: field.time, revoked: z.boolean() })
    .nullable(),
})
export type SentRequest = z.infer<typeof sentRequest>

/** One row: the reader's own requests. */
export const grantEndpoints = {
  requests: {
    name: 'grants.requests',
    method: 'GET',
    path: '/requests',
    allow: { professional: 'any' },
    output: z.strictObject({ requests: z.array(sentRequest) }),
    summary:
      "The caller's own requests with their answers, and those of colleagues that were given to the caller or a team of the caller's; newest first.",
  },
} as const satisfies Record<string, Endpoint>
