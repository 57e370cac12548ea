/** Several hospitals in one process: what one keeps, others mirror, and go on when it is down. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { setCircle } from '@salus/directory/device/circle'
import { revokeCredential } from '@salus/directory/device/desk'
import { homeOf } from '@salus/journal/adopted'
import { replicaEndpoints } from '@salus/journal/replica'
import { clearViews } from '@salus/journal/tiles'
import { readFounded } from '@salus/node-app/found'
import { createNodeSigner } from '@salus/node-app/peers'
import { erase, sync, takeBack } from '@salus/records/device/patient'
import { at, count, entriesOf, given, quiet, three } from './hospitals.ts'
import { deskOf, linkTo, newPatient, proAuthor, readAll, world, write } from './people.ts'

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}

test('N23 a professional of B asks and is given at A, and reads at B while A is down', async () => {
  const w = await three()
  const { handle, grant } = await given(w)
  await quiet(w.b)
  await w.a.node.close()
  w.advance(1_000)
  const here = await at(w.wb, w.doctor)
  const seen = await readAll(here, grant, handle)
  assert.deepEqual(
    seen.map((one) => JSON.parse(one.fhir).note),
    ['sample'],
  )
  const { away } = await w.b.node.replica.pull()
  assert.deepEqual(away, [w.a.origin, ...(away.includes(w.c.origin) ? [w.c.origin] : [])])
  await w.b.node.close()
  await w.c.node.close()
})

test('N23 a read made at B goes home: the patient sees it at A; it stands once at B', async () => {
  const w = await three()
  const { patient, handle, grant } = await given(w)
  await quiet(w.b)
  w.advance(1_000)
  await readAll(await at(w.wb, w.doctor), grant, handle)
  assert.equal(await quiet(w.a), 1)
  await sync(patient)
  const read = patient.book.log.find((one) => one.type === 'RecordRead')
  assert.equal(read?.count, 1)
  await quiet(w.b)
  const size = w.b.node.journal.log.size()
  await quiet(w.b)
  await quiet(w.a)
  assert.equal(w.b.node.journal.log.size(), size)
  assert.equal(await count(w.b, "SELECT count(*) AS n FROM statement WHERE type = 'RecordRead'"), 1)
  // A second, after that one has its place at home.
  await readAll(await at(w.wb, w.doctor), grant, handle)
  await quiet(w.a)
  await quiet(w.b)
  await sync(patient)
  assert.equal(patient.book.log.filter((one) => one.type === 'RecordRead').length, 2)
  const before = await w.b.node.views.tx((v) => v.all('SELECT * FROM act ORDER BY patient, number'))
  await w.b.node.views.tx(clearViews)
  await w.b.node.journal.catchUp()
  assert.deepEqual(await w.b.node.views.tx((v) => v.all('SELECT * FROM act ORDER BY patient, number')), before)
  await w.close()
})

test('N22 directory chains are everybody’s; a patient’s goes to who holds part of it, and to whom the patient names', async () => {
  const w = await three()
  const patient = await newPatient(w.wa)
  const { handle } = patient.keys
  for (const one of [w.b, w.c]) await quiet(one)
  assert.deepEqual([await entriesOf(w.b, handle), await entriesOf(w.c, handle)], [0, 0])
  await write(proAuthor(w.there), handle, 'allergies', { resourceType: 'AllergyIntolerance' })
  for (const one of [w.b, w.c]) await quiet(one)
  const all = await entriesOf(w.a, handle)
  assert.deepEqual([await entriesOf(w.b, handle), await entriesOf(w.c, handle)], [all, 0], 'from its beginning')
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  for (const one of [w.b, w.c]) await quiet(one)
  assert.deepEqual([await entriesOf(w.b, handle), await entriesOf(w.c, handle)], [all + 1, all + 1])
  assert.equal(await count(w.c, 'SELECT count(*) AS n FROM content WHERE chain = ?', handle), 1)
  await setCircle(patient.link, patient.keys, [])
  await sync(patient)
  await write(proAuthor(w.there), handle, 'problems', { resourceType: 'Condition' })
  for (const one of [w.b, w.c]) await quiet(one)
  assert.equal(await entriesOf(w.c, handle), all + 1, 'nothing after it was taken out')
  assert.equal(await entriesOf(w.b, handle), await entriesOf(w.a, handle))
  await w.close()
})

test('N24 what is taken back counts at B before anything older comes, also when the device brings it there itself', async () => {
  const w = await three()
  const one = await given(w)
  await quiet(w.b)
  const here = await at(w.wb, w.doctor)
  await readAll(here, one.grant, one.handle)
  // B has not asked A since: the phone tells B itself.
  await takeBack(one.patient, one.grant)
  const revoked = await w.a.node.sources.tx((s) =>
    s.get<{ token: string }>("SELECT token FROM statement WHERE type = 'GrantRevoked'"),
  )
  const statement = revoked?.token ?? ''
  const atB = await linkTo(w.wb)
  await atB.call(replicaEndpoints.stop, { input: { statement } })
  await assert.rejects(readAll(here, one.grant, one.handle), refusedWith('grant-revoked'))
  const again = await w.b.reopen()
  await assert.rejects(
    readAll(await at(world(again, w.clock), w.doctor), one.grant, one.handle),
    refusedWith('grant-revoked'),
  )
  // From the home it comes in its place.
  const { held } = await again.node.replica.pull()
  assert.deepEqual(held, {})
  assert.equal(await count(again, "SELECT count(*) AS n FROM statement WHERE type = 'GrantRevoked'"), 1)
  await again.node.close()
  await w.a.node.close()
  await w.c.node.close()
})

test('N24 an erasure at home erases every copy, leaves the mirrors nothing to bring back, and waits for nobody who has it', async () => {
  const w = await three()
  const { patient, handle } = await given(w)
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  for (const one of [w.b, w.c]) await quiet(one)
  await erase(patient)
  assert.equal(await count(w.a, 'SELECT count(*) AS n FROM departed'), 1, 'until both have been told')
  // A page that is asked for ahead says nothing of the one before: its taker may be killed before it has adopted that.
  for (const one of [w.b, w.c]) {
    const sign = createNodeSigner(await readFounded(one.dir), w.wb)
    const url = `${w.a.url}/replica/entries?after=${w.a.node.journal.log.size()}&only=next`
    const ahead = await w.a.fetch(url, { headers: await sign({ method: 'GET', url, to: w.a.origin }) })
    assert.equal(ahead.status, 200)
  }
  assert.equal(await count(w.a, 'SELECT count(*) AS n FROM departed'), 1, 'asked ahead')
  for (const one of [w.b, w.c]) {
    await quiet(one)
    for (const table of ['statement', 'packet', 'content', 'adopted', 'stop'])
      assert.equal(await count(one, `SELECT count(*) AS n FROM ${table} WHERE chain = ?`, handle), 0, table)
    assert.equal(await one.node.sources.tx((s) => homeOf(s, handle)), undefined)
  }
  for (const one of [w.b, w.c]) await quiet(one)
  assert.equal(await count(w.a, 'SELECT count(*) AS n FROM departed'), 0)
  assert.equal(await count(w.a, 'SELECT count(*) AS n FROM owed'), 0)
  await w.close()
})

test('N23 days offline, keys and credentials changed meanwhile: B comes after, and its views are made again row for row', async () => {
  const w = await three()
  const { handle } = await given(w)
  const { desk } = await deskOf(w.wb, 'cabinet-lilas')
  w.advance(10 * 86_400_000)
  const later = await linkTo(w.wb, desk.signer, desk.org)
  const credential = await w.b.node.views.tx((v) => v.get<{ id: string }>('SELECT id FROM credential'))
  await revokeCredential(later, desk, w.doctor.keys.handle, credential?.id as never)
  await quiet(w.b)
  assert.equal(await entriesOf(w.b, handle), await entriesOf(w.a, handle))
  const dump = () =>
    w.b.node.views.tx(async (v) => ({
      record: await v.all('SELECT * FROM record ORDER BY record, version'),
      grants: await v.all('SELECT * FROM grant_given ORDER BY id').catch(() => []),
      keyring: await v.all('SELECT * FROM keyring ORDER BY handle'),
    }))
  const before = await dump()
  await w.b.node.views.tx(clearViews)
  await w.b.node.journal.catchUp()
  assert.deepEqual(await dump(), before)
  await w.close()
})

test('N21 a node is known by its key on the ledger, for this log, once; what is asked must be what was signed', async () => {
  const w = await three()
  const path = `${w.a.url}/replica/entries`
  assert.equal((await w.a.fetch(path, {})).status, 401)
  const sign = createNodeSigner(await readFounded(w.b.dir), w.wb)
  const good = await sign({ method: 'GET', url: path, to: w.a.origin })
  const ask = (url: string, headers: Record<string, string>) => w.a.fetch(url, { headers }).then((one) => one.status)
  assert.equal(await ask(path, good), 200)
  assert.equal(await ask(path, good), 401, 'twice')
  const other = await sign({ method: 'GET', url: path, to: w.a.origin })
  assert.equal(await ask(`${path}?after=1`, other), 401, 'another question')
  assert.equal(await ask(path, await sign({ method: 'GET', url: path, to: w.c.origin })), 401, 'for another node')
  assert.equal((await w.c.fetch(`${w.c.url}/replica/entries`, { headers: other })).status, 401, 'passed on')
  w.advance(61_000)
  assert.equal(await ask(path, other), 401, 'late')
  const forged = createNodeSigner({ ...(await readFounded(w.b.dir)), operator: 'hopital-nord-node' }, w.wb)
  assert.equal(await ask(path, await forged({ method: 'GET', url: path, to: w.a.origin })), 401, 'another’s name')
  const own = createNodeSigner(await readFounded(w.a.dir), w.wa)
  assert.equal(await ask(path, await own({ method: 'GET', url: path, to: w.a.origin })), 401, 'itself')
  const body = utf8('{"statement":"x"}')
  const url = `${w.a.url}/replica/stop`
  const signed = await sign({ method: 'POST', url, to: w.a.origin, body })
  const changed = await w.a.fetch(url, { method: 'POST', headers: signed, body: '{"statement":"y"}' })
  assert.equal(changed.status, 401, 'another body')
  await w.close()
})
