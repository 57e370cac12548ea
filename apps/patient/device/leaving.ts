/** Before leaving: everything in a file with its proofs; what an erasure would leave, and why. */
import { exactBundle } from '@salus/fhir/write'
import { exportOwn } from '@salus/records/device/export'
import { type Kept, whatStays } from '@salus/records/device/patient'
import { tell } from '@salus/web-app/rpc'
import { change } from './open.ts'

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
