/** A record that is at home with another hospital, reached through the node one always asks. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { replicaEndpoints } from '@salus/journal/replica'
import type { DirectoryCode } from '../contract.ts'
import type { Link } from './link.ts'

/**
 * The journal in which the record is at home: the first of those that nodes claim to be it, that the pinned roots name, and at which
 * `check` finds it. Undefined where nobody knows it; `hospital-silent` where somebody who may know it does not answer.
 */
export async function findHome(
  { call, roots }: Pick<Link, 'call' | 'roots'>,
  chain: Handle,
  check: (origin: string) => Promise<unknown>,
): Promise<string | undefined> {
  const { origins, silent } = await call(replicaEndpoints.home, { input: { chain } })
  let failed = silent > 0
  for (const origin of origins.filter((one) => roots.journals.some((journal) => journal.origin === one))) {
    try {
      await check(origin)
      return origin
    } catch (error) {
      // Whoever claims it without having it is passed over.
      if (!isAppError(error)) throw error
      failed = true
    }
  }
  if (failed) throw new AppError<DirectoryCode>('hospital-silent')
  return undefined
}
