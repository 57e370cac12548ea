/** The rules of choices made in advance. Pure: the node decides with them, the patient's device shows by them. */
import { AppError } from '@salus/base/errors'
import type { ChoiceCode, Choices } from './contract.ts'

const twice = (list: readonly string[]): boolean => new Set(list).size !== list.length

/** G17 Each purpose and each person once; nobody blocks the own handle. */
export function decideChoices({ research, blocked }: Choices, patient: string): void {
  const own = (blocked as readonly string[]).includes(patient)
  if (twice(research) || twice(blocked) || own) throw new AppError<ChoiceCode>('choices-wrong')
}

/** G18 Does the block reach this request: by who asks, or by the one colleague who would read? */
export const isBlocked = (
  blocked: readonly string[],
  { asker, colleague }: { readonly asker: string; readonly colleague?: string | undefined },
): boolean => blocked.includes(asker) || (colleague !== undefined && blocked.includes(colleague))

/** G18 Refused at the door, in words that name nobody and no reason. */
export function decideUnblocked(blocked: readonly string[], request: Parameters<typeof isBlocked>[1]): void {
  if (isBlocked(blocked, request)) throw new AppError<ChoiceCode>('request-refused-beforehand')
}
