/** consortium.replicate: how fast a hospital that a patient has just named takes in the record, every part of it verified. */
import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { utf8 } from '@salus/base/bytes'
import { setCircle } from '@salus/directory/device/circle'
import { submit } from '@salus/journal/device'
import { sampleHospitals } from '../consortium/hospitals.ts'
import { startConsortium } from '../consortium/running.ts'
import { openDesk } from '../people.ts'
import { type BenchLine, elapsed, line, roundsOf, type Scale, sized } from './line.ts'
import { watchEntries } from './there.store.ts'
import { benchPatient, document2k, makeDeposits, type Workplace } from './world.ts'

const MB = 1_000_000
/** A letter or a scan, as FHIR carries it. */
const document1m = utf8(
  JSON.stringify({ resourceType: 'Binary', contentType: 'application/pdf', data: 'c2FtcGxl'.repeat(125_000) }),
)

type Sizes = { readonly count: number; readonly fhir: typeof document2k }

/** A record of one patient at the first hospital; `bytes` as they were handed over: statements, packets, ciphertext. */
async function filled(at: Workplace, { count, fhir }: Sizes) {
  const patient = await benchPatient(at)
  const { call, logs } = at.desk.link
  let bytes = 0
  const few = Math.max(1, Math.min(100, Math.floor((4 * MB) / fhir.length)))
  for (let left = count; left > 0; left -= few) {
    const items = (await makeDeposits(at, patient.keys.handle, Math.min(few, left), fhir)).map((one) => one.item)
    bytes += JSON.stringify(items).length
    await submit(call, logs, items)
  }
  return { patient, bytes }
}

/** Seconds from the first entry that stands at the second hospital to the last. */
async function taken(folder: string, chain: string, all: number): Promise<number> {
  const there = watchEntries(join(folder, 'sources.db'), chain)
  const entries = async (least: number) => {
    while (there.count() < least) await wait(5)
  }
  try {
    await entries(1)
    return (await elapsed(() => entries(all))) / 1000
  } finally {
    there.close()
  }
}

/** MB/s of a plain copy of a store, on the disk when it is done. */
async function copied(from: string, to: string): Promise<number> {
  const ms = await elapsed(async () => {
    await copyFile(from, to)
    const file = await open(to, 'r+')
    await file.sync()
    await file.close()
  })
  return (await stat(to)).size / MB / (ms / 1000)
}

export async function benchReplicate(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const running = await startConsortium({ dir, hospitals: 2, people: false })
  const [folder, other] = [1, 2].map((nth) => join(dir, `hospital-${nth}`)) as [string, string]
  const sizes: readonly Sizes[] = [
    { count: sized(scale, 2_000, 4), fhir: document2k },
    { count: sized(scale, 60, 2), fhir: document1m },
  ]
  const found: number[][] = [[], []]
  const plain: number[] = []
  try {
    while (!(await running.status()).hospitals.every(({ node }) => node === 'ready')) await wait(200)
    const base = `http://127.0.0.1:${running.plan.hospitals[0]?.port}`
    const reach = {
      base,
      origin: sampleHospitals[0]?.origin ?? '',
      fetch: (url: string, init: RequestInit) => fetch(url, init),
    }
    const desk = await openDesk(join(folder, 'devices', `desk-${sampleHospitals[0]?.org}`), reach)
    for (let round = 0; round < roundsOf(scale); round++) {
      for (const [at, size] of sizes.entries()) {
        const { patient, bytes } = await filled({ dir, reach, desk }, size)
        await setCircle(patient.link, patient.keys, [sampleHospitals[1]?.org] as never)
        // Keyring, claim and circle stand before and after the documents.
        const seconds = await taken(other, patient.keys.handle, size.count + 1)
        found[at]?.push(bytes / MB / seconds)
      }
      plain.push(await copied(join(folder, 'sources.db'), join(dir, 'copy.db')))
    }
    const [small, large] = found as [number[], number[]]
    return [
      line('consortium.replicate', 'MB/s of documents of 2 KiB taken in, verified', small, plain),
      line('consortium.replicate.large', 'MB/s of documents of 1 MB taken in, verified', large, plain),
    ]
  } finally {
    await running.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
