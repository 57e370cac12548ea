/** A record that is at home with another hospital, reached through the node one always asks. */
import type { Call } from '@salus/base/endpoint'
import type { Handle } from '@salus/base/ids'
import { replicaEndpoints } from '@salus/journal/replica'

/** The journal in which the record is at home, as the node finds out; undefined where no hospital that answers knows it. */
export const findHome = async (call: Call, chain: Handle): Promise<string | undefined> =>
  (await call(replicaEndpoints.home, { input: { chain } })).origin ?? undefined
