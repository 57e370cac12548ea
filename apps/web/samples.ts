/** The demonstration's people, where this node is one: what is listed is invented, and its codes are no secret. */
import { z } from '@salus/base/schema'

const person = z.strictObject({ name: z.string(), code: z.string() })
const patient = person.extend({ handle: z.string() })
/** A professional or a desk: its sample keychain comes sealed, and opens here with the code. */
const staff = person.extend({
  kind: z.enum(['professional', 'desk']),
  role: z.string(),
  org: z.string(),
  orgName: z.string(),
  content: z.string(),
  wrap: z.string(),
})
/** An organisation of the market: its desk's keychain with the market's keys, sealed the same way. */
const trading = person.extend({
  role: z.enum(['lab', 'hospital', 'host']),
  org: z.string(),
  content: z.string(),
  wrap: z.string(),
})
const listed = z.strictObject({
  ...{ patients: z.array(patient), claim: z.string().nullable(), staff: z.array(staff) },
  research: z.array(trading).default([]),
})
export type Samples = z.infer<typeof listed>
export type SampleStaff = z.infer<typeof staff>
export type SampleTrading = z.infer<typeof trading>

/** Null where the node is no demonstration. */
export async function samples(): Promise<Samples | null> {
  const response = await fetch('/samples.json', { credentials: 'omit' }).catch(() => undefined)
  if (!response?.ok) return null
  const read = listed.safeParse(await response.json().catch(() => undefined))
  return read.success ? read.data : null
}
