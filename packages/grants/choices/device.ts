/** What a patient's device signs when it chooses in advance. */
import { type Link, sign } from '@salus/directory/device/link'
import type { SubmissionItem } from '@salus/journal/contract'
import type { Acting } from '../device.ts'
import type { Choices } from './contract.ts'
import { decideChoices } from './rules.ts'

/** Signs the whole set, under the policy head after `policy`; throws `choices-wrong`. */
export async function makeChoices(
  link: Link,
  patient: Acting,
  { research, blocked }: Choices,
  policy: number,
): Promise<SubmissionItem> {
  decideChoices({ research, blocked }, patient.handle)
  const body = { research, blocked, policy: policy + 1 }
  const draft = { type: 'ChoicesMade', iss: patient.handle, sub: patient.handle, body }
  return { statement: await sign(link, patient.signer, draft) }
}
