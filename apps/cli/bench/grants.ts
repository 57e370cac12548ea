/** grants.roundtrip: a professional asks, the patient approves, the first record opens. */
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { ask } from '@salus/grants/device'
import { submit } from '@salus/journal/device'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import type { OpenProfessional } from '../people.ts'
import { createRsaRoundtrip } from './limits.ts'
import { type BenchLine, elapsed, line, median, quantile, roundsOf, type Scale, sized } from './line.ts'
import { benchPatient, benchPro, fillRecord, startBenchNode } from './world.ts'

/** A request for the category that the bench fills, signed by the professional and handed in. */
export async function askFor(pro: OpenProfessional, patient: string): Promise<string> {
  const reader = (await findKeyring(pro.link, pro.keys.handle)).keyring
  const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
  const until = Math.floor(Date.now() / 1000) + 3_600
  const wanted = { categories: ['results'], records: [], purpose: 'TREAT', until, patient, reader }
  const { id, item } = await ask(pro.link, asker, wanted as never)
  await submit(pro.link.call, pro.link.logs, [item])
  return id
}

/** Asked, granted, the first record opened. */
export async function roundtrip(pro: OpenProfessional, patient: PatientDevice): Promise<void> {
  const { handle } = patient.keys
  const given = await approve(patient, await askFor(pro, handle), {})
  const rows = await listGranted(pro.link, given.grant)
  const me = await pro.reader()
  for await (const page of read(pro.link, me, { id: given.grant, patient: handle }, rows)) {
    if (page.records.length === 0) throw new Error('nothing opened')
    return
  }
}

/** p95 over HTTP; the limit is the bare RSA in it. Both devices stand open: the app is running when the message comes. */
export async function benchRoundtrip(scale: Scale): Promise<BenchLine[]> {
  const node = await startBenchNode()
  const found: number[] = []
  const limit: number[] = []
  try {
    const patient = await benchPatient(node)
    const pro = await benchPro(node)
    await fillRecord(node, patient.keys.handle, sized(scale, 1_000, 20))
    await sync(patient)
    const bare = await createRsaRoundtrip()
    for (let round = 0; round < roundsOf(scale); round++) {
      const times: number[] = []
      const plain: number[] = []
      for (let i = 0; i < sized(scale, 20, 2); i++) {
        plain.push(await elapsed(bare))
        times.push(await elapsed(() => roundtrip(pro, patient)))
      }
      limit.push(median(plain))
      found.push(quantile(times, 0.95))
    }
  } finally {
    await node.stop()
  }
  return [line('grants.roundtrip', 'ms p95, category of 1,000 records', found, limit)]
}
