/** The own record at every store: who keeps a copy, and what is taken back there too, also while the home is down (D40, D41). */
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import { setCircle } from '@salus/directory/device/circle'
import { sign } from '@salus/directory/device/link'
import { carry, isWaiting, nodesOf, type Stop, storesOf } from '@salus/directory/device/stops'
import type { Store } from '@salus/directory/stores'
import type { GrantCode } from '@salus/grants/contract'
import { revocation } from '@salus/grants/device'
import type { Receipt } from '@salus/journal/contract'
import type { LogLine } from './own.ts'
import { erase, takeBack } from './patient.ts'
import { acting, type PatientDevice, sync } from './sync.ts'

/** The home does not answer; or, where the record moved on, the node that carries what is asked there says so. */
const isAway = (error: unknown): boolean =>
  isAppError(error) && (error.code === 'node-unreachable' || error.code === 'hospital-away')

/** The stores as they are; as they were last told where the home is down. */
export async function knownStores({ link, book, save }: PatientDevice): Promise<readonly Store[]> {
  try {
    const all = await storesOf(link)
    book.stores = { at: book.chain.number, all }
    await save()
    return all
  } catch (error) {
    if (!isAway(error)) throw error
    return book.stores?.all ?? []
  }
}

/** D38 Names who keeps a copy, the whole list; whoever holds part of the record keeps one anyway, and whoever left is named no more. */
export async function nameStores(device: PatientDevice, organisations: readonly OrgId[]): Promise<readonly Store[]> {
  const { link, keys } = device
  const left = new Set<string>(link.roots.former?.map(({ org }) => org))
  const named = organisations.filter((org) => !left.has(org))
  await setCircle(link, keys, named)
  await sync(device)
  return knownStores(device)
}

/** What became of a permission that was ended. `home`: the home was down, and is told at the next contact. */
export type Ended = { readonly stop: Stop; readonly opened: readonly LogLine[]; readonly receipt?: Receipt }

/**
 * Ends a permission at home and at every store. Where the home is down it ends at the stores all the same: they need the person's
 * signature and nobody's word; the home is told at the next contact (`sendAgain`).
 */
export async function endGrant(device: PatientDevice, id: string): Promise<Ended> {
  const made = await takeBack(device, id).catch((error) => {
    if (!isAway(error)) throw error
    return takeBackAway(device, id)
  })
  const { opened, statement, home, receipt } = { home: undefined, receipt: undefined, ...made }
  const { until } = device.book.grants[id] ?? {}
  const stores = nodesOf(await knownStores(device))
  const stop: Stop = {
    ...{ statement, at: seconds(device.link.clock()), stores },
    ...(until === undefined ? {} : { until }),
    ...(home ? { home } : {}),
  }
  await keep(device, id, stop)
  await keep(device, id, { ...stop, stores: await carry(device.link, stop) })
  return { stop: device.book.stops?.[id] ?? stop, opened, ...(receipt ? { receipt } : {}) }
}

/** The statement alone: what turns epochs over needs the home, and is done there afterwards. */
async function takeBackAway(device: PatientDevice, id: string) {
  const { link, book } = device
  const grant = book.grants[id]
  if (!grant) throw new AppError<GrantCode>('grant-unknown')
  const { handle, signer } = await acting(device)
  const statement = await sign(link, signer, revocation(handle, id, book.policy))
  const opened = book.log.filter((one) => one.type === 'RecordRead' && one.grant === id)
  return { statement, opened, home: 'waiting' as const }
}

async function keep({ book, save }: PatientDevice, id: string, stop: Stop): Promise<void> {
  book.stops = { ...book.stops, [id]: stop }
  await save()
}

/** Tells the home what it missed; taken back there already is as good. */
async function tellHome(device: PatientDevice): Promise<void> {
  for (const [id, { home, ...stop }] of Object.entries(device.book.stops ?? {})) {
    if (!home) continue
    try {
      await takeBack(device, id)
    } catch (error) {
      if (isAway(error)) return
      // Taken back there already, or not known there any more: what it says to one holds nothing else up.
      if (!isAppError(error)) throw error
    }
    await keep(device, id, stop)
  }
}

/** The home first: what it missed, and who has copies now, where the chain went on. */
export async function lookAgain(device: PatientDevice): Promise<void> {
  await tellHome(device)
  if (device.book.stores?.at !== device.book.chain.number) await knownStores(device)
}

/** What waits, once more: at the home, then at the stores. */
export async function sendAgain(device: PatientDevice): Promise<void> {
  await lookAgain(device)
  await carryAgain(device, await answers(device.link, device.book.stops))
}

/** What the stores say now to what waits; nothing is changed here, so that nobody has to wait for it. */
export async function answers(link: PatientDevice['link'], stops: Readonly<Record<string, Stop>> = {}) {
  const now = seconds(link.clock())
  const waiting = Object.entries(stops).filter(([, stop]) => isWaiting(stop, now))
  return Promise.all(waiting.map(async ([id, stop]) => ({ id, stores: await carry(link, stop) })))
}

/** Writes down what `answers` brought. */
export async function carryAgain(device: PatientDevice, all: Awaited<ReturnType<typeof answers>>): Promise<void> {
  for (const { id, stores } of all) {
    const stop = device.book.stops?.[id]
    if (stop) await keep(device, id, { ...stop, stores })
  }
}

type Erasing = Awaited<ReturnType<typeof erase>>

/** Erases everything, at home and at every store. `kept` is told before any store is, and after: that is all that stays of the device. */
export async function eraseEverywhere(device: PatientDevice, kept: (stop: Stop, made: Erasing) => Promise<void>) {
  // A node that cannot say who has copies keeps nobody from leaving: then those that were known are told.
  const stores = await knownStores(device).catch(() => device.book.stores?.all ?? [])
  const made = await erase(device)
  const stop: Stop = { statement: made.statement, at: seconds(device.link.clock()), stores: nodesOf(stores) }
  await kept(stop, made)
  const told = { ...stop, stores: await carry(device.link, stop, true) }
  await kept(told, made)
  return { ...made, stop: told }
}
