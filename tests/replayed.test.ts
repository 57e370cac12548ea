/** R31 A node that puts into a chain what stands there already, or what its rules would refuse: nothing that was taken back comes back. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { seconds, systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { manualClock } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, personThumbprint } from '@salus/crypto/keys'
import { signerOf } from '@salus/directory/device/patient'
import { deviceThumbprint } from '@salus/directory/keyring'
import { signStatement } from '@salus/journal/statement'
import { startNode } from '@salus/node-app/testing'
import { createChainCheck } from '@salus/records/device/chain'
import { emptyBook, type OwnRecordBook, standingGrants } from '@salus/records/device/own'
import { approve, hide, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { adding, byPatient } from './craft.ts'
import { deskAuthor, linkTo, newPatient, newPro, request, world, write } from './people.ts'

const { clock, advance } = manualClock()
const at = await startNode({ clock })
const w = world(at, clock)
after(() => at.node.close())
const doctor = await newPro(w)
const desk = await deskAuthor(w)
const now = () => seconds(clock())

type Row = { number: number; salt: Uint8Array; previous: Uint8Array; token: string }
const chainOf = ({ keys }: PatientDevice): Promise<Row[]> =>
  at.node.sources.tx((s) =>
    s.all<Row>('SELECT number, salt, previous, token FROM statement WHERE chain = ? ORDER BY number', keys.handle),
  )

/** A device of the patient's with `book`, on a node that puts `extra` behind the chain; tells what it says of that. */
async function told(patient: PatientDevice, book: OwnRecordBook, extra: string): Promise<string> {
  const entries = (await chainOf(patient)).map(({ number, salt, previous, token }) => ({
    ...{ number, salt: base64url(salt), previous: base64url(previous), index: number, at: 0, statement: token },
  }))
  const page = await adding(at, { entries: entries.slice(-1) }, extra)
  const { entries: [, lie] = [], head } = page as { entries: object[]; head: number }
  const fetch: typeof at.fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const response = await at.fetch(url, init)
    if (pathname !== '/chain') return response
    const honest = (await response.json()) as { entries: object[] }
    if (Number(searchParams.get('after')) >= head) return Response.json({ ...page, entries: [] })
    return Response.json({ ...page, entries: [...honest.entries, lie] })
  }
  const link = await linkTo({ ...w, at: { ...at, fetch } }, await signerOf(patient.keys.device), patient.keys.handle)
  return sync({ ...patient, link, book }).then(
    () => 'followed',
    (error: { code: string }) => error.code,
  )
}

/** A device that has followed to the end. What proves a rollback is another test's (J23). */
function kept({ book }: PatientDevice): OwnRecordBook {
  const { checkpoint: _, ...rest } = structuredClone(book)
  return rest
}

/** Much was given, hidden and taken back. */
async function story() {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const { record } = await write(desk, handle, 'social', { n: 1 })
  await sync(patient)
  const standing = await approve(patient, await request(w, doctor, handle, ['results']), { standing: true })
  await takeBack(patient, standing.grant)
  await hide(patient, [record])
  await sync(patient)
  return { patient, handle, grant: standing.grant }
}

test('R31 a statement that stands in the chain is no entry again, for a new device and for one that was there', async () => {
  const { patient, grant } = await story()
  const chain = await chainOf(patient)
  assert.ok(chain.length > 8)
  const old = kept(patient)
  delete old.seen
  for (const { token } of chain) {
    for (const book of [emptyBook(), kept(patient), structuredClone(old)]) {
      const before = structuredClone(book)
      assert.equal(await told(patient, book, token), 'chain-broken')
      assert.deepEqual(book, before, 'and the book is as it was')
    }
  }
  assert.deepEqual(standingGrants(patient.book, now()), [])
  assert.ok(patient.book.grants[grant]?.revokedAt)
})

test('R31 a book from before names were kept learns them from the chain, and goes on', async () => {
  const { patient, handle } = await story()
  const names = patient.book.seen
  delete patient.book.seen
  await write(desk, handle, 'results', { n: 2 })
  await sync(patient)
  const { seen = [] } = patient.book as OwnRecordBook
  assert.equal(seen.length, (names?.length ?? 0) + 1)
  assert.deepEqual(seen.slice(0, names?.length), names)
})

test('R31 what the person signed once and the node did not take is no entry later: heads count one by one', async () => {
  const { patient, handle } = await story()
  const open = await approve(patient, await request(w, doctor, handle, ['results']), { standing: true })
  await sync(patient)
  const { policy, keyring } = patient.book
  const key = personThumbprint(doctor.keys.person.publicKey)
  const asked = await request(w, doctor, handle, ['results'])
  await sync(patient)
  const grant = {
    ...{ request: asked, reader: doctor.keys.handle, key, categories: ['results'], records: [], except: [], head: 1 },
    ...{ standing: true, until: now() + 600, packets: [digest('packet')] },
  }
  const choice = { categories: ['allergies'], keepers: [], packets: [] }
  const epoch = { epochs: [], readers: [], packets: [digest('own')] }
  const late: [string, object][] = [
    ['GrantGiven', { ...grant, policy }],
    ['GrantGiven', { ...grant, policy: policy + 2 }],
    ['GrantGiven', { ...grant, policy: policy + 1, request: newId(systemRandom) }],
    ['GrantGiven', { ...grant, policy: policy + 1, categories: ['results', 'social'] }],
    ['GrantGiven', { ...grant, policy: policy + 1, until: now() + 86_400 * 3_650 }],
    ['GrantRevoked', { grant: newId(systemRandom), policy: policy + 1 }],
    ['GrantRevoked', { grant: open.grant, policy }],
    ['EmergencyChosen', { ...choice, policy }],
    ['BreakGlassEnded', { glass: newId(systemRandom), policy }],
    ['EpochOpened', { ...epoch, n: (keyring?.n ?? 0) + 1, prev: digest('another') }],
    ['EpochOpened', { ...epoch, n: keyring?.n, prev: keyring?.head }],
  ]
  for (const [type, body] of late) {
    const { statement } = await byPatient(patient, type, body)
    for (const book of [emptyBook(), kept(patient)]) {
      const before = structuredClone(book)
      assert.equal(await told(patient, book, statement), 'chain-broken', type)
      assert.deepEqual(book, before, 'what came before the lie is not half taken in')
    }
  }
  const good = await byPatient(patient, 'GrantGiven', { ...grant, policy: policy + 1 })
  assert.notEqual(
    await told(patient, kept(patient), good.statement),
    'chain-broken',
    'the lie is refused, not the craft',
  )
})

test('R31 whose time to act is over acts under no date of before', async () => {
  const { patient, handle } = await story()
  const { publicKey, privateKey } = await generateDeviceKey()
  const until = now() + 3_600
  const signing = { devices: [], representatives: [{ devices: [publicKey], until }] }
  const sign = (time: () => number) =>
    signStatement(
      { privateKey, kid: deviceThumbprint(publicKey) },
      ...([
        { type: 'RequestRefused', iss: handle, aud: at.origin, sub: handle, body: {}, life: 600 },
        { clock: time, random: systemRandom },
      ] as const),
    )
  const place = { index: 0, number: 9, previous: '', salt: '' }
  const check = async (statement: string, said: number, followed: number) =>
    createChainCheck(patient.link, handle, { signing, at: followed })
      .check({ ...place, at: said, statement })
      .then(
        () => 'taken',
        (error: { code: string }) => error.code,
      )
  const start = now()
  const intime = await sign(clock)
  assert.equal(await check(intime, start, start), 'taken')
  advance(30 * 86_400_000)
  const today = await sign(clock)
  assert.equal(await check(today, start, start), 'chain-broken', 'the node says that it came before it was signed')
  assert.equal(await check(today, now(), start), 'signature-invalid', 'the appointment is over')
  const dated = await sign(() => (start + 60) * 1000)
  assert.equal(
    await check(dated, start + 60, now()),
    'signature-invalid',
    'this device has looked since, and it was not there',
  )
})
