/** Who asks, what stands: requests and grants as the screens show them, and the answers. */
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { endEmergency } from '@salus/records/device/emergency'
import { openGlass } from '@salus/records/device/glass'
import { type OwnGrant, type OwnRequest, requestsWaiting, standingGrants } from '@salus/records/device/own'
import { approve, type Choice, turnDown, whoAsks } from '@salus/records/device/patient'
import type { Party } from '@salus/records/names'
import { hasNewKey } from './newkey.ts'
import { change, fresh, type Opened } from './open.ts'

/** A request that waits, with who stands behind it; `problem` where it can no longer be answered. */
export type Asking = {
  readonly id: string
  readonly asker: Party
  /** Who would read, where that is somebody else: a team, a colleague. */
  readonly reader: Party | undefined
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly purpose: string
  readonly until: number
  readonly at: number
  /** This person asked before, with another key. */
  readonly newKey: boolean
  readonly problem: string | undefined
}

async function askingOf(device: Opened, request: OwnRequest): Promise<Asking> {
  const { id, categories, records, purpose, until, at } = request
  const problem = await whoAsks(device, request).then(
    () => undefined,
    (error) => (isAppError(error) ? error.code : 'internal'),
  )
  const other = request.colleague ?? request.team
  return {
    ...{ id, categories, records, purpose, until, at, problem },
    asker: await device.parties(request.asker),
    reader: other ? await device.parties(other) : undefined,
    newKey: hasNewKey(Object.values(device.book.requests), request),
  }
}

/** What waits for an answer, newest first. */
export async function requests(): Promise<Asking[]> {
  const device = await fresh()
  const now = seconds(device.link.clock())
  const open = requestsWaiting(device.book, now)
  return Promise.all(open.sort((a, b) => b.at - a.at).map((one) => askingOf(device, one)))
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

/** Somebody reads, or may soon, without having been asked for it: an emergency. */
export type Emergency = {
  readonly id: string
  readonly asker: Party
  readonly reason: string
  readonly at: number
  readonly until: number
  readonly released: boolean
}

export async function emergencies(): Promise<Emergency[]> {
  const device = await fresh()
  const open = openGlass(device.book, seconds(device.link.clock()))
  return Promise.all(
    open.map(async ({ id, asker, reason, at, until, release }) => ({
      ...{ id, reason, at, until, released: release !== null },
      asker: await device.parties(asker),
    })),
  )
}

export const stopEmergency = (id: string): Promise<void> =>
  change(async (device) => {
    await endEmergency(device, id)
  })
