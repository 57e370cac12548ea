/** Leaving: everything in a file with its proofs, and everything erased, with what is kept and why. */
import { exactBundle } from '@salus/fhir/write'
import { exportOwn } from '@salus/records/device/export'
import { erase, type Kept, whatStays } from '@salus/records/device/patient'
import { tell } from '@salus/web-app/rpc'
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

/**
 * Erases everything at the node, then everything here; a mark is all that stays, with the receipt for as long as the person
 * has not taken it away (`beginAnew`).
 */
export const eraseAll = (): Promise<void> =>
  alone(async () => {
    const { kept, ...proof } = await erase(await theOwn())
    await wipe({ receipt: `${JSON.stringify(proof)}\n`, kept: kept.length })
  })

/** What is left here after everything was erased. */
export const erased = async (): Promise<{ receipt: string; kept: number }> => {
  const { store } = await theBrowser()
  return (await store.read('erased')) ?? { receipt: '', kept: 0 }
}

/** Takes all of it off this browser, the mark and the receipt too: it is as it was before. The node hears nothing of it. */
export const beginAnew = (): Promise<void> => alone(() => wipe())
