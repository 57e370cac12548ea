/** A record's home is away: a professional of a third hospital reads what was granted from a copy, and nothing else happens there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { setCircle } from '@salus/directory/device/circle'
import { copiesOf, findHome, isAway } from '@salus/directory/device/elsewhere'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { grantEndpoints } from '@salus/grants/endpoints'
import { replicaEndpoints } from '@salus/journal/replica'
import { readFounded } from '@salus/node-app/found'
import { createNodeSigner } from '@salus/node-app/peers'
import { reachIn, type TestHospital } from '@salus/node-app/testing'
import {
  eachOnce,
  findCopies,
  ofPlace,
  readFirst,
  requestsAtCopies,
  requestsAtHome,
} from '@salus/records/device/copies'
import { approve, sync, takeBack } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { at as deviceAt, entriesOf, quiet, type Three, three, through } from './hospitals.ts'
import {
  deskAuthor,
  deskOf,
  linkTo,
  newPatient,
  newPro,
  type Pro,
  proAuthor,
  readAll,
  request,
  write,
} from './people.ts'

const LIAR = 'hopital-est'
const away = { code: 'hospital-away' }

/** A patient at A with C in the care circle; B's doctor, who has no copy, was given three documents. */
async function granted(w: Three) {
  const patient = await newPatient(w.wa)
  const { handle } = patient.keys
  const desk = await deskAuthor(w.wa)
  for (const category of ['allergies', 'problems', 'problems'])
    await write(desk, handle, category, { resourceType: 'Basic', note: `sample ${category}` })
  await sync(patient)
  const id = await request(w.wa, await through(w), handle, ['allergies', 'problems'])
  const { grant } = await approve(patient, id, { standing: true })
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  await quiet(w.c)
  return { patient, handle, id, grant }
}
type Granted = Awaited<ReturnType<typeof granted>>

/** B, from which A is not reached any more; `reach` instead of the others. */
async function cut(w: Three, reach = reachIn([w.c, ...w.others])) {
  const b = { ...w.b, ...(await w.b.reopen({ reach })) } as TestHospital
  const own = await deviceAt({ ...w.wb, at: b }, w.doctor)
  const closing = async () => {
    for (const one of [w.a, b, w.c, ...w.others]) await one.node.close()
  }
  return { ...w, b, own, close: closing }
}

/** What the doctor's device finds of the grant where copies are kept. */
const foundOf = (w: Three & { own: Pro }, { handle, grant }: Granted) =>
  findCopies(
    w.own.link,
    handle,
    async (origin) => (origin === w.b.origin ? w.own : through(w, origin)),
    async ({ link }) => ({ records: await listGranted(link, grant) }),
  )
const copyOf = async (w: Three & { own: Pro }, g: Granted) => (await foundOf(w, g))[0]

const textsOf = async (pro: Pro, { grant, handle }: Granted) =>
  (await readAll(pro, grant, handle)).map(({ fhir }) => fhir).sort()

test('N37 the home is away: all that was granted is read from the copy through the own hospital, and the read comes home', async () => {
  const before = await three([LIAR])
  const g = await granted(before)
  const whole = await textsOf(await through(before), g)
  assert.equal(whole.length, 3)
  await before.a.node.close()
  const w = await cut(before)
  await assert.rejects(through(w), away)
  assert.deepEqual(await copiesOf(w.own.link, g.handle), [w.c.origin])
  const found = await copyOf(w, g)
  assert.equal(found?.copy, w.c.origin)
  assert.deepEqual(await textsOf(found.who, g), whole)
  assert.equal(await entriesOf(w.b, g.handle), 0, 'the own hospital keeps nothing')
  const a = { ...w.a, ...(await w.a.reopen({ closed: true })) } as TestHospital
  assert.equal((await a.node.replica.pull()).adopted, 1)
  const link = await linkTo({ ...w.wa, at: a }, await signerOf(g.patient.keys.device), g.handle)
  const patient = { ...g.patient, link }
  await sync(patient)
  const reads = patient.book.log.filter(({ type, who }) => type === 'RecordRead' && who === w.doctor.keys.handle)
  assert.deepEqual(
    reads.map(({ count }) => count),
    [3, 3],
    'the patient sees both',
  )
  await a.node.close()
  for (const one of [w.b, w.c, ...w.others]) await one.node.close()
})

test('N37 nothing but reads is taken at a copy; that the home is away is said', async () => {
  const before = await three()
  const g = await granted(before)
  const w = await cut(before)
  const error = await findHome(w.own.link, g.handle, async (origin) =>
    findKeyring((await through(w, origin)).link, g.handle),
  ).catch((one) => one)
  assert.equal(error.code, 'home-away')
  assert.ok(isAway(error))
  const there = await through(w, w.c.origin)
  await assert.rejects(request(w.wb, there, g.handle, ['problems']), { code: 'home-elsewhere' })
  await assert.rejects(write(proAuthor(there), g.handle, 'problems', { resourceType: 'Condition' }), {
    code: 'home-elsewhere',
  })
  const list = async (origin: string) => (await (await through(w, origin)).link.call(grantEndpoints.requests)).requests
  const { found, missing } = await requestsAtCopies(w.own.link, [g.handle], list)
  assert.deepEqual([found.map(({ id, grant }) => [id, grant?.id]), missing], [[[g.id, g.grant]], []])
  await w.close()
})

test('N37 what was taken back is refused where the copy is, by name, also when the patient’s phone told it there', async () => {
  const before = await three()
  const g = await granted(before)
  await takeBack(g.patient, g.grant)
  const revoked = await before.a.node.sources.tx((s) =>
    s.get<{ token: string }>("SELECT token FROM statement WHERE type = 'GrantRevoked'"),
  )
  const w = await cut(before)
  assert.equal((await copyOf(w, g))?.records.length, 3, 'nobody told it yet')
  const atC = await linkTo(w.wc)
  await atC.call(replicaEndpoints.stop, { input: { statement: revoked?.token ?? '' } })
  await assert.rejects(copyOf(w, g), { code: 'grant-revoked' })
  await assert.rejects(readAll(await through(w, w.c.origin), g.grant, g.handle), { code: 'grant-revoked' })
  await w.close()
})

test('N37 who claims a copy without having it is passed over, whatever it answers', async () => {
  const before = await three([LIAR])
  const g = await granted(before)
  const [liar] = before.others as [TestHospital]
  const real = reachIn([before.c, liar])
  let says: ((url: string) => Response | undefined) | undefined
  const w = await cut(before, async (url, init) => {
    if (url === `${liar.url}/replica/home`)
      return Response.json({ origins: [], copies: [liar.origin, before.c.origin], silent: 0 })
    return (url.startsWith(liar.url) ? says?.(url) : undefined) ?? real(url, init)
  })
  assert.deepEqual((await copiesOf(w.own.link, g.handle)).sort(), [w.c.origin, liar.origin].sort())
  for (const answer of [undefined, () => new Response('<p>200</p>'), () => Response.json({ challenge: 7 })]) {
    says = answer
    assert.equal((await copyOf(w, g))?.copy, w.c.origin)
  }
  // A name that the roots do not have is not asked at all, whoever says it.
  const { link } = w.own
  const call = (async (...asked: Parameters<typeof link.call>) => {
    const answer = (await link.call(...asked)) as { copies?: string[] }
    return asked[0].name === 'replica.home' ? { ...answer, copies: ['journal.inconnu.example'] } : answer
  }) as typeof link.call
  assert.deepEqual(await copiesOf({ ...link, call }, g.handle), [])
  await w.close()
})

test('N37 of several copies the one that shows most is read: one that is behind, or was left, keeps nothing back', async () => {
  const before = await three([LIAR])
  const g = await granted(before)
  const [fuller] = before.others as [TestHospital]
  await setCircle(g.patient.link, g.patient.keys, ['hopital-est'] as never)
  await write(await deskAuthor(before.wa), g.handle, 'problems', { resourceType: 'Basic', note: 'newer' })
  for (const one of [before.c, fuller]) await quiet(one)
  const w = await cut(before)
  assert.deepEqual((await copiesOf(w.own.link, g.handle)).sort(), [fuller.origin, w.c.origin].sort())
  const found = await copyOf(w, g)
  assert.deepEqual([found?.copy, found?.records.length], [fuller.origin, 4])
  assert.equal((await textsOf(found?.who as Pro, g)).length, 4)
  await w.close()
})

test('N37 that a patient is known here is told only to a hospital whose people were given something, until that ends', async () => {
  const w = await three([LIAR])
  const patient = await newPatient(w.wa)
  const { handle } = patient.keys
  await write(await deskAuthor(w.wa), handle, 'allergies', { resourceType: 'AllergyIntolerance' })
  await setCircle(patient.link, patient.keys, ['hopital-nord'] as never)
  await sync(patient)
  const [other] = w.others as [TestHospital]
  const asked = async (by: TestHospital) => {
    await quiet(w.c)
    const sign = createNodeSigner(await readFounded(by.dir), w.wb)
    const [url, body] = [`${w.c.url}/replica/home`, utf8(JSON.stringify({ chain: handle }))]
    const signed = await sign({ method: 'POST', url, to: w.c.origin, body })
    const headers = { ...signed, 'content-type': 'application/json' }
    return (await w.c.fetch(url, { method: 'POST', headers, body })).json()
  }
  const nothing = { origins: [], copies: [], silent: 0 }
  const told = { ...nothing, copies: [w.c.origin] }
  assert.deepEqual(await asked(w.b), nothing)
  const id = await request(w.wa, await through(w), handle, ['allergies'], { hours: 1 })
  assert.deepEqual(await asked(w.b), nothing, 'asked is not given')
  await approve(patient, id, {})
  assert.deepEqual([await asked(w.b), await asked(other)], [told, nothing])
  w.advance(3_601_000)
  assert.deepEqual(await asked(w.b), nothing, 'over')
  await w.close()
})

test('N37 an own hospital that is behind hears of the other copies: a grant that one knows to be taken back is not read here', async () => {
  const before = await three()
  const g = await granted(before)
  await setCircle(g.patient.link, g.patient.keys, ['hopital-nord', 'cabinet-lilas'] as never)
  for (const one of [before.b, before.c]) await quiet(one)
  await takeBack(g.patient, g.grant)
  await quiet(before.c)
  const real = reachIn([before.c])
  const asked: string[] = []
  const w = await cut(before, (url, init) => {
    if (url.endsWith('/replica/home')) asked.push(url)
    return real(url, init)
  })
  const plain = await w.own.link.call(replicaEndpoints.home, { input: { chain: g.handle } })
  assert.deepEqual([plain, asked], [{ origins: [w.a.origin], copies: [w.b.origin], silent: 0 }, []], 'asks nobody')
  assert.deepEqual(await copiesOf(w.own.link, g.handle), [w.b.origin, w.c.origin])
  assert.equal((await listGranted(w.own.link, g.grant)).length, 3, 'here it is not known yet')
  await assert.rejects(foundOf(w, g), { code: 'grant-revoked' })
  await w.close()
})

test('N37 an own hospital whose copy lacks the newest does not keep back what another one has', async () => {
  const before = await three()
  const g = await granted(before)
  await setCircle(g.patient.link, g.patient.keys, ['hopital-nord', 'cabinet-lilas'] as never)
  for (const one of [before.b, before.c]) await quiet(one)
  await write(await deskAuthor(before.wa), g.handle, 'problems', { resourceType: 'Basic', note: 'newer' })
  await quiet(before.c)
  const w = await cut(before)
  const shown = (await foundOf(w, g)).map(({ copy, records }) => [copy, records.length])
  assert.deepEqual(shown, [
    [w.c.origin, 4],
    [w.b.origin, 3],
  ])
  await w.close()
})

test('N37 people of another hospital hear by a session here what their node would, and of a copy only who was given something', async () => {
  const w = await three()
  const g = await granted(w)
  const colleague = await newPro(w.wb, 'physician', 'cabinet-lilas')
  const unknown = (await newPatient(w.wa)).keys.handle
  for (const one of [w.a, w.c]) await quiet(one)
  const heard = async ({ link }: Pick<Pro, 'link'>, chain = g.handle) =>
    link.call(replicaEndpoints.home, { input: { chain, copies: true } })
  const nothing = { origins: [], copies: [], silent: 0 }
  assert.deepEqual(await heard(await through({ ...w, doctor: colleague }, w.c.origin)), nothing)
  const { desk } = await deskOf(w.wb, 'cabinet-lilas')
  assert.deepEqual(await heard({ link: await linkTo(w.wc, desk.signer, desk.org) }), nothing, 'nor the desk')
  const doctor = await through(w, w.c.origin)
  assert.deepEqual(await heard(doctor), { ...nothing, copies: [w.c.origin] })
  assert.deepEqual(await heard(doctor, unknown), nothing, 'nobody is asked for them')
  assert.deepEqual(await heard(await through(w), unknown), { ...nothing, origins: [w.a.origin] })
  const own = await deskOf(w.wc, 'hopital-nord')
  assert.deepEqual(await heard(own, unknown), { ...nothing, origins: [w.a.origin] }, 'own people are')
  await w.close()
})

test('N37 a copy that lists rows twice and then cannot be read ends nothing: the next one is read', async () => {
  const before = await three([LIAR])
  const g = await granted(before)
  const [liar] = before.others as [TestHospital]
  await setCircle(g.patient.link, g.patient.keys, ['hopital-nord', 'hopital-est'] as never)
  await quiet(liar)
  await write(await deskAuthor(before.wa), g.handle, 'problems', { resourceType: 'Basic', note: 'newer' })
  await quiet(before.c)
  const real = reachIn([before.c, liar])
  let invented: object[] = [{ version: 98 }, { version: 99 }]
  let refused = 0
  const w = await cut(before, async (url, init) => {
    const isLiars = url.startsWith(liar.url)
    if (isLiars && init.method === 'POST' && url.endsWith('/reads')) {
      refused++
      return Response.json({ code: 'journal-closed' }, { status: 503 })
    }
    const answer = await real(url, init)
    if (!isLiars || !url.includes(g.grant)) return answer
    const shown = (await answer.json()) as { records: object[] }
    const [first, ...others] = shown.records
    return Response.json({ ...shown, records: [first, ...invented.map((one) => ({ ...first, ...one })), ...others] })
  })
  const counted = (all: Awaited<ReturnType<typeof foundOf>>) => all.map(({ copy, records }) => [copy, records.length])
  const found = await foundOf(w, g)
  assert.deepEqual(counted(found), [
    [liar.origin, 5],
    [w.c.origin, 4],
  ])
  const read = await readFirst(found, async ({ copy, who }) => [copy, (await textsOf(who, g)).length])
  assert.deepEqual([read, refused], [[w.c.origin, 4], 1])
  invented = [{}, {}]
  assert.deepEqual(
    counted(await foundOf(w, g)),
    [
      [w.c.origin, 4],
      [liar.origin, 5],
    ],
    'a row counts once',
  )
  await w.close()
})

/** A link whose own node names these copies. */
const linkOf = (...copies: string[]) =>
  ({
    call: async () => ({ origins: [], copies, silent: 0 }),
    roots: { journals: copies.map((origin) => ({ origin })) },
  }) as never

test('N37 whatever fails at one copy is passed over while another answers; what was taken away ends the search', async () => {
  const fails = (error: Error) => async () => {
    throw error
  }
  const tried = (...reads: (() => Promise<string>)[]) => readFirst(reads, (one) => one())
  const [fault, closed] = [new TypeError('sample'), new AppError('journal-closed')]
  assert.equal(await tried(fails(fault), fails(closed), async () => 'third'), 'third')
  await assert.rejects(
    tried(fails(new AppError('grant-revoked')), async () => 'second'),
    { code: 'grant-revoked' },
  )
  await assert.rejects(tried(fails(closed), fails(fault)), closed)
  await assert.rejects(tried(), { code: 'home-away' })
  const asked = (list: (origin: string) => Promise<never[]>) =>
    requestsAtCopies(linkOf('bad', 'good'), ['p'] as never, list)
  const one = { id: 'r', patient: 'p', status: 'waiting', grant: null } as never
  const half = async (origin: string) => (origin === 'bad' ? fails(fault)() : [one])
  assert.deepEqual(await asked(half), { found: [one], missing: [] })
  await assert.rejects(asked(fails(fault)), fault)
})

test('N37 of requests at copies, a patient of whom no copy shows any is missing', async () => {
  const of = (...list: object[]) => requestsAtCopies(linkOf('c'), ['p1'] as never, async () => list as never[])
  assert.deepEqual((await of()).missing, ['p1'])
  assert.deepEqual((await of({ id: 'x', patient: 'p2', status: 'waiting', grant: null })).missing, ['p1'])
  assert.deepEqual((await of({ id: 'x', patient: 'p1', status: 'waiting', grant: null })).missing, [])
})

test('N37 only a home that is away leads to copies, and a list waits ten seconds at most', async (t) => {
  const one = { id: 'r', patient: 'p', status: 'waiting', grant: null } as never
  const atHome = (home: () => Promise<never[]>, copy = async () => [one]) =>
    requestsAtHome(linkOf('c'), 'home', ['p'] as never, (origin) => (origin === 'home' ? home() : copy()))
  const fails = (error: Error) => () => Promise.reject(error)
  const none = { found: [], missing: true, away: false }
  assert.deepEqual(await atHome(async () => [one]), { found: [one], missing: false, away: false })
  for (const code of ['hospital-away', 'disk-full'])
    assert.deepEqual(await atHome(fails(new AppError(code))), { found: [one], missing: false, away: true }, code)
  assert.deepEqual(await atHome(fails(new AppError('session-invalid'))), none)
  await assert.rejects(atHome(fails(new TypeError('sample'))), TypeError)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const hangs = () => new Promise<never>(() => {})
  const turn = () => new Promise((done) => setImmediate(done))
  const [silent, slow] = [atHome(hangs), atHome(hangs, hangs)]
  for (const ms of [3_000, 7_000]) {
    await turn()
    t.mock.timers.tick(ms)
  }
  assert.deepEqual(await Promise.all([silent, slow]), [
    { found: [one], missing: false, away: true },
    { ...none, away: true },
  ])
})

test('N37 a hospital tells nothing of a request that was sent to another one', () => {
  const request = (id: string, patient: string, revoked: boolean) => ({
    ...{ id, patient, status: 'granted', grant: { revoked } },
  })
  const mine = request('r', 'p', false)
  assert.deepEqual(eachOnce([mine, request('r', 'other', true)]), [mine])
  assert.deepEqual(eachOnce([mine, request('r', 'p', true)]), [request('r', 'p', true)])
  const said = [request('r', 'p', true), request('r', 'other', true), request('s', 'q', true)]
  const known = ({ id }: { id: string }) => (id === 'r' ? { patient: 'p', home: 'a' } : {})
  assert.deepEqual(ofPlace('a', said, known), [said[0], said[2]])
  assert.deepEqual(ofPlace('c', said, known), [said[2]])
  assert.deepEqual(
    ofPlace('c', said, () => ({ home: null })),
    [],
    'at home here',
  )
})
