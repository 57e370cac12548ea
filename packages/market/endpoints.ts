/** What a member's desk may ask of the object store through its node: documents and results to read, parameters to put there. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'

/** Largest object that is handed out, bytes: a sealed result. The ciphertext of a large data set is no page's business. */
export const MAX_OBJECT = 12_000_000
/** Longest text that is taken in, letters: parameters of an analysis. */
export const MAX_TEXT = 1_000_000

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const marketEndpoints = {
  object: {
    name: 'market.object',
    method: 'GET',
    path: '/market/objects/:digest',
    allow: { desk: 'any' },
    params: z.strictObject({ digest: field.digest }),
    output: z.strictObject({ bytes: z.base64url() }),
    summary:
      'An object of the store by its digest: a data set’s document, an analysis, a sealed result, a verdict. Public words and ciphertext.',
  },
  put: {
    name: 'market.put',
    method: 'POST',
    path: '/market/objects',
    allow: { desk: 'any' },
    input: z.strictObject({ text: z.string().min(1).max(MAX_TEXT) }),
    output: z.strictObject({ digest: field.digest }),
    // Letters outside of ASCII, and quotes, take more bytes than one.
    limit: 2 * MAX_TEXT,
    summary: 'Puts the exact text of an order’s parameters (JSON) into the store; its name is its digest.',
  },
} as const satisfies Record<string, Endpoint>
