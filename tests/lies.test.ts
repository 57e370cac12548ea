/** R11 A node that writes into a person's chain what its rules forbid: no device obeys. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { personThumbprint } from '@salus/crypto/keys'
import { issueCredential } from '@salus/directory/device/desk'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { composeSlices } from '@salus/node-app/compose'
import { startNode } from '@salus/node-app/testing'
import { makers } from '@salus/records/device/chain'
import { unopened } from '@salus/records/device/export'
import { emptyBook, type OwnRecordBook } from '@salus/records/device/own'
import { approve, hide, openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { listGranted, read } from '@salus/records/device/reader'
import { adding } from './craft.ts'
import { deskAuthor, deskOf, enrolled, linkTo, newPatient, newPro, proAuthor, request, world, write } from './people.ts'

const { clock } = manualClock()
const at = await startNode({ clock })
const w = world(at, clock)
after(() => at.node.close())
const [thief, doctor] = [await newPro(w), await newPro(w, 'nurse')]
const desk = await deskAuthor(w)
const now = () => seconds(clock())

/** A patient's device on a node that appends `extra` to the chain and then stands by it. */
async function lied(patient: PatientDevice, extra: string): Promise<PatientDevice & { sent: string[] }> {
  let told: { after: number; page: object } | undefined
  const sent: string[] = []
  const fetch: typeof at.fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    if (pathname === '/statements') sent.push(String(init.body))
    const response = await at.fetch(url, init)
    if (pathname !== '/chain') return response
    if (told && Number(searchParams.get('after')) >= told.after) return Response.json({ ...told.page, entries: [] })
    const page = (await response.json()) as Parameters<typeof adding>[1] & { head: number }
    const last = page.entries.at(-1)
    if (!last) return Response.json(page)
    told = { after: last.number + 1, page: await adding(at, page, extra) }
    return Response.json(told.page)
  }
  const link = await linkTo({ ...w, at: { ...at, fetch } }, await signerOf(patient.keys.device), patient.keys.handle)
  return { ...patient, link, book: emptyBook(), sent }
}

const folded = async (patient: PatientDevice, extra: string): Promise<OwnRecordBook | string> => {
  const device = await lied(patient, extra)
  return sync(device).then(
    () => device.book,
    (error: { code: string }) => error.code,
  )
}

/** A patient with a hidden record, and what each statement of the thief would look like. */
async function victim() {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const { record } = await write(desk, handle, 'social', { n: 1 })
  await sync(patient)
  await hide(patient, [record])
  await sync(patient)
  const by = (who: typeof thief, type: string, body: object, sub = handle as string, id?: string) =>
    sign(who.link, who.signer, { type, iss: who.keys.handle, sub, body, ...(id ? { id } : {}) } as never)
  return { patient, handle, record, by }
}

test('R11 a statement that its signer may make is followed: the lie below is what is refused, not the craft', async () => {
  const { patient, by } = await victim()
  const asked = {
    ...{ categories: ['social'], records: [], purpose: 'TREAT', until: now() + 600 },
    reader: personThumbprint(thief.keys.person.publicKey),
  }
  const book = await folded(patient, await by(thief, 'AccessRequested', asked))
  assert.ok(typeof book === 'object' && Object.keys(book.requests).length === 1)
})

test('R11 nobody gives, takes back, refuses, unhides or turns keys over in a patient’s name', async () => {
  const { patient, handle, record, by } = await victim()
  const grant = {
    ...{ request: newId(systemRandom), reader: thief.keys.handle, key: personThumbprint(thief.keys.person.publicKey) },
    ...{ categories: ['social'], records: [], except: [], head: 1, standing: true, until: now() + 3_600, policy: 9 },
    packets: [digest('packet')],
  }
  const epoch = Object.values(patient.book.records)[0]?.epoch ?? 2
  const item = { record, version: 1, compartment: 'social', epoch }
  const forged: [string, object][] = [
    ['GrantGiven', grant],
    ['GrantRevoked', { grant: newId(systemRandom), policy: 99 }],
    ['RequestRefused', { request: newId(systemRandom), reason: 'other' }],
    ['RecordsRewrapped', { items: [item], packets: [digest('packet')] }],
    ['EpochOpened', { n: 9, prev: digest('x'), epochs: [], readers: [], packets: [] }],
    ['DevicesChanged', { n: 9, prev: digest('x'), devices: [], packets: [] }],
  ]
  for (const [type, body] of forged) {
    const device = await lied(patient, await by(thief, type, body))
    await assert.rejects(sync(device), { code: 'chain-broken' }, type)
    assert.deepEqual(device.sent, [], 'and nothing was sent by itself')
    const { desk: officer, link } = await deskOf(w)
    const byDesk = await sign(link, officer.signer, { type, iss: officer.org, sub: handle, body } as never)
    assert.equal(await folded(patient, byDesk), 'chain-broken', `${type} by the desk`)
  }
})

test('R11 a statement about somebody else, or a second one under the same id or version, is no entry', async () => {
  const { patient, handle, record, by } = await victim()
  const other = await newPatient(w)
  const reader = personThumbprint(thief.keys.person.publicKey)
  const asked = { categories: ['social'], records: [], purpose: 'TREAT', until: now() + 600, reader }
  assert.equal(await folded(patient, await by(thief, 'AccessRequested', asked, other.keys.handle)), 'chain-broken')
  const id = await request(w, doctor, handle, ['social'])
  await sync(patient)
  assert.equal(await folded(patient, await by(thief, 'AccessRequested', asked, handle, id)), 'chain-broken')
  const again = {
    ...{ record, version: 1, category: 'social', content: digest('content'), keyring: digest('head'), epoch: 2 },
    ...{ key: digest('key'), packets: [digest('packet')] },
  }
  assert.equal(await folded(patient, await by(thief, 'RecordDeposited', again)), 'chain-broken')
})

test('R11 the device’s table of makers is the node’s', () => {
  const kinds = composeSlices(() => true).flatMap((slice) => slice.kinds)
  for (const { type, signers, ownKey } of kinds) {
    const maker = makers[type]
    if (maker === undefined) continue
    const own = signers.includes('patient') || (signers.length === 0 && ownKey !== undefined)
    const other = signers.includes('professional')
    const wanted = {
      own: own && !other,
      desk: signers.includes('desk') && !own && !other,
      other,
      author: other && own,
      staff: other && signers.includes('desk') && !own,
    }
    assert.ok(wanted[maker], `${type}: ${maker}`)
  }
  const apart = ['TeamChanged', 'CredentialIssued', 'CredentialRevoked', 'PersonErased', 'KeptOpened']
  const unknown = kinds.map((one) => one.type).filter((type) => makers[type] === undefined)
  assert.deepEqual(unknown.sort(), apart.sort(), 'kinds that no patient’s chain holds')
})

test('R1 a document by somebody whom no desk has vouched for does not prove its author', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const nobody = await enrolled(w)
  // A node without its own rule: the same statement is let in by a credential that is there for a moment only.
  const { desk: officer, link } = await deskOf(w)
  const until = now() + 86_400
  await issueCredential(link, officer, { handle: nobody.keys.handle, profession: 'physician', name: 'Dr', until })
  await write(proAuthor(nobody), handle, 'results', { n: 1 })
  const found = async () => {
    await sync(patient)
    const all = []
    for await (const one of openOwn(patient)) all.push(one)
    return all.length
  }
  assert.equal(await found(), 1)
  const real = patient.link.call
  const hiding = async (endpoint: { name: string }, input: never) => {
    const answer = await real(endpoint as never, input)
    return endpoint.name === 'directory.keyring' ? { ...(answer as object), credentials: [] } : answer
  }
  Object.assign(patient.link, { call: hiding })
  assert.equal(await found(), 0, 'without a desk’s signature the key is nobody’s')
  assert.equal(unopened(patient.book).length, 1, 'and that is said')
  Object.assign(patient.link, { call: real })
  assert.equal(await found(), 1, 'what a node said once does not last')
  assert.equal(unopened(patient.book).length, 0)
})

test('R9 what the node has lost is listed as not opened, and opens again when a good copy is back', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  for (const n of [1, 2, 3]) await write(desk, handle, 'results', { n })
  await sync(patient)
  const opened = async () => {
    let count = 0
    for await (const _ of openOwn(patient)) count++
    return count
  }
  const { content } = Object.values(patient.book.records)[0] as { content: string }
  const [row] = await at.node.sources.tx((s) =>
    s.all<{ jwe: string }>('SELECT jwe FROM content WHERE chain = ? AND digest = ?', handle, content),
  )
  const put = (jwe: string) =>
    at.node.sources.tx((s) => s.run('UPDATE content SET jwe = ? WHERE chain = ? AND digest = ?', jwe, handle, content))
  await put(`${row?.jwe.slice(0, -8)}AAAAAAAA`)
  assert.equal(await opened(), 2)
  assert.equal(unopened(patient.book).length, 1)
  const { grant } = await approve(patient, await request(w, doctor, handle, ['results']), {})
  await put(row?.jwe ?? '')
  assert.equal(await opened(), 3)
  assert.equal(unopened(patient.book).length, 0)
  const given = []
  const rows = await listGranted(doctor.link, grant)
  const about = { id: grant, patient: handle }
  for await (const page of read(doctor.link, await doctor.reader(), about, rows)) given.push(...page.records)
  assert.equal(given.length, 3, 'what was given meanwhile has it too')
})

test('R7 a reader checks the receipt of the own read, and the bytes it was given', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  for (const n of [1, 2]) await write(desk, handle, 'results', { n })
  const { grant } = await approve(patient, await request(w, doctor, handle, ['results']), {})
  const rows = await listGranted(doctor.link, grant)
  const reading = async (change: (answer: { receipt: object; records: { content: string }[] }) => object) => {
    const call = async (endpoint: { name: string }, input: never) => {
      const answer = await doctor.link.call(endpoint as never, input)
      return endpoint.name === 'records.read' ? change(answer as never) : answer
    }
    const link = { ...doctor.link, call: call as never }
    const pages = []
    for await (const page of read(link, await doctor.reader(), { id: grant, patient: handle }, rows)) pages.push(page)
    return pages[0]
  }
  const other = (await doctor.link.call(directoryEndpoints.me)).receipt
  await assert.rejects(
    reading((one) => ({ ...one, receipt: other })),
    { code: 'proof-invalid' },
  )
  const swapped = await reading((one) => ({ ...one, records: one.records.toReversed() }))
  assert.deepEqual([swapped?.records.length, swapped?.refused.length], [0, 2])
  const exchanged = await reading(({ records: [a, b], ...one }) => ({
    ...{
      ...one,
      records: [
        { ...a, content: b?.content },
        { ...b, content: a?.content },
      ],
    },
  }))
  assert.deepEqual([exchanged?.records.length, exchanged?.refused.length], [0, 2])
})
