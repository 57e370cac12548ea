/** Hospitals in processes of their own: a professional of one reads at another, and at home from its mirror while the other is down. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { AppError, isAppError } from '@salus/base/errors'
import { sampleHospitals } from '@salus/cli/consortium/hospitals'
import { startConsortium } from '@salus/cli/consortium/running'
import { openPatient, openProfessional } from '@salus/cli/people'
import { setCircle } from '@salus/directory/device/circle'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { ask } from '@salus/grants/device'
import { submit } from '@salus/journal/device'
import { noComet } from '@salus/ledger/comet/testing'
import { approve, sync } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'

/** Tries again while what it needs has not come from the other hospital yet. */
async function eventually<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isAppError(error) || tries > 80) throw new Error(`${what}: ${(error as Error).stack}`, { cause: error })
      await wait(500)
    }
  }
}

test('N23 over real processes: asked, granted and read across hospitals, and read from the mirror while the home is down', {
  skip: noComet(),
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-across-'))
  const running = await startConsortium({ dir, hospitals: 2 })
  const url = (nth: number) => `http://127.0.0.1:${running.plan.hospitals[nth - 1]?.port}`
  const reach = (nth: number) => ({
    base: url(nth),
    origin: sampleHospitals[nth - 1]?.origin ?? '',
    fetch: (to: string, init: RequestInit) => fetch(to, init),
  })
  const device = (nth: number, name: string) => join(dir, `hospital-${nth}`, 'devices', name)
  try {
    for (let tries = 0; !(await running.status()).hospitals.every(({ node }) => node === 'ready'); tries++) {
      assert.ok(tries < 240, 'both are ready')
      await wait(500)
    }
    const patient = await openPatient(device(1, 'ines-delcourt'), reach(1) as never)
    await sync(patient)
    const { handle } = patient.keys
    // Dr Okafor belongs to the second hospital, and asks at the patient's home: his keyring came there by itself.
    const folder = device(2, sampleHospitals[1]?.physician.file ?? '')
    const away = await eventually('known at the other hospital', () => openProfessional(folder, reach(1) as never))
    const asker = { handle: away.keys.handle, signer: await signerOf(away.keys.device) }
    const { keyring: reader } = await findKeyring(away.link, away.keys.handle)
    const until = Math.floor(Date.now() / 1000) + 3_600
    const wanted = {
      categories: ['allergies', 'problems'],
      records: [],
      purpose: 'TREAT',
      until,
      patient: handle,
      reader,
    }
    const { id, item } = await ask(away.link, asker, wanted as never)
    await submit(away.link.call, away.link.logs, [item])
    const { grant } = await approve(patient, id, {})
    const open = async (pro: typeof away): Promise<string[]> => {
      const rows = await listGranted(pro.link, grant)
      const found: string[] = []
      for await (const page of read(pro.link, await pro.reader(), { id: grant, patient: handle }, rows)) {
        for (const one of page.records) found.push(one.fhir)
      }
      return found.sort()
    }
    const there = await open(away)
    assert.ok(there.length > 0, 'read at the patient’s home')
    await setCircle(patient.link, patient.keys, [sampleHospitals[1]?.org] as never)
    const home = await openProfessional(folder, reach(2) as never)
    assert.deepEqual(await eventually('mirrored', () => open(home)), there)
    await running.member(1).kill()
    assert.deepEqual(await open(home), there, 'the home is down')
    running.member(1).start()
    await eventually('the reads are told at home', async () => {
      await sync(patient)
      const reads = patient.book.log.filter(({ type }) => type === 'RecordRead')
      if (reads.length < 3) throw new AppError('not-yet')
    })
  } finally {
    await running.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
