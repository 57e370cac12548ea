/** consortium.roundtrip: the patient's home is one hospital, the reader belongs to another; four hospitals in processes of their own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isAppError } from '@salus/base/errors'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { sampleHospitals } from '../consortium/hospitals.ts'
import { type Running, startConsortium } from '../consortium/running.ts'
import { type OpenProfessional, openPatient, openProfessional } from '../people.ts'
import { roundtrip } from './grants.ts'
import { type BenchLine, elapsed, line, quantile, roundsOf, type Scale, sized } from './line.ts'

/** Until every node answers, and until the first knows the professionals of the others. */
async function opened(dir: string, running: Running) {
  while (!(await running.status()).hospitals.every(({ node }) => node === 'ready')) await wait(200)
  const at = { base: `http://127.0.0.1:${running.plan.hospitals[0]?.port}`, origin: sampleHospitals[0]?.origin ?? '' }
  const reach = { ...at, fetch: (url: string, init: RequestInit) => fetch(url, init) }
  const device = (nth: number, name = '') => join(dir, `hospital-${nth}`, 'devices', name)
  const pro = async (nth: number): Promise<OpenProfessional> => {
    for (;;) {
      try {
        return await openProfessional(device(nth, sampleHospitals[nth - 1]?.physician.file), reach)
      } catch (error) {
        if (!isAppError(error)) throw error
        await wait(300)
      }
    }
  }
  const patient = await openPatient(device(1, sampleHospitals[0]?.patient), reach)
  await sync(patient)
  return { patient, own: await pro(1), away: await pro(2) }
}

async function times(pro: OpenProfessional, patient: PatientDevice, count: number): Promise<number> {
  const found: number[] = []
  for (let i = 0; i < count; i++) found.push(await elapsed(() => roundtrip(pro, patient)))
  return quantile(found, 0.95)
}

/** p95 of asked, granted, first record opened; beside it the same for a reader of the patient's own hospital. */
export async function benchAcross(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const running = await startConsortium({ dir, hospitals: 4 })
  try {
    const { patient, own, away } = await opened(dir, running)
    const count = sized(scale, 20, 2)
    const [whole, beside, fallen]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < roundsOf(scale); round++) {
      whole.push(await times(away, patient, count))
      beside.push(await times(own, patient, count))
      await running.member(3).kill()
      fallen.push(await times(away, patient, count))
      running.member(3).start()
    }
    return [
      line('consortium.roundtrip', 'ms p95, home at one hospital, reader of another', whole, beside),
      line('consortium.roundtrip.fallen', 'ms p95, the same with a third hospital killed', fallen, beside),
    ]
  } finally {
    await running.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
