/** The patient's choices in advance: which research, and whose requests are refused beforehand. */
import type { Handle } from '@salus/base/ids'
import type { Choices, ResearchPurpose } from '@salus/grants/choices/contract'
import { makeChoices } from '@salus/grants/choices/device'
import type { Receipt } from '@salus/journal/contract'
import { acting, type PatientDevice, publish, sync } from './sync.ts'

/** The set in force; the empty one until the patient chose. */
export const choicesInForce = ({ book }: Pick<PatientDevice, 'book'>): Choices => {
  const { research = [], blocked = [] } = book.choices ?? {}
  return { research, blocked }
}

/** G17 Signs a new set made of the one in force, which other devices may have changed since. */
export async function changeChoices(device: PatientDevice, change: (before: Choices) => Choices): Promise<Receipt> {
  await sync(device)
  const next = change(choicesInForce(device))
  const item = await makeChoices(device.link, await acting(device), next, device.book.policy)
  const [receipt] = await publish(device, { items: [item], epochs: [] })
  return receipt as Receipt
}

/** Which research may use the record from now on: all of it is said, nothing named is nothing allowed. */
export const chooseResearch = (device: PatientDevice, research: readonly ResearchPurpose[]): Promise<Receipt> =>
  changeChoices(device, ({ blocked }) => ({ research: [...research], blocked }))

/** G18 Takes no more requests from this person. */
export const block = (device: PatientDevice, handle: Handle): Promise<Receipt> =>
  changeChoices(device, ({ research, blocked }) => ({ research, blocked: [...new Set([...blocked, handle])] }))

/** Takes requests from this person again. */
export const unblock = (device: PatientDevice, handle: string): Promise<Receipt> =>
  changeChoices(device, ({ research, blocked }) => ({ research, blocked: blocked.filter((one) => one !== handle) }))
