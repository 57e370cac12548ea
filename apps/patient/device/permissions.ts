/** Answers to requests, and permissions as the screens show them. */
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { type OwnGrant, standingGrants } from '@salus/records/device/own'
import { approve, type Choice, turnDown } from '@salus/records/device/patient'
import type { Party } from '@salus/records/names'
import { change, fresh, type Opened } from './open.ts'

/** A permission: what stands, or stood. */
export type Permission = {
  readonly id: string
  readonly reader: Party
  readonly categories: readonly Category[]
  readonly records: number
  readonly purpose: string
  readonly standing: boolean
  readonly at: number
  readonly until: number
  readonly revokedAt: number | undefined
  /** Taken back here, and the own hospital was not reached yet. */
  readonly ending: boolean
  /** How many documents were opened under it, and when last. */
  readonly opened: number
  readonly lastOpened: number | undefined
}

async function permissionOf(device: Opened, grant: OwnGrant): Promise<Permission> {
  const { id, categories, standing, at, until, revokedAt } = grant
  const reads = device.book.log.filter((one) => one.type === 'RecordRead' && one.grant === id)
  return {
    ...{ id, categories, standing, at, until, revokedAt },
    ending: device.book.stops?.[id]?.home !== undefined,
    reader: await device.parties(grant.reader),
    records: grant.records.length,
    purpose: device.book.requests[grant.request]?.purpose ?? '',
    opened: new Set(reads.flatMap((one) => one.records ?? [])).size,
    lastOpened: reads.at(-1)?.at,
  }
}

/** Every permission ever given: those in force first. */
export async function permissions(): Promise<{ standing: Permission[]; over: Permission[] }> {
  const device = await fresh()
  const now = seconds(device.link.clock())
  const inForce = new Set(standingGrants(device.book, now).map((one) => one.id))
  const all = await Promise.all(
    Object.values(device.book.grants)
      .sort((a, b) => b.at - a.at)
      .map((one) => permissionOf(device, one)),
  )
  return { standing: all.filter((one) => inForce.has(one.id)), over: all.filter((one) => !inForce.has(one.id)) }
}

/** Gives all that was asked for, or what `choice` says. */
export const give = (id: string, choice: Choice): Promise<{ grant: string; until: number }> =>
  change(async (device) => {
    const { grant, until } = await approve(device, id, choice)
    return { grant, until }
  })

export const refuse = (id: string, reason: string): Promise<void> =>
  change(async (device) => {
    await turnDown(device, id, reason)
  })
