/** Who keeps a copy of a record, and what its person takes back: at every store, also while the home is down. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { createCall } from '@salus/directory/device/http'
import { circleEndpoint } from '@salus/directory/stores'
import { reachIn, type TestHospital } from '@salus/node-app/testing'
import { endGrant, eraseEverywhere, knownStores, nameStores, sendAgain } from '@salus/records/device/circle'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { at, count, given, quiet, type Three, three } from './hospitals.ts'
import { newPatient, type Pro, readAll, request } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}

/** The device has a way to the other hospitals; what it asked whom is written down, and whoever is in `down` does not answer. */
function reaching(w: Three, device: PatientDevice) {
  const asked: string[] = []
  const down = new Set<string>()
  const all = reachIn([w.a, w.b, w.c])
  const fetch = async (url: string, init: RequestInit) => {
    asked.push(url)
    if ([...down].some((one) => url.startsWith(one))) throw new TypeError('nobody answers')
    return all(url, init)
  }
  const elsewhere = (base: string) => createCall({ ...w.wa, fetch, base })
  const call: PatientDevice['link']['call'] = (endpoint, asking) => {
    if (down.has(w.a.url))
      return Promise.reject(Object.assign(new Error(), { name: 'AppError', code: 'node-unreachable' }))
    return device.link.call(endpoint, asking)
  }
  return { asked, down, device: { ...device, link: { ...device.link, call, elsewhere } } }
}

const served = async (w: Three, doctor: Pro, one: { grant: string; handle: string }) =>
  readAll(await at(w.wb, doctor), one.grant, one.handle as never)
const closeAll = async (...all: TestHospital[]) => {
  for (const one of all) await one.node.close()
}

test('D40 the patient is told who keeps a copy and why: of the own record, and of nobody else’s', async () => {
  const w = await three()
  const { patient } = await given(w)
  const { device } = reaching(w, patient)
  const why = async (one: PatientDevice) =>
    (await knownStores(one)).map(({ org, url, home, part, named, given: has }) => [org, url, home, part, named, has])
  const [a, b, c] = ['saint-roch', 'cabinet-lilas', 'hopital-nord']
  assert.deepEqual(await why(device), [
    [a, undefined, true, false, false, true],
    [b, w.b.url, false, true, false, false],
  ])
  await quiet(w.b)
  await nameStores(device, [c] as never)
  await quiet(w.c)
  assert.deepEqual(await why(device), [
    [a, undefined, true, false, false, true],
    [b, w.b.url, false, true, false, true],
    [c, w.c.url, false, false, true, true],
  ])
  // Taken out, it gets nothing more, and has what it had.
  await nameStores(device, [])
  assert.deepEqual((await why(device))[2], [c, w.c.url, false, false, false, true])
  const other = await newPatient(w.wa)
  assert.deepEqual(await why(other), [[a, undefined, true, false, false, true]])
  await assert.rejects(w.there.link.call(circleEndpoint), refusedWith('not-allowed'))
  await w.close()
})

test('D41 what is taken back counts at a store that has not asked the home since, and it has acknowledged; nobody else is told', async () => {
  const w = await three()
  const one = await given(w)
  await quiet(w.b)
  assert.equal((await served(w, w.doctor, one)).length, 1)
  const { device, asked } = reaching(w, one.patient)
  const { stop } = await endGrant(device, one.grant)
  await w.a.node.close()
  assert.deepEqual(
    stop.stores.map((told) => [told.url, told.orgs, told.at !== undefined]),
    [[w.b.url, ['cabinet-lilas'], true]],
  )
  await assert.rejects(served(w, w.doctor, one), refusedWith('grant-revoked'))
  assert.deepEqual(asked, [`${w.b.url}/replica/stop`])
  await closeAll(w.b, w.c)
})

test('D41 whoever was not reached waits and is told at the next contact, once; what is kept of it outlives the errand', async () => {
  const w = await three()
  const one = await given(w)
  await quiet(w.b)
  const { device, asked, down } = reaching(w, one.patient)
  down.add(w.b.url)
  const { stop } = await endGrant(device, one.grant)
  assert.deepEqual(
    stop.stores.map((told) => [told.at, told.nothing]),
    [[undefined, undefined]],
  )
  assert.equal((await served(w, w.doctor, one)).length, 1, 'not told yet')
  await sendAgain(device)
  assert.equal(asked.length, 2)
  down.delete(w.b.url)
  // As it is read from the disk again.
  const later = { ...device, book: structuredClone(device.book) }
  await sendAgain(later)
  assert.equal(typeof later.book.stops?.[one.grant]?.stores[0]?.at, 'number')
  await assert.rejects(served(w, w.doctor, one), refusedWith('grant-revoked'))
  await sendAgain(later)
  assert.equal(asked.length, 3, 'nothing waits any more')
  await closeAll(w.a, w.b, w.c)
})

test('D41 while the home is down a permission ends at the stores all the same; the home is told when it is back', async () => {
  const w = await three()
  const one = await given(w)
  await quiet(w.b)
  const { device, down } = reaching(w, one.patient)
  await sync(device)
  await sendAgain(device)
  down.add(w.a.url)
  const { stop } = await endGrant(device, one.grant)
  assert.equal(stop.home, 'waiting')
  assert.equal(typeof stop.stores[0]?.at, 'number')
  await assert.rejects(served(w, w.doctor, one), refusedWith('grant-revoked'))
  const revoked = "SELECT count(*) AS n FROM statement WHERE type = 'GrantRevoked'"
  assert.equal(await count(w.a, revoked), 0)
  await sendAgain(device)
  assert.equal(device.book.stops?.[one.grant]?.home, 'waiting')
  down.delete(w.a.url)
  await sendAgain(device)
  assert.equal(await count(w.a, revoked), 1)
  assert.equal(device.book.stops?.[one.grant]?.home, undefined)
  assert.notEqual(device.book.grants[one.grant]?.revokedAt, undefined)
  await sendAgain(device)
  await quiet(w.b)
  assert.equal(await count(w.b, revoked), 1)
  await w.close()
})

test('D41 an erasure stops every store at once, and what will be shown of it is written down before anybody is told', async () => {
  const w = await three()
  const one = await given(w)
  const { device, asked } = reaching(w, one.patient)
  await nameStores(device, ['hopital-nord'] as never)
  for (const each of [w.b, w.c]) await quiet(each)
  const kept: (number | undefined)[][] = []
  const { stop } = await eraseEverywhere(device, async ({ stores }) => void kept.push(stores.map((told) => told.at)))
  assert.deepEqual(kept[0], [undefined, undefined], 'written before anybody is told')
  assert.ok(stop.stores.every((told) => told.at !== undefined))
  assert.deepEqual([...asked].sort(), [w.b.url, w.c.url].map((url) => `${url}/replica/stop`).sort())
  await w.a.node.close()
  await assert.rejects(served(w, w.doctor, one), refusedWith('grant-revoked'))
  await closeAll(w.b, w.c)
})

test('D41 a store that never was given anything keeps nothing; one that fetched the erasure before keeps nothing any more', async () => {
  const w = await three()
  const one = await given(w)
  const { device } = reaching(w, one.patient)
  const grant = await endGrant(device, one.grant)
  assert.deepEqual(
    grant.stop.stores.map((told) => told.nothing),
    [true],
  )
  await quiet(w.b)
  const again = await approve(device, await request(w.wa, w.there, one.handle as never, ['allergies']), {})
  await quiet(w.b)
  assert.equal((await served(w, w.doctor, { ...one, grant: again.grant })).length, 1)
  const first: unknown[] = []
  const { stop } = await eraseEverywhere(device, async () => {
    if (first.push(0) === 1) await quiet(w.b)
  })
  assert.deepEqual(
    stop.stores.map((told) => told.nothing),
    [true],
  )
  await w.close()
})

test('D41 a page of any origin may bring a stop, without a session and without cookies; no other row for nodes answers it', async () => {
  const w = await three()
  const ask = (path: string) =>
    w.b.fetch(`${w.b.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    })
  const allowed = await ask('/replica/stop')
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), '*')
  assert.equal(allowed.headers.get('access-control-allow-headers'), 'content-type')
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null)
  for (const path of ['/replica/entries', '/circle', '/statements'])
    assert.equal((await ask(path)).headers.get('access-control-allow-origin'), null, path)
  await w.close()
})
