/** Leaving: everything in a file with its proofs, and everything erased, with what is kept and why. */
import { carry, type Stop } from '@salus/directory/device/stops'
import { exactBundle } from '@salus/fhir/write'
import { eraseEverywhere } from '@salus/records/device/circle'
import { exportOwn } from '@salus/records/device/export'
import { type Kept, whatStays } from '@salus/records/device/patient'
import { plainLink } from '@salus/web-app/device'
import { tell } from '@salus/web-app/rpc'
import { type Shown, shownOf } from './circle.ts'
import { alone, change, theBrowser, theOwn, wipe } from './open.ts'

/** Everything of one's own, every version, as `salus verify` reads it; how much is in it, and what does not open. */
export const exportAll = (): Promise<{ file: string; records: number; broken: number }> =>
  change(async (device) => {
    const timestamp = new Date(device.link.clock()).toISOString()
    const of = Object.keys(device.book.records).length
    const file = await exportOwn(
      device,
      (records) => exactBundle(records, { timestamp }),
      (done) => tell({ news: 'progress', done, of }),
    )
    const { records, broken = [] } = file
    return { file: `${JSON.stringify(file)}\n`, records: records.length, broken: broken.length }
  })

/** What stays, with the organisation's name. */
export type Stays = Kept & { readonly name: string }

export const stays = (): Promise<Stays[]> =>
  change(async (device) => {
    const { organisations } = device.link.roots
    const kept = await whatStays(device)
    return kept.map((one) => ({ ...one, name: organisations.find(({ org }) => org === one.org)?.name ?? one.org }))
  })

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
    if (!mark.stop) return
    const link = plainLink(browser)
    const stop = { ...mark.stop, stores: await carry(link, mark.stop, true) }
    await browser.store.write('erased', { ...mark, stop, stores: shownOf(stop, link) } satisfies Mark)
  })

/** Takes all of it off this browser, the mark and the receipt too: it is as it was before. The node hears nothing of it. */
export const beginAnew = (): Promise<void> => alone(() => wipe())
