/** Holds on a whole node: erasing says what the law has somebody keep, leaves that and nothing else, and it ends by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, utf8 } from '@salus/base/bytes'
import { seconds } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { sign } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { submit } from '@salus/journal/device'
import { hold, openKept, release } from '@salus/records/device/hold'
import { erase, sync, whatStays } from '@salus/records/device/patient'
import { recordEndpoints } from '@salus/records/endpoints'
import { startDay } from './day.ts'
import { deskAuthor, linkTo, newPatient, proAuthor, write } from './people.ts'

const { clock, advance, at, w, desk, doctor } = await startDay()
const archive = generateKeyPair(w.random)
const privateKey = base64url(archive.privateKey)
const years = (n: number) => seconds(clock()) + n * 365 * 86_400
const about = (patient: string, more: object = {}) =>
  ({ patient, records: [], reason: 'medical-record', until: years(20), key: archive.publicKey, ...more }) as never

const kept = async (author = desk) => (await author.link.call(recordEndpoints.holds)).kept

async function opened(id: string, author = desk): Promise<number[]> {
  const out: number[] = []
  for await (const one of openKept(author.link, author, id, privateKey)) out.push(JSON.parse(one.fhir ?? '{}').n)
  return out.sort((a, b) => a - b)
}

test('R26 R27 erasing leaves what is held, for whom it must be kept, and says so; nothing else stays', async () => {
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  await write(desk, handle, 'results', { n: 1 })
  await write(proAuthor(doctor), handle, 'visits', { n: 2 })
  await write(lilas, handle, 'allergies', { n: 3 })
  await write({ iss: handle, signer: await signerOf(patient.keys.device), link: patient.link }, handle, 'social', {
    n: 4,
  })
  await hold(desk.link, desk, about(handle))
  await sync(patient)
  assert.equal(patient.book.log.findLast((one) => one.type === 'RetentionHeld')?.who, 'saint-roch')
  const [told, ...more] = await whatStays(patient)
  assert.deepEqual([told?.org, told?.reason, told?.versions, more.length], ['saint-roch', 'medical-record', 2, 0])
  await erase(patient)
  const [one] = await kept()
  assert.deepEqual(await opened(one?.id ?? ''), [1, 2], 'what the organisation and its people wrote')
  assert.deepEqual(await kept(lilas), [])
  await assert.rejects(opened(one?.id ?? '', lilas), { code: 'hold-unknown' })
  // Everything that is left of the person: two ciphertexts under a random name, and who looked at them.
  await at.node.sources.tx(async (s) => {
    for (const table of ['statement', 'packet', 'content', 'register', 'session']) {
      const column = table === 'register' || table === 'session' ? 'handle' : 'chain'
      assert.equal((await s.all(`SELECT 1 FROM ${table} WHERE ${column} = ?`, handle)).length, 0, table)
    }
    assert.equal((await s.all('SELECT 1 FROM kept_content')).length, 2)
    const lines = await s.all<{ type: string }>('SELECT type FROM statement WHERE chain = ?', one?.id ?? '')
    assert.ok(lines.length >= 2 && lines.every((line) => line.type === 'KeptOpened'))
  })
})

test('R28 past its date it is gone by itself, the lines of who looked too', async () => {
  const patient = await newPatient(w)
  await write(desk, patient.keys.handle, 'results', { n: 7 })
  const made = await write(desk, patient.keys.handle, 'visits', { n: 8 })
  await hold(
    desk.link,
    desk,
    about(patient.keys.handle, { records: [made.record], reason: 'legal-claim', until: years(1) }),
  )
  await erase(patient)
  const one = (await kept()).find((each) => each.reason === 'legal-claim')
  assert.deepEqual(await opened(one?.id ?? ''), [8], 'only what was named')
  assert.equal(await at.node.tidy(), 0)
  advance(366 * 86_400_000)
  const later = await deskAuthor(w)
  assert.ok(!(await kept(later)).some((each) => each.id === one?.id), 'not served a second longer')
  assert.equal(await at.node.tidy(), 1)
  await at.node.sources.tx(async (s) => {
    assert.equal((await s.all('SELECT 1 FROM kept WHERE id = ?', one?.id ?? '')).length, 0)
    assert.equal((await s.all('SELECT 1 FROM kept_content WHERE kept = ?', one?.id ?? '')).length, 0)
    assert.equal((await s.all('SELECT 1 FROM statement WHERE chain = ?', one?.id ?? '')).length, 0)
  })
})

test('R26 only one’s own, in time, once; a released or ended hold keeps nothing', async () => {
  const desk = await deskAuthor(w)
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const made = await write(desk, handle, 'results', { n: 1 })
  const lilas = await deskAuthor(w, 'cabinet-lilas')
  const refused = { code: 'hold-refused' }
  await assert.rejects(hold(lilas.link, lilas, about(handle)), refused)
  await assert.rejects(hold(lilas.link, lilas, about(handle, { records: [made.record] })), refused)
  await assert.rejects(hold(desk.link, desk, about(handle, { until: years(40) })), refused)
  await assert.rejects(hold(desk.link, desk, about(handle, { until: years(-1) })), refused)
  const { id } = await hold(desk.link, desk, about(handle, { reason: 'public-health' }))
  await assert.rejects(release(lilas.link, lilas, handle, id as never), { code: 'hold-unknown' })
  await release(desk.link, desk, handle, id as never)
  assert.deepEqual(await whatStays(patient), [])
  await erase(patient)
  assert.ok(!(await kept(desk)).some((one) => one.reason === 'public-health'))
})

test('R27 keys for another, or one hold named twice, are no keys for a hold', async () => {
  const desk = await deskAuthor(w)
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const link = await linkTo(w, await signerOf(patient.keys.device), handle)
  await write(desk, handle, 'results', { n: 1 })
  const first = await hold(desk.link, desk, about(handle))
  const second = await hold(desk.link, desk, about(handle, { reason: 'legal-claim' }))
  const bind = (id: string) => ({ kind: 'kept', hold: id }) as const
  const stranger = generateKeyPair(w.random).publicKey
  const sealed = (id: string, to = archive.publicKey) => sealToKey(to, bind(id), utf8('{"keys":[]}'))
  const erasing = async (kept: string[], packets: string[]) => {
    const body = { confirm: 'erase-everything', kept, packets: packets.map((one) => digest(one)) }
    const draft = { type: 'PersonErased', iss: handle, sub: handle, body }
    const statement = await sign(link, await signerOf(patient.keys.device), draft)
    return submit(link.call, link.logs, [{ statement, packets }])
  }
  const held = { code: 'records-held' }
  const [a, b] = [await sealed(first.id), await sealed(second.id)]
  await assert.rejects(erasing([first.id, second.id], [a, await sealed(second.id, stranger)]), held)
  await assert.rejects(erasing([first.id, first.id], [a, await sealed(first.id)]), held)
  await assert.rejects(erasing([first.id], [a]), held)
  await erasing([first.id, second.id], [a, b])
})

test('R27 an erasure without the keys for a hold in force is refused, and nothing is erased', async () => {
  const desk = await deskAuthor(w)
  const patient = await newPatient(w)
  const { handle } = patient.keys
  const link = await linkTo(w, await signerOf(patient.keys.device), handle)
  await write(desk, handle, 'results', { n: 1 })
  await hold(desk.link, desk, about(handle, { reason: 'traceability' }))
  const body = { confirm: 'erase-everything' }
  const draft = { type: 'PersonErased', iss: handle, sub: handle, body }
  const statement = await sign(link, await signerOf(patient.keys.device), draft)
  await assert.rejects(submit(link.call, link.logs, [{ statement }]), { code: 'records-held' })
  assert.equal((await whatStays(patient)).length, 1)
  await erase(patient)
  assert.ok((await kept(desk)).some((one) => one.reason === 'traceability'))
})
