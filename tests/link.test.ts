/** One person at two organisations: joined by the person alone, shown to whom he or she names it, provable, taken back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signerOf } from '@salus/directory/device/patient'
import { createValidator } from '@salus/fhir/validate'
import { linkHandles, readLink } from '@salus/records/device/identity'
import { withdraw } from '@salus/records/device/mend'
import { approve, openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { startDay } from './day.ts'
import { newPatient, readAll, request } from './people.ts'

const { advance, at, w, doctor } = await startDay()

const fhirOf = async (device: PatientDevice, record: string): Promise<string> => {
  for await (const one of openOwn(device)) if (one.own.record === record) return one.fhir
  throw new Error('not there')
}

/** The same with another letter ten from its end, where every bit counts. */
const flipped = (token: string): string => {
  const at = token.length - 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

test('R29 two handles are joined by a hidden document that proves itself; only who is given it learns of the other', async () => {
  const [a, b] = [await newPatient(w), await newPatient(w, 'cabinet-lilas')]
  const { records } = await linkHandles(a, b)
  const [here = '', there = ''] = records
  assert.ok(Object.values(a.book.records).every((one) => one.record !== here || one.compartment === 'hidden'))
  advance(2_000)
  const wide = await approve(a, await request(w, doctor, a.keys.handle, ['administrative']), {})
  assert.deepEqual(await readAll(doctor, wide.grant, a.keys.handle), [], 'no category gives it')
  const asked = await request(w, doctor, a.keys.handle, [], { records: [here] })
  const single = await approve(a, asked, {})
  const [document] = await readAll(doctor, single.grant, a.keys.handle)
  const linked = await readLink(doctor.link, document?.fhir ?? '', a.keys.handle)
  assert.deepEqual(linked, { handle: b.keys.handle, org: 'cabinet-lilas', proven: 'both' })
  assert.equal((await readLink(b.link, await fhirOf(b, there), b.keys.handle))?.handle, a.keys.handle)
  const validate = await createValidator()
  validate(JSON.parse(document?.fhir ?? '{}'))
  // Nothing on the node says that the two are one.
  const found = await at.node.sources.tx((s) => s.all<{ token: string }>('SELECT token FROM statement'))
  for (const { token } of found) {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    assert.ok(!(payload.includes(a.keys.handle) && payload.includes(b.keys.handle)))
  }
  await withdraw(
    a.link,
    { iss: a.keys.handle, signer: await signerOf(a.keys.device) },
    {
      ...{ patient: a.keys.handle, record: here, reason: 'entered-in-error' },
    },
  )
  await sync(a)
  assert.ok(!Object.values(a.book.records).some((one) => one.record === here))
})

test('R29 what was changed, or is of others, proves nothing', async () => {
  const [a, b, c] = [await newPatient(w), await newPatient(w, 'cabinet-lilas'), await newPatient(w)]
  const { records } = await linkHandles(a, b)
  const fhir = await fhirOf(a, records[0] ?? '')
  assert.equal((await readLink(doctor.link, fhir, a.keys.handle))?.proven, 'both')
  assert.equal(await readLink(doctor.link, fhir, c.keys.handle), undefined)
  const person = JSON.parse(fhir) as { extension: { url: string; valueString: string }[] }
  const with_ = (extension: object[]) => JSON.stringify({ ...person, extension })
  const [mine, theirs] = person.extension
  assert.equal((await readLink(doctor.link, with_([mine ?? {}]), a.keys.handle))?.proven, 'here')
  assert.equal(await readLink(doctor.link, with_([theirs ?? {}]), a.keys.handle), undefined)
  const bent = { ...mine, valueString: flipped(mine?.valueString ?? '') }
  assert.equal(await readLink(doctor.link, with_([bent, theirs ?? {}]), a.keys.handle), undefined)
  const other = JSON.parse(await fhirOf(c, (await linkHandles(c, b)).records[0] ?? '')) as typeof person
  assert.equal(await readLink(doctor.link, with_([mine ?? {}, other.extension[0] ?? {}]), a.keys.handle), undefined)
  assert.equal(await readLink(doctor.link, '{}', a.keys.handle), undefined)
})
