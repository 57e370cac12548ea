/** Choices made in advance: what an emergency may open, which research may use the record, whose requests are refused. */
import type { Category } from '@salus/base/categories'
import type { Handle } from '@salus/base/ids'
import type { ResearchPurpose } from '@salus/grants/choices/contract'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { block, choicesInForce, chooseResearch, unblock } from '@salus/records/device/choices'
import { endEmergency } from '@salus/records/device/emergency'
import { findKeepers } from '@salus/records/device/keepers'
import type { Party } from '@salus/records/names'
import { change, fresh } from './open.ts'

/** The choice in force; `usual` is what is proposed to who has not chosen, `offered` whether anybody could open it here. */
export type EmergencyChoice = {
  readonly chosen: readonly Category[] | undefined
  readonly at: number | undefined
  readonly keepers: readonly Party[]
  readonly usual: readonly Category[]
  readonly offered: boolean
}

export async function emergencyChoice(): Promise<EmergencyChoice> {
  const device = await fresh()
  const { emergency } = device.book
  const keepers = await Promise.all((emergency?.keepers ?? []).map(({ keeper }) => device.parties(keeper)))
  return {
    chosen: emergency?.categories as readonly Category[] | undefined,
    at: emergency?.at,
    keepers,
    usual: emergencyCategories,
    offered: (await findKeepers(device, [device.keys.org])).length > 0,
  }
}

/** Research and people, as chosen. */
export type AdvanceChoices = {
  readonly research: readonly ResearchPurpose[]
  readonly blocked: readonly Party[]
  /** Seconds; undefined until the first choice. */
  readonly at: number | undefined
}

export async function advanceChoices(): Promise<AdvanceChoices> {
  const device = await fresh()
  const { research, blocked } = choicesInForce(device)
  return { research, blocked: await Promise.all(blocked.map(device.parties)), at: device.book.choices?.at }
}

/** All research that may use the record from now on. */
export const allowResearch = (research: readonly ResearchPurpose[]): Promise<void> =>
  change(async (device) => {
    await chooseResearch(device, research)
  })

/** Takes no more requests from this person, or takes them again. */
export const blockPerson = (handle: string): Promise<void> =>
  change(async (device) => {
    await block(device, handle as Handle)
  })
export const unblockPerson = (handle: string): Promise<void> =>
  change(async (device) => {
    await unblock(device, handle)
  })

/** Ends an emergency that goes on. */
export const stopEmergency = (id: string): Promise<void> =>
  change(async (device) => {
    await endEmergency(device, id)
  })
