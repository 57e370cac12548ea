/** A record has moved, and one of its two hospitals is wiped: made again from its peers, both homes and the patient go on (J34, N27). */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { setCircle } from '@salus/directory/device/circle'
import { signerOf } from '@salus/directory/device/patient'
import { homeOf } from '@salus/journal/adopted'
import { regainFromPeers } from '@salus/node-app/regain'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { moveHome } from '@salus/records/device/move'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { at, entriesOf, given, quiet, type Three } from './hospitals.ts'
import { linkTo, newPro, proAuthor, type World, world, write } from './people.ts'

async function three() {
  const { clock } = manualClock()
  let all: TestHospital[] = []
  const reach = (url: string, init: RequestInit) => reachIn(all)(url, init)
  const ask = async (url: string, body?: string) => {
    const answer = await reach(url, body === undefined ? {} : { method: 'POST', body })
    return { status: answer.status, body: await answer.text() }
  }
  all = await startConsortium(['saint-roch', 'cabinet-lilas', 'hopital-nord'], { clock, ask, witnessed: true })
  const [a, b, c] = all.map((one, i) => ({
    ...one,
    fetch: (url, init) => (all[i] as TestHospital).fetch(url, init),
  })) as [TestHospital, TestHospital, TestHospital]
  const [wa, wb, wc] = [a, b, c].map((one) => world(one, clock)) as [World, World, World]
  const doctor = await newPro(wb, 'physician', 'cabinet-lilas')
  await quiet(a)
  return { all, a, b, c, wa, wb, wc, doctor, there: await at(wa, doctor), clock, reach }
}
type Hospitals = Awaited<ReturnType<typeof three>>

/** Everybody fetches and cosigns what the others have, until nothing comes. */
async function settle({ all }: Hospitals): Promise<void> {
  for (let n = 1, round = 0; n > 0 && round < 8; round++) {
    n = 0
    for (const one of all) n += await quiet(one)
  }
  for (const one of all) await one.node.witness()
}

const rows = (one: TestHospital, handle: string) =>
  one.node.views.tx((v) =>
    v.all<{ number: number }>('SELECT number, statement FROM act WHERE patient = ? ORDER BY number', handle),
  )
const known = async (one: TestHospital, handle: string) =>
  (await rows(one, handle)).filter(({ number }) => number < 2 ** 40 || number > 2 ** 41)

async function wiped(h: Hospitals, nth: number): Promise<TestHospital> {
  const one = h.all[nth] as TestHospital
  await one.node.close()
  for (const name of ['sources.db', 'views.db', 'ledger.db', 'last.json'])
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(one.dir, `${name}${suffix}`), { force: true })
  const peers = h.all.filter((other) => other !== one).map(({ url }) => url)
  const { passed } = await regainFromPeers({
    ...{ dir: one.dir, clock: h.clock, random: h.wa.random, peers, reach: h.reach },
  })
  assert.deepEqual(passed, [])
  const again = { ...one, ...(await one.reopen({ closed: true })) }
  h.all[nth] = again
  assert.equal(again.node.condition(), 'ready')
  return again
}

async function deviceAt(w: World, { keys, book, save }: PatientDevice): Promise<PatientDevice> {
  return { link: await linkTo(w, await signerOf(keys.device), keys.handle), keys, book, save }
}

const homes = (h: Hospitals, handle: string) =>
  Promise.all(h.all.map((one) => one.node.sources.tx(async (s) => (await homeOf(s, handle))?.origin)))

async function movedAway() {
  const h = await three()
  const { patient, handle } = await given(h as unknown as Three)
  await setCircle(patient.link, patient.keys, ['cabinet-lilas', 'hopital-nord'] as never)
  await settle(h)
  await moveHome(patient, 'cabinet-lilas' as never)
  await settle(h)
  const device = await deviceAt(h.wb, patient)
  await sync(device)
  await write(proAuthor(h.doctor), handle, 'allergies', { resourceType: 'AllergyIntolerance', note: 'at the new home' })
  await sync(device)
  await settle(h)
  return { h, device, handle }
}

for (const [name, nth] of [
  ['new', 1],
  ['old', 0],
] as const)
  test(`J34 the ${name} home is wiped after a move and made again from its peers: one home, the same numbers, the patient goes on`, async () => {
    const { h, device, handle } = await movedAway()
    assert.deepEqual(await homes(h, handle), [h.b.origin, undefined, h.b.origin])
    const [numbers, entries] = [
      await known(h.all[nth] as TestHospital, handle),
      await entriesOf(h.all[nth] as TestHospital, handle),
    ]
    const again = await wiped(h, nth)
    assert.deepEqual(await homes(h, handle), [h.b.origin, undefined, h.b.origin])
    // What the new home took came into the old one's log from there, and comes again.
    await settle(h)
    assert.equal(await entriesOf(again, handle), entries)
    assert.deepEqual(await known(again, handle), numbers)
    assert.deepEqual(await homes(h, handle), [h.b.origin, undefined, h.b.origin])
    const wb = world(h.all[1] as TestHospital, h.clock)
    const there = await deviceAt(wb, device)
    await sync(there)
    await write(proAuthor(await at(wb, h.doctor)), handle, 'allergies', {
      resourceType: 'AllergyIntolerance',
      note: 'later',
    })
    await sync(there)
    await settle(h)
    const all = await Promise.all(h.all.map((one) => known(one, handle)))
    assert.deepEqual(all[0], all[1])
    assert.deepEqual(all[2], all[1])
    for (const one of h.all) await one.node.close()
  })
