/** Coming back in an empty browser, also where the record went to another hospital since (D46). */
import type { PatientKeys } from '@salus/directory/device/patient'
import { comeBack, type Secret, type takeOver } from '@salus/directory/device/restore'
import { emptyBook } from '@salus/records/device/own'
import { type Browser, plainLink } from '@salus/web-app/device'
import { closeAll, keepKeys } from './open.ts'

/** Comes back in this browser by a secret: with the record's home, where that is another hospital's by now. */
export async function comeBackHere(at: Browser, secret: Secret, work: typeof takeOver): Promise<void> {
  const there = (origin: string) => plainLink({ ...at, origin, through: true })
  const keep = (own: PatientKeys) => keepKeys(at, own)
  const { keys, origin } = await comeBack(plainLink(at), secret, there, (link, found) => work(link, found, keep))
  // The first sync says of which organisation it is now.
  if (origin !== undefined) await at.store.write('book', { ...emptyBook(), home: { org: keys.org, origin } })
  closeAll()
}
