/** Who keeps a copy of a record: one row by itself, so that a phone loads it when it is asked for. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'

/** One organisation that keeps a copy of a record, or will (N22). */
const store = z.strictObject({
  org: field.org,
  /** As the roots of the node call it. */
  name: z.string().max(120).optional(),
  /** The journal that its node keeps; absent where it has none. */
  origin: z.string().max(100).optional(),
  /** Where its node is asked, as the ledger says; absent where it has none. */
  url: z.string().max(300).optional(),
  /** Where the record is at home: it keeps the record itself. */
  home: z.boolean(),
  /** It wrote part of the record. */
  part: z.boolean(),
  /** The patient named it (D38). */
  named: z.boolean(),
  /** Its node was handed something of the record: also one that was taken out since keeps that. */
  given: z.boolean(),
})
export type Store = z.infer<typeof store>

export const circleEndpoint = {
  name: 'directory.circle',
  method: 'GET',
  path: '/circle',
  allow: { patient: 'any', representative: 'any' },
  output: z.strictObject({ stores: z.array(store).max(1_000) }),
  summary: "Which organisations keep a copy of the caller's own record, why, and where each is asked.",
} as const satisfies Endpoint
