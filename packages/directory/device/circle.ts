/** What a patient's device signs to name who keeps a copy of the record. */
import type { OrgId } from '@salus/base/ids'
import { submit } from '@salus/journal/device'
import { type Link, sign } from './link.ts'
import { type PatientKeys, signerOf } from './patient.ts'

/** Names the organisations of the care circle, the whole list; those that hold part of the record are in it anyway. */
export async function setCircle(link: Link, keys: PatientKeys, organisations: readonly OrgId[]): Promise<void> {
  const draft = { type: 'CareCircleSet', iss: keys.handle, sub: keys.handle, body: { organisations } }
  const statement = await sign(link, await signerOf(keys.device), draft)
  await submit(link.call, link.logs, [{ statement }])
}
