/** The endpoints of pushes, as data: a person's own browser asks to be woken, and to be left alone (D34). */
import type { Endpoint } from '@salus/base/endpoint'
import { z } from '@salus/base/schema'

/** Words for it stand in ui. */
export type PushCode = 'push-refused'

/** An address that a browser's push service gave out: whoever has it may wake that browser, and nothing more. */
const address = z.string().min(1).max(1_000)

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const pushEndpoints = {
  key: {
    name: 'push.key',
    method: 'GET',
    path: '/push',
    allow: { patient: 'any', professional: 'any' },
    output: z.strictObject({
      /** Uncompressed P-256 point, base64url: what a browser is asked to subscribe for (RFC 8292 §4.2). */
      key: z.string(),
      /** How many addresses of the caller's are kept. */
      kept: z.int(),
    }),
    summary: "The key this node's pushes are signed with, and how many of the caller's addresses it keeps.",
  },
  start: {
    name: 'push.start',
    method: 'POST',
    path: '/push',
    allow: { patient: 'any', professional: 'any' },
    input: z.strictObject({ endpoint: address }),
    output: z.strictObject({ kept: z.int() }),
    summary:
      'Keeps an address that is woken, without content, when something concerns the caller: once a minute at most.',
  },
  end: {
    name: 'push.end',
    method: 'POST',
    path: '/push/end',
    allow: { patient: 'any', professional: 'any' },
    input: z.strictObject({ endpoint: address.optional() }),
    output: z.strictObject({ kept: z.int() }),
    summary: "Forgets one of the caller's addresses, or all of them where none is named.",
  },
} as const satisfies Record<string, Endpoint>
