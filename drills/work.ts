/** People at work at hospitals of a net while these are broken; and, afterwards, all that was acknowledged to them. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { isAppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { sampleHospitals } from '@salus/cli/consortium/hospitals'
import { sessionLink } from '@salus/cli/device'
import { openDesk } from '@salus/cli/people'
import { decodeJws } from '@salus/crypto/jws'
import { logKeys } from '@salus/directory/consortium'
import { signerOf } from '@salus/directory/device/patient'
import { TX_TYP } from '@salus/ledger/contract'
import { openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { type Acknowledged, checkSurvivors, recorded } from '../tests/crashed.ts'
import { readAll } from '../tests/people.ts'
import type { Chance } from './budget.ts'
import { type Falling, type Given, type Load, startLoad } from './load.ts'
import { blocksOf, type Net } from './net.ts'

export type Working = {
  readonly nth: number
  readonly load: Load
  readonly heard: Acknowledged
  /** Its node is killed now: what people are at may be cut off until it answers again. */
  fell(): void
  /** Everything that was acknowledged is there, seen from the people's devices; while the hospital runs. */
  checkPeople(): Promise<{ records: number; grants: number; revoked: number }>
  /** The same seen from its folder, and its journal against what the ledger holds of it; when everything has stopped. */
  checkFolder(heads: Heads): Promise<object>
}

/** Roots of journals by size, by origin, as blocks hold them. */
export type Heads = ReadonlyMap<string, ReadonlyMap<number, string>>

const urlOf = ({ running }: Net, nth: number) => `http://127.0.0.1:${running.plan.hospitals[nth - 1]?.port}`
const originOf = (nth: number) => sampleHospitals[nth - 1]?.origin ?? ''

/** Patients and professionals of hospital `nth` begin their day. */
export async function startWork(net: Net, nth: number, chance: Chance): Promise<Working> {
  const real = {
    base: urlOf(net, nth),
    origin: originOf(nth),
    fetch: (to: string, init: RequestInit) => fetch(to, init),
  }
  const { reach, heard } = recorded(real)
  const dir = join(net.dir, `people-${nth}`)
  mkdirSync(dir)
  // Odd while it lies (Falling).
  let falls = 0
  const desk = await openDesk(join(net.folder(nth), 'devices', `desk-${sampleHospitals[nth - 1]?.org}`), reach)
  const node: Falling = { dir, reach, desk, falls: () => falls }
  const load = await startLoad(node, chance, { patients: 1, pros: 2, desks: 1 })
  return {
    ...{ nth, load, heard },
    fell() {
      falls += falls % 2 === 0 ? 1 : 2
      const mine = falls
      void ready(reach.base).then(() => {
        if (falls === mine) falls++
      })
    },
    checkPeople: () => checkPeople(node, load),
    checkFolder: (heads) =>
      checkSurvivors(
        net.folder(nth),
        { ...heard, heads: heads.get(originOf(nth)) ?? new Map() },
        logKeys(desk.device.roots),
      ),
  }
}

async function ready(base: string): Promise<void> {
  for (;;) {
    // It is asked only after it was killed: the one that answers is another process.
    await wait(100)
    const answer = await fetch(`${base}/health`).catch(() => undefined)
    if (answer?.ok) return
  }
}

async function checkPeople(node: Falling, { patients, grants }: Load) {
  let records = 0
  const byHandle = new Map<string, PatientDevice>()
  for (const one of patients) {
    const { desk, reach } = node
    const link = await sessionLink(desk.device, await signerOf(one.keys.device), one.keys.handle, reach)
    const patient = Object.assign(one, { link })
    byHandle.set(one.keys.handle, patient)
    await sync(patient)
    let opened = 0
    for await (const each of openOwn(patient)) if (each.fhir) opened++
    assert.equal(opened, Object.values(patient.book.records).length, 'each patient opens every record')
    records += opened
  }
  for (const one of grants.given) {
    const kept = byHandle.get(one.patient)?.book.grants[one.grant]
    assert.ok(kept, 'a grant that was acknowledged is there')
    // Whoever began to take one back and heard nothing may find it either way.
    if (grants.taken.has(one.grant)) await checkTaken(one, kept.revokedAt)
    else if (!grants.begun.has(one.grant)) await checkGiven(one, kept.revokedAt)
  }
  return { records, grants: grants.given.length, revoked: grants.taken.size }
}

async function checkTaken({ grant, pro }: Given, revokedAt: number | undefined): Promise<void> {
  assert.ok(revokedAt !== undefined, 'a grant that was taken back is so in the book')
  await assert.rejects(listGranted(pro.link, grant), (error) => isAppError(error) && REFUSED.has(error.code))
}

async function checkGiven({ grant, patient, pro }: Given, revokedAt: number | undefined): Promise<void> {
  assert.equal(revokedAt, undefined, 'nobody took it back')
  const open = await readAll({ ...pro, signer: await signerOf(pro.keys.device) }, grant, patient)
  assert.ok(open.length > 0, 'its reader reads')
}

/** How a node says that a grant is no more. */
const REFUSED: ReadonlySet<string> = new Set(['grant-revoked', 'grant-unknown', 'not-granted', 'grant-ended'])

const advance = z.object({
  type: z.string(),
  body: z.object({ origin: z.string(), size: z.int(), root: z.string() }).optional().catch(undefined),
})

/** Every head of every journal that stands in a block of hospital `nth`. */
export async function headsOn(net: Net, nth: number): Promise<Heads> {
  const heads = new Map<string, Map<number, string>>()
  for (const { txs } of await blocksOf(await net.desk(nth))) {
    for (const tx of txs) {
      const { type, body } = parseWith(advance, decodeJws(tx, TX_TYP).payload)
      if (type !== 'log.advance' || !body) continue
      const known = heads.get(body.origin) ?? new Map<number, string>()
      heads.set(body.origin, known.set(body.size, body.root))
    }
  }
  return heads
}
