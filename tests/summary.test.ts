/** What other systems get: the summary on the reader's device, the log as AuditEvents, the grants as Consents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categories } from '@salus/base/categories'
import type { Json } from '@salus/base/json'
import { manualClock, seededRandom } from '@salus/base/testing'
import { personKeys } from '@salus/crypto/testing'
import { startTeam } from '@salus/directory/device/desk'
import type { Resource } from '@salus/fhir/contract'
import { checkIps } from '@salus/fhir/ips/check'
import { createValidator } from '@salus/fhir/validate'
import { toBundle } from '@salus/fhir/write'
import { startNode } from '@salus/node-app/testing'
import { type AuditLine, auditTypes, toAuditEvent } from '@salus/records/audit'
import { type ConsentGrant, fromConsent, toConsent } from '@salus/records/consent'
import { grantsAsFhir, logAsFhir } from '@salus/records/device/fhir'
import { approve, sync, takeBack, turnDown } from '@salus/records/device/patient'
import { type ReadRecord, read, whatIsGranted } from '@salus/records/device/reader'
import { summarise } from '@salus/records/device/summary'
import { answerBy } from '@salus/records/proposal'
import { statementWords } from '@salus/ui/vocabulary'
import { claim, deskAuthor, deskOf, intake, newPro, type Pro, request, type World, world, write } from './people.ts'

const validate = await createValidator()
const subject = { reference: 'Patient/p' }
const concept = (text: string): Json => ({ text })

/** A record with something in five categories. All invented. */
const samples: readonly [category: string, Resource][] = [
  [
    'people',
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Sample', given: ['Ada'] }], birthDate: '1980-02-03' },
  ],
  ['allergies', { resourceType: 'AllergyIntolerance', id: 'a', patient: subject, code: concept('Penicillin') }],
  [
    'medications',
    {
      resourceType: 'MedicationStatement',
      id: 'm',
      subject,
      status: 'active',
      medicationCodeableConcept: concept('Metformin'),
    },
  ],
  ['problems', { resourceType: 'Condition', id: 'c', subject, code: concept('Depression') }],
  ['social', { resourceType: 'Observation', id: 's', subject, status: 'final', code: concept('Smoker') }],
  [
    'immunizations',
    {
      resourceType: 'Immunization',
      id: 'i',
      patient: subject,
      status: 'completed',
      vaccineCode: concept('Measles'),
      occurrenceDateTime: '2001-04-05',
    },
  ],
]

/** A claimed patient with the whole record above. */
async function patientWith(w: World) {
  const person = await intake(w)
  const desk = await deskAuthor(w)
  for (const [category, resource] of samples) await write(desk, person.handle, category, resource)
  const patient = await claim(w, person)
  await sync(patient)
  return patient
}

/** What `pro read` does: the list, the reads, what came of them. */
async function open(pro: Pro, grant: string, patient: string) {
  const { records: rows, categories: shared } = await whatIsGranted(pro.link, grant)
  const records: ReadRecord[] = []
  for await (const page of read(pro.link, await pro.reader(), { id: grant, patient }, rows))
    records.push(...page.records)
  return { patient, categories: shared, records, refused: [] }
}

const language = 'en' as const
const resourcesOf = (bundle: Resource) => (bundle.entry as { resource: Resource }[]).map(({ resource }) => resource)
type Section = { title: string; text: { div: string }; entry?: Json[]; emptyReason?: { coding: { code: string }[] } }
const sectionsOf = (bundle: Resource) =>
  new Map(((resourcesOf(bundle)[0] as Resource).section as unknown as Section[]).map((one) => [one.title, one]))

test('behavior: two categories of five are given; summary, log and consents say exactly that', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const patient = await patientWith(w)
  const doctor = await newPro(w, 'physician', 'cabinet-lilas')
  const own = patient.keys.handle
  const id = await request(w, doctor, own, ['allergies', 'medications', 'problems', 'directives'])
  const given = await approve(patient, id, { only: ['allergies', 'medications', 'directives'] })
  await turnDown(patient, await request(w, doctor, own, ['social']), 'too-much')
  const opened = await open(doctor, given.grant, own)

  const { bundle, left } = summarise(doctor.link, opened, { org: doctor.keys.org, language })
  assert.deepEqual(checkIps(bundle), [])
  validate(bundle)
  assert.deepEqual(left, {})
  const sections = sectionsOf(bundle)
  const words = (title: string) => sections.get(title)?.text.div ?? ''
  const reason = (title: string) => sections.get(title)?.emptyReason?.coding[0]?.code
  assert.match(words('Allergies and intolerances'), /<li>Penicillin/)
  assert.match(words('Medicines'), /<li>Metformin/)
  for (const title of ['Health problems', 'Lifestyle', 'Vaccinations', 'Results']) {
    assert.match(words(title), /Not shared/)
    assert.deepEqual([reason(title), sections.get(title)?.entry], ['withheld', undefined], title)
  }
  assert.match(words('Advance directives'), /None known from what was shared/)
  assert.equal(reason('Advance directives'), 'unavailable')
  const text = JSON.stringify(bundle)
  assert.ok(['Depression', 'Smoker', 'Measles'].every((secret) => !text.includes(secret)))
  const authors = resourcesOf(bundle).filter(({ resourceType }) => ['Device', 'Organization'].includes(resourceType))
  assert.deepEqual(
    authors.map((one) => one.name ?? 'Salus'),
    ['Salus', doctor.link.roots.organisations.find(({ org }) => org === 'cabinet-lilas')?.name],
  )

  advance(60_000)
  await takeBack(patient, given.grant)
  const events = await logAsFhir(patient, 'http://node.test')
  assert.equal(events.length, patient.book.log.length)
  for (const event of events) validate(event)
  validate(toBundle(events, { timestamp: new Date(clock()).toISOString() }) as unknown as Resource)
  const reads = events.filter(({ meta }) => JSON.stringify(meta).includes('PatientQuery'))
  assert.equal(reads.length, 1)
  assert.match(JSON.stringify(reads[0]), /Dr Sample \(sample\).*physician.*"code":"TREAT"/)

  const [consent, ...others] = await grantsAsFhir(patient)
  assert.ok(consent && others.length === 0)
  validate(consent)
  assert.equal(consent.status, 'inactive')
  const before = { ...consent, status: 'active' }
  const proposal = fromConsent(before, Math.floor(clock() / 1000))
  assert.ok(!('refused' in proposal))
  const asking = { actors: [doctor.keys.handle], categories: [...categories], records: [], purpose: 'TREAT' } as const
  assert.deepEqual(answerBy(proposal, asking, Math.floor(clock() / 1000)).categories, [
    'allergies',
    'medications',
    'directives',
  ])
  await at.node.close()
})

test('R22 what did not open is not called empty, and single records are told as such', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await patientWith(w)
  const doctor = await newPro(w)
  const own = patient.keys.handle
  const allergy = Object.values(patient.book.records).find(({ category }) => category === 'allergies')
  const single = await approve(patient, await request(w, doctor, own, [], { records: [allergy?.record ?? ''] }), {})
  const opened = await open(doctor, single.grant, own)
  assert.deepEqual(opened.categories, [])
  const made = sectionsOf(summarise(doctor.link, opened, { org: doctor.keys.org, language }).bundle)
  assert.match(made.get('Allergies and intolerances')?.text.div ?? '', /Penicillin.*Only single records were shared/)

  const given = await approve(patient, await request(w, doctor, own, ['social']), {})
  const social = await open(doctor, given.grant, own)
  const [kept, lost] = [
    social.records.filter(({ row }) => row.category !== 'social'),
    social.records.map(({ row }) => row),
  ]
  const refused = lost.filter(({ category }) => category === 'social')
  assert.equal(refused.length, 1)
  const broken = summarise(
    doctor.link,
    { ...social, records: kept, refused },
    { org: doctor.keys.org, language },
  ).bundle
  assert.deepEqual(checkIps(broken), [])
  assert.doesNotMatch(sectionsOf(broken).get('Lifestyle')?.text.div ?? '', /None known/)

  const odd = social.records.map((one) => (one.row.category === 'social' ? { ...one, fhir: '"no resource"' } : one))
  const unread = summarise(doctor.link, { ...social, records: odd }, { org: doctor.keys.org, language })
  assert.equal(unread.unreadable, 1)
  assert.doesNotMatch(sectionsOf(unread.bundle).get('Lifestyle')?.text.div ?? '', /None known/)
  await at.node.close()
})

test('R18 R22 a category that the reader’s own profession may not see counts as not shared', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await patientWith(w)
  const own = patient.keys.handle
  const [doctor, pharmacist] = [await newPro(w), await newPro(w, 'pharmacist')]
  const { desk, link } = await deskOf(w)
  const [pair] = await personKeys(1)
  const members = [doctor.keys.handle, pharmacist.keys.handle]
  const team = await startTeam(link, desk, { name: 'Ward (sample)', members, pair: pair as never })
  const id = await request(w, doctor, own, ['allergies', 'social'], { team: team.handle })
  const given = await approve(patient, id, {})
  assert.deepEqual((await whatIsGranted(doctor.link, given.grant)).categories, ['allergies', 'social'])
  const opened = await open(pharmacist, given.grant, own)
  assert.deepEqual(opened.categories, ['allergies'])
  const { bundle } = summarise(pharmacist.link, opened, { org: pharmacist.keys.org, language: 'fr' })
  assert.deepEqual(checkIps(bundle), [])
  const sections = sectionsOf(bundle)
  assert.match(sections.get('Allergies et intolérances')?.text.div ?? '', /Penicillin/)
  assert.match(sections.get('Mode de vie')?.text.div ?? '', /Non partagé : mode de vie/)
  await at.node.close()
})

/** Statements on staff and teams: they enter the chains of those, never a patient's. */
const onStaff = ['TeamChanged', 'CredentialIssued', 'CredentialRevoked', 'KeptOpened']

test('R20 every statement type has a form as AuditEvent, but those that enter no patient’s chain; all are valid R4', () => {
  assert.deepEqual([...auditTypes, ...onStaff].sort(), Object.keys(statementWords).sort())
  const patient = { kind: 'patient', id: '0'.repeat(26) } as const
  const org = { id: 'saint-roch', name: 'Saint-Roch (sample)' }
  const doctor = { kind: 'professional', id: '1'.repeat(26), name: 'Dr Sample', profession: 'nurse', org } as const
  const node = { origin: 'saint-roch.example/journal', name: org.name, address: 'http://node.test' }
  for (const type of auditTypes) {
    for (const records of [[], ['a'], ['a', 'b']]) {
      const line = { number: 1, index: 1, at: 1_795_251_600, type, who: doctor.id, grant: 'g', request: 'q', records }
      const entry: AuditLine = { line: { ...line, count: records.length, version: 2 }, who: doctor, patient, node }
      validate(toAuditEvent(entry))
      validate(toAuditEvent({ ...entry, who: patient, asker: doctor, purpose: 'TREAT' }))
      validate(toAuditEvent({ ...entry, who: { kind: 'organisation', ...org } }))
    }
  }
})

test('R21 every shape of grant is a valid R4 Consent', () => {
  const random = seededRandom(3)
  const id = () => Buffer.from(random(16)).toString('base64url')
  const party = { kind: 'patient', id: '0'.repeat(26) } as const
  const parties = {
    patient: party,
    reader: { ...party, kind: 'team', name: 'Ward (sample)' },
    organisation: { kind: 'organisation', id: 'saint-roch' },
  } as const
  for (let n = 0; n < 32; n++) {
    const some = <T>(bit: number, values: T[]): T[] => (n & bit ? values : [])
    const grant = {
      ...{ id: id(), at: 1_795_251_600, until: 1_795_351_600, purpose: 'CAREMGT', standing: (n & 8) > 0 },
      ...{ categories: some(1, ['allergies', 'results']), records: some(2, [id()]), except: some(4, [id(), id()]) },
      ...(n & 16 ? { revokedAt: 1_795_300_000 } : {}),
    } as ConsentGrant
    if (grant.categories.length + grant.records.length > 0) validate(toConsent(grant, parties))
  }
})
