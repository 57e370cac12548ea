/** The one row of those between nodes that a person's device asks too: by itself, so that a phone loads no other. */
import type { Endpoint } from '@salus/base/endpoint'
import { z } from '@salus/base/schema'
import { MAX_STATEMENT } from './contract.ts'

export const stopEndpoint = {
  name: 'replica.stop',
  method: 'POST',
  path: '/replica/stop',
  allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any', node: 'any' },
  input: z.strictObject({ statement: z.string().max(MAX_STATEMENT) }),
  output: z.strictObject({ stopped: z.literal(true) }),
  // The person's own device brings it from a page of another hospital (D41).
  origins: 'any',
  summary: 'What takes something away, for whoever mirrors the record: counts at once, on the own signature alone.',
} as const satisfies Endpoint
