/**
 * Who keeps a copy of the record, as the screens show it; and what is taken back, or erased, told to each of them. In one file: what two
 * late parts share would be loaded first.
 */

import { isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import { orgName } from '@salus/directory/consortium'
import { carry, isWaiting, type Stop } from '@salus/directory/device/stops'
import type { Store } from '@salus/directory/stores'
import {
  answers,
  carryAgain,
  endGrant,
  eraseEverywhere,
  knownStores,
  lookAgain,
  nameStores,
} from '@salus/records/device/circle'
import { moveHome } from '@salus/records/device/move'
import { sync } from '@salus/records/device/sync'
import { plainLink } from '@salus/web-app/device'
import { tell } from '@salus/web-app/rpc'
import { alone, change, closeAll, current, fresh, type Opened, theBrowser, theOwn, wipe } from './open.ts'

type Named = Pick<Opened['link'], 'roots'>
/** The name in the pinned roots, rather than one that a node says. */
const nameOf = ({ roots }: Named, org: string): string => orgName(roots, org) ?? org

/** One hospital and what it has said: `at` that it stopped, `nothing` that it knows of no record; neither: not reached yet. */
export type Shown = { readonly name: string; readonly at?: number; readonly nothing?: true }

export const shownOf = ({ stores }: Pick<Stop, 'stores'>, link: Named): Shown[] =>
  stores.map(({ orgs, at, nothing }) => ({
    name: orgs.map((org) => nameOf(link, org)).join(', '),
    ...(at === undefined ? {} : { at }),
    ...(nothing ? { nothing } : {}),
  }))

/** Something that was taken back, with what became of it everywhere. */
export type Ended = {
  readonly id: string
  readonly at: number
  readonly reader: string | undefined
  readonly homeWaits: boolean
  readonly stores: readonly Shown[]
}
type Kept = Store & { readonly name: string }

/** Who keeps a copy, who else could be named, and what was taken back, newest first. */
export async function circle(): Promise<{
  stores: Kept[]
  others: { org: string; name: string }[]
  ended: Ended[]
  /** One's own record: it can go to another hospital. */
  own: boolean
}> {
  const device = await fresh()
  const { link, book, keys } = device
  const all = await alone(() => knownStores(device))
  const there = new Set<string>(all.filter((one) => one.home || one.part || one.named).map((one) => one.org))
  const ended = await Promise.all(
    Object.entries(book.stops ?? {})
      .sort(([, a], [, b]) => b.at - a.at)
      .map(async ([id, stop]) => {
        const grant = book.grants[id]
        const reader = grant && (await device.parties(grant.reader)).name
        return { id, at: stop.at, reader, homeWaits: stop.home !== undefined, stores: shownOf(stop, link) }
      }),
  )
  return {
    stores: all.map((one) => ({ ...one, name: nameOf(link, one.org) })),
    others: link.roots.organisations.filter(({ org }) => !there.has(org)).map(({ org, name }) => ({ org, name })),
    ended,
    own: keys.by === undefined,
  }
}

/** The list that the patient named, changed. */
const changed = (to: (named: OrgId[]) => OrgId[]): Promise<void> =>
  change(async (device) => {
    const named = (await knownStores(device)).filter((one) => one.named).map((one) => one.org)
    await nameStores(device, to(named))
  })

export const nameStore = (org: string): Promise<void> => changed((named) => [...new Set([...named, org as OrgId])])
export const dropStore = (org: string): Promise<void> => changed((named) => named.filter((one) => one !== org))

/** How long somebody waits for the record to arrive, and how often the new hospital is asked, ms. */
const ARRIVING = { most: 60_000, often: 1_500 }

/** D46 The own record goes to another hospital; this device goes on there, through the node that serves this page. */
export async function moveTo(org: string): Promise<void> {
  await alone(async () => void (await moveHome(await theOwn(), org as OrgId)))
  const end = Date.now() + ARRIVING.most
  for (;;) {
    closeAll()
    try {
      const there = await theOwn()
      await alone(() => sync(there))
      return tell({ news: 'changed' })
    } catch (error) {
      if (!isAppError(error) || error.code !== 'home-arriving' || Date.now() >= end) throw error
      await new Promise((resolve) => setTimeout(resolve, ARRIVING.often))
    }
  }
}

/** Takes a permission back everywhere; how many documents had been opened under it, and who has stopped. */
export const revoke = (id: string): Promise<{ opened: number; homeWaits: boolean; stores: Shown[] }> =>
  change(async (device) => {
    const { opened, stop } = await endGrant(device, id)
    const documents = new Set(opened.flatMap((one) => one.records ?? [])).size
    return { opened: documents, homeWaits: stop.home !== undefined, stores: shownOf(stop, device.link) }
  })

/** Whoever was not reached, once more. Nobody waits for a hospital that does not answer: only what it said is written in turn. */
export async function tellAgain(): Promise<void> {
  const device = await current()
  await alone(() => lookAgain(device))
  const all = await answers(device.link, device.book.stops)
  if (all.length === 0) return
  await alone(() => carryAgain(device, all))
  tell({ news: 'changed' })
}

/** What is left here after everything was erased. `stop`: the erasure on its way to the other hospitals. */
type Mark = { readonly receipt: string; readonly kept: number; readonly stop?: Stop; readonly stores?: Shown[] }

/**
 * Erases everything at the node and at every store, then everything here; a mark is all that stays, with the receipt for as long as
 * the person has not taken it away (`beginAnew`).
 */
export const eraseAll = (): Promise<void> =>
  alone(async () => {
    const device = await theOwn()
    let wiped = false
    await eraseEverywhere(device, async (stop, { kept, ...proof }) => {
      const receipt = `${JSON.stringify(proof)}\n`
      const mark: Mark = { receipt, kept: kept.length, stop, stores: shownOf(stop, device.link) }
      if (wiped) await (await theBrowser()).store.write('erased', mark)
      else await wipe(mark)
      wiped = true
    })
  })

export const erased = async (): Promise<Mark> => {
  const { store } = await theBrowser()
  return (await store.read('erased')) ?? { receipt: '', kept: 0 }
}

/** Tells whoever was not reached. */
export const tellErased = (): Promise<void> =>
  alone(async () => {
    const browser = await theBrowser()
    const mark = await erased()
    const { stop: before, ...rest } = mark
    if (!before) return
    const link = plainLink(browser)
    const stop = { ...before, stores: await carry(link, before, true) }
    // The signed erasure names the person: it goes with the last that was told.
    const waits = isWaiting(stop, stop.at) ? { stop } : {}
    await browser.store.write('erased', { ...rest, ...waits, stores: shownOf(stop, link) } satisfies Mark)
  })

/** Takes all of it off this browser, the mark and the receipt too: it is as it was before. The node hears nothing of it. */
export const beginAnew = (): Promise<void> => alone(() => wipe())
