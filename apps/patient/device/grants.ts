/** Who asks, and who reads without having been asked for it, as the first screen shows them. */
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { whoAsks } from '@salus/records/device/asker'
import { openGlass } from '@salus/records/device/glass'
import { type OwnRequest, requestsWaiting } from '@salus/records/device/own'
import type { Party } from '@salus/records/names'
import { hasNewKey } from './newkey.ts'
import { fresh, type Opened } from './open.ts'

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
