/** Rules that only somebody who knows the protocol can break: each is tried by hand, and the device's own checks with a node that lies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { personKeys } from '@salus/crypto/testing'
import { createCall } from '@salus/directory/device/http'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { enrol } from '@salus/directory/device/professional'
import { openSession, sessionHeaders } from '@salus/directory/device/session'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { deviceThumbprint, handleOf } from '@salus/directory/keyring'
import { MAX_UNVOUCHED } from '@salus/directory/slice'
import { give } from '@salus/grants/device'
import { startNode } from '@salus/node-app/testing'
import { whoAsks } from '@salus/records/device/asker'
import { findKeepers } from '@salus/records/device/keepers'
import { approve, erase, openOwn, sync } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { standingReaders } from '@salus/records/device/sync'
import { recordEndpoints } from '@salus/records/endpoints'
import { MAX_OWN_ERASURES } from '@salus/records/slice'
import { outcome } from './craft.ts'
import { startDay } from './day.ts'
import { newKeeper } from './keeper.ts'
import {
  deskAuthor,
  deskOf,
  enrolled,
  intake,
  linkTo,
  newPatient,
  newPro,
  type Pro,
  request,
  world,
  write,
} from './people.ts'

const { clock, advance, at, w, desk, doctor } = await startDay()
const now = () => seconds(clock())

test('R7 a read under one patient’s grant enters nobody else’s chain', async () => {
  const [patient, other] = [await newPatient(w), await newPatient(w)]
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  const { grant } = await approve(patient, await request(w, doctor, patient.keys.handle, ['results']), {})
  const records = (await listGranted(doctor.link, grant)).map(({ record, version }) => ({ record, version }))
  const draft = { type: 'RecordRead', iss: doctor.keys.handle, sub: other.keys.handle, body: { grant, records } }
  const statement = await sign(doctor.link, doctor.signer, draft)
  assert.equal(await outcome(at, [{ statement }]), 'not-granted')
  await sync(other)
  assert.equal(other.book.log.filter((one) => one.type === 'RecordRead').length, 0)
})

test('G3 a grant cites a head that its chain has: one beyond would let later records pass for given', async () => {
  const patient = await newPatient(w)
  const id = await request(w, doctor, patient.keys.handle, ['results'])
  await sync(patient)
  const asked = patient.book.requests[id]
  assert.ok(asked)
  const { reader } = await whoAsks(patient, asked)
  const { keyring } = await findKeyring(patient.link, patient.keys.handle)
  const giving = (head: number) => ({
    ...{ request: asked, reader: reader.keyring, categories: asked.categories, records: [], until: asked.until },
    ...{ standing: false, head, policy: patient.book.policy, held: [] },
  })
  const me = { handle: patient.keys.handle, signer: await signerOf(patient.keys.device), keyring }
  const made = async (head: number) => (await give(patient.link, me, giving(head), [])).items
  const { number } = patient.book.chain
  assert.equal(await outcome(at, await made(number + 1)), 'grant-packet-wrong')
  assert.equal(await outcome(at, await made(number)), 'accepted')
})

test('D45 whoever works for an organisation that left is given nothing by a patient’s device, whatever a node lets through', async () => {
  const [patient, pro] = [await newPatient(w), await newPro(w, 'physician', 'cabinet-lilas')]
  const id = await request(w, pro, patient.keys.handle, ['results'])
  await sync(patient)
  const asked = patient.book.requests[id]
  assert.ok(asked)
  const other = await request(w, pro, patient.keys.handle, ['vitals'])
  await sync(patient)
  await approve(patient, other, { standing: true })
  const keeper = await newKeeper(w, 'cabinet-lilas')
  const stand = async (who: typeof patient) =>
    [await standingReaders(who), await findKeepers(who, ['cabinet-lilas'])].map(({ length }) => length)
  assert.deepEqual(await stand(patient), [1, 1])
  await whoAsks(patient, asked)
  const { roots } = patient.link
  const organisations = roots.organisations.filter(({ org }) => org !== 'cabinet-lilas')
  const gone = roots.organisations.filter((one) => !organisations.includes(one))
  const former = gone.map((one) => ({ ...one, until: now() + 1 }))
  const later = { ...patient, link: { ...patient.link, roots: { ...roots, organisations, former } } }
  const { keyring, credentials } = await findKeyring(later.link, pro.keys.handle)
  assert.deepEqual([keyring.org, credentials.length], ['cabinet-lilas', 1], 'what it signed still verifies')
  await assert.rejects(whoAsks(later, asked), { code: 'credential-missing' })
  await assert.rejects(approve(later, id, {}), { code: 'credential-missing' })
  assert.deepEqual(await stand(later), [0, 0], `no coming epoch is opened to them, nor to ${keeper.keys.org}’s keeper`)
})

test('D8 a newer credential takes the place of the one before, and one word takes it back; its id is given once', async () => {
  const pro = await newPro(w)
  const { desk: officer, link } = await deskOf(w)
  const issue = async (id?: string, by = { officer, link }, to = pro) => {
    const { keyring } = await findKeyring(by.link, to.keys.handle)
    const body = { profession: 'physician', name: 'Dr Sample (sample)', until: now() + 86_400, keyring: keyring.head }
    const draft = { type: 'CredentialIssued', iss: by.officer.org, sub: to.keys.handle, body, ...(id ? { id } : {}) }
    return outcome(at, [{ statement: await sign(by.link, by.officer.signer, draft as never) }])
  }
  assert.equal(await issue(), 'accepted')
  const { credentials } = await findKeyring(link, pro.keys.handle)
  assert.equal(credentials.length, 1, 'the one before is over')
  const lilas = await deskOf(w, 'cabinet-lilas')
  const there = await newPro(w, 'physician', 'cabinet-lilas')
  const taken = await issue(credentials[0]?.id, { officer: lilas.desk, link: lilas.link }, there)
  assert.equal(taken, 'not-allowed')
  const body = { credential: credentials[0]?.id }
  const draft = { type: 'CredentialRevoked', iss: officer.org, sub: pro.keys.handle, body }
  assert.equal(await outcome(at, [{ statement: await sign(link, officer.signer, draft) }]), 'accepted')
  const patient = await newPatient(w)
  await assert.rejects(request(w, pro, patient.keys.handle, ['results']), { code: 'credential-missing' })
})

test('D28 two hundred professionals at most wait at one desk; the desk clears its list, and others go on', async () => {
  const fresh = await startNode({ clock })
  const here = world(fresh, clock)
  const link = await linkTo(here)
  const [person] = await personKeys(1)
  const one = async () => {
    const { publicKey: device, privateKey } = await generateDeviceKey()
    const body = {
      kind: 'professional',
      org: 'saint-roch',
      nonce: newId(systemRandom),
      device,
      name: 'Dr Crowd (sample)',
    }
    const draft = { type: 'KeyringStarted', iss: 'self', body: { ...body, person: person?.publicKey } }
    const statement = await sign(link, { privateKey, kid: deviceThumbprint(device) }, draft)
    return { handle: handleOf(statement, 'saint-roch'), statement }
  }
  const all = await Promise.all(Array.from({ length: MAX_UNVOUCHED }, one))
  const [first] = all
  await fresh.node.journal.accept({ items: all.map(({ statement }) => ({ statement })) })
  assert.equal(await outcome(fresh, [await one()]), 'enrolment-full')
  await enrol(link, { org: 'cabinet-lilas' as never, name: 'Dr Other (sample)' }, async () => {})
  const { desk: officer, link: officeLink } = await deskOf(here)
  const draft = {
    type: 'PersonErased',
    iss: officer.org,
    sub: first?.handle ?? '',
    body: { confirm: 'erase-everything' },
  }
  assert.equal(await outcome(fresh, [{ statement: await sign(officeLink, officer.signer, draft) }]), 'accepted')
  assert.equal(await outcome(fresh, [await one()]), 'accepted')
  await fresh.node.close()
})

test('R8 a desk erases what nobody took over or vouched for, its own only; a vouched author stays', async () => {
  const { desk: officer, link } = await deskOf(w)
  const lilas = await deskOf(w, 'cabinet-lilas')
  const erasing = async (sub: string, by = { officer, link }) => {
    const draft = { type: 'PersonErased', iss: by.officer.org, sub, body: { confirm: 'erase-everything' } }
    return outcome(at, [{ statement: await sign(by.link, by.officer.signer, draft) }])
  }
  const person = await intake(w)
  assert.equal(await erasing(person.handle, { officer: lilas.desk, link: lilas.link }), 'not-allowed')
  assert.equal(await erasing(person.handle), 'accepted')
  await assert.rejects(findKeyring(link, person.handle), { code: 'keyring-unknown' })
  assert.equal(await erasing((await newPatient(w)).keys.handle), 'not-allowed', 'a claimed record is its patient’s')
  assert.equal(await erasing(doctor.keys.handle), 'author-kept')
  const waiting = await enrolled(w)
  assert.equal(await erasing(waiting.keys.handle), 'accepted')
  const self = await enrolled(w)
  const draft = { type: 'PersonErased', iss: self.keys.handle, sub: self.keys.handle }
  const own = await sign(self.link, self.signer, { ...draft, body: { confirm: 'erase-everything' } })
  assert.equal(await outcome(at, [{ statement: own }]), 'accepted')
})

test('R30 newcomers erase themselves twenty times a day at one organisation; the desk may go on, and so may the next day', async () => {
  const { clock, advance } = manualClock()
  const fresh = await startNode({ clock })
  const here = world(fresh, clock)
  const { desk: officer, link } = await deskOf(here)
  const found = (org?: string) => enrolled(here, org)
  const erasing = async ({ keys, signer, link }: Pro) => {
    const draft = { type: 'PersonErased', iss: keys.handle, sub: keys.handle, body: { confirm: 'erase-everything' } }
    return outcome(fresh, [{ statement: await sign(link, signer, draft) }])
  }
  for (let i = 0; i < MAX_OWN_ERASURES; i++) assert.equal(await erasing(await found()), 'accepted')
  const next = await found()
  const size = fresh.node.journal.log.size()
  assert.equal(await erasing(next), 'erasures-full')
  assert.equal(fresh.node.journal.log.size(), size, 'nothing stays of it')
  await findKeyring(link, next.keys.handle)
  assert.equal(await erasing(await found('cabinet-lilas')), 'accepted', 'each organisation for itself')
  const draft = { type: 'PersonErased', iss: officer.org, sub: next.keys.handle, body: { confirm: 'erase-everything' } }
  assert.equal(await outcome(fresh, [{ statement: await sign(link, officer.signer, draft) }]), 'accepted')
  await erase(await newPatient(here))
  const last = await found()
  assert.equal(await erasing(last), 'erasures-full')
  advance(86_400_000)
  assert.equal(await erasing(last), 'accepted')
  await fresh.node.close()
})

test('R9 a node that hands out another packet, or other bytes, is not taken for the author’s doing', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  for (const n of [1, 2]) await write(desk, handle, 'results', { n })
  let lie: 'packets' | 'contents' | undefined = 'packets'
  const call = async (endpoint: { name: string }, input: never) => {
    const answer = (await patient.link.call(endpoint as never, input)) as never as Record<string, { packet: string }[]>
    if (lie === 'packets' && endpoint.name === recordEndpoints.own.name) {
      const { records = [] } = answer
      return { records: records.map((one, i) => ({ ...one, packet: records[(i + 1) % records.length]?.packet })) }
    }
    if (lie === 'contents' && endpoint.name === recordEndpoints.contents.name) {
      const { contents = [] } = answer
      return {
        contents: contents
          .toReversed()
          .map((one, i) => ({ ...contents[i], content: (one as never as { content: string }).content })),
      }
    }
    return answer
  }
  const device = { ...patient, link: { ...patient.link, call: call as never } }
  await sync(device)
  const all = () => Object.values(device.book.records)
  assert.ok(
    all().every((one) => one.key === undefined && !one.broken),
    'asked for again, not blamed on the author',
  )
  lie = undefined
  await sync(device)
  assert.ok(all().every((one) => one.key !== undefined && !one.broken))
  lie = 'contents'
  const reading = async () => {
    for await (const _ of openOwn(device)) assert.fail('opened')
  }
  await assert.rejects(reading(), { code: 'document-invalid' })
  assert.ok(all().every((one) => !one.broken))
})

test('D16 a stream of events ends with its session', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const plain = createCall({ fetch: at.fetch, base: 'http://node.test', clock, random: systemRandom })
  const session = await openSession(plain, await signerOf(patient.keys.device), handle, at.origin)
  const headers = await sessionHeaders(session, { method: 'GET', path: '/events' }, w)
  const stream = (await at.fetch('http://node.test/events', { headers })).body?.getReader()
  assert.ok(stream)
  const next = async () => {
    const { value, done } = await stream.read()
    return done ? 'over' : new TextDecoder().decode(value).split('\n')[0]
  }
  assert.equal(await next(), 'event: alive')
  await write(desk, handle, 'results', { n: 1 })
  assert.equal(await next(), 'event: RecordDeposited')
  advance(13 * 3_600_000)
  await write(await deskAuthor(w), handle, 'results', { n: 2 })
  assert.equal(await next(), 'over')
})

test('D13 ids that mean nothing are refused by form before anything is looked up', async () => {
  const link = await linkTo(w, doctor.signer, doctor.keys.handle)
  for (const handle of ['', 'short', `${doctor.keys.handle}0`, '../../etc/passwd', newId(systemRandom), digest('x')]) {
    await assert.rejects(link.call(directoryEndpoints.keyring, { input: { handle } }), { code: 'schema-mismatch' })
  }
})
