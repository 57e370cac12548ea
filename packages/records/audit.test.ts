import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64, text } from '@salus/base/bytes'
import type { Json } from '@salus/base/json'
import type { Resource } from '@salus/fhir/contract'
import { type AuditLine, type AuditType, auditTypes, behind, toAuditEvent } from './audit.ts'
import { emptyBook, type LogLine } from './device/own.ts'
import { codesOf, listOf, nodeOf, textOf } from './read.ts'

const patient = { kind: 'patient', id: '0'.repeat(26), name: 'Ada (sample)' } as const
const org = { id: 'saint-roch', name: 'Saint-Roch (sample)' }
const doctor = {
  kind: 'professional',
  id: '1'.repeat(26),
  name: 'Dr Sample (sample)',
  profession: 'physician',
  org,
} as const
const node = { origin: 'saint-roch.example/journal', name: 'Saint-Roch (sample)', address: 'http://127.0.0.1:8080' }

const entry = (type: string, line: Partial<LogLine> = {}, more: Partial<AuditLine> = {}): AuditLine => ({
  line: { number: 3, index: 42, at: 1_795_251_600, type, who: doctor.id, ...line },
  ...{ who: doctor, patient, asker: doctor, purpose: 'TREAT', node },
  ...more,
})

/** What BALP 1.1.4 demands of each profile, written down from its definitions: action, subtype, agents by type, entities. */
const balp: Readonly<Record<string, { action: string; subtype: string; agents: string[]; entities: string[] }>> = {
  PatientCreate: { action: 'C', subtype: 'create', agents: ['110153', '110152', 'AUT'], entities: ['1/1', '2/4'] },
  PatientRead: { action: 'R', subtype: 'read', agents: ['110152', '110153', 'IRCP'], entities: ['1/1', '2/4'] },
  PatientUpdate: { action: 'U', subtype: 'update', agents: ['110153', '110152', 'AUT'], entities: ['1/1', '2/4'] },
  PatientQuery: { action: 'E', subtype: 'search', agents: ['110153', '110152', 'IRCP'], entities: ['1/1', '2/24'] },
  PatientDelete: { action: 'D', subtype: 'delete', agents: ['110150', 'custodian', 'AUT'], entities: ['1/1', '2/4'] },
  AuthZconsent: {
    action: 'E',
    subtype: 'AuthZ-Consent',
    agents: ['110150', 'authserver', 'IRCP'],
    entities: ['1/1', 'Consent/'],
  },
}

const profileOf = (event: Resource): string =>
  textOf(listOf(nodeOf(event.meta).profile)[0]).replace(/.*IHE\.BasicAudit\./, '')
const typesOf = (agents: Json | undefined): string[] => listOf(agents).flatMap((one) => codesOf(nodeOf(one).type))
const nameIn = (entity: Json | undefined): string => textOf(nodeOf(nodeOf(nodeOf(entity).what).identifier).value)

/** Holds an event against its profile's row. */
function follows(event: Resource): string {
  const profile = profileOf(event)
  const rules = balp[profile] ?? assert.fail(profile)
  assert.equal(event.action, rules.action)
  assert.deepEqual(
    listOf(event.subtype).map((one) => nodeOf(one).code),
    [rules.subtype],
  )
  const types = typesOf(event.agent)
  assert.deepEqual(types.slice(0, 3), rules.agents)
  assert.ok(types.length <= (profile === 'PatientDelete' ? 3 : 4) && types.slice(3).every((one) => one === 'PROV'))
  const entities = listOf(event.entity).map((one) => {
    const { type, role } = nodeOf(one)
    return `${textOf(nodeOf(type).code)}/${textOf(nodeOf(role).code)}`
  })
  assert.deepEqual(entities.slice(0, 2), rules.entities)
  assert.ok(entities.slice(2).every((one) => profile === 'PatientQuery' && one === '4/4'))
  const [client, server, user] = listOf(event.agent).map(nodeOf)
  assert.ok(client?.network && client.who && server?.who && user?.who && user.requestor === true)
  assert.equal(server.network === undefined, profile === 'AuthZconsent')
  // val-audit-source: a decision's authoriser is the observer.
  if (profile === 'AuthZconsent') assert.deepEqual(nodeOf(event.source).observer, server.who)
  assert.equal(event.outcome, event.outcomeDesc === undefined ? '0' : '8')
  return profile
}

/** Which profile each type of line follows. */
const expected: Readonly<Record<AuditType, string>> = {
  KeyringStarted: 'PatientCreate',
  ClaimCodeIssued: 'PatientUpdate',
  ClaimApproved: 'PatientUpdate',
  KeyringClaimed: 'PatientUpdate',
  EpochOpened: 'PatientUpdate',
  DevicesChanged: 'PatientUpdate',
  IdentityMerged: 'PatientUpdate',
  IdentityJoined: 'PatientUpdate',
  IdentityUnmerged: 'PatientUpdate',
  RepresentativesChanged: 'PatientUpdate',
  RecoveryChanged: 'PatientUpdate',
  KeyringRenewed: 'PatientUpdate',
  AccessRequested: 'PatientCreate',
  RequestRefused: 'AuthZconsent',
  GrantGiven: 'AuthZconsent',
  GrantRevoked: 'PatientUpdate',
  RecordDeposited: 'PatientCreate',
  RecordsRewrapped: 'PatientUpdate',
  RecordWithdrawn: 'PatientDelete',
  RecordDisputed: 'PatientUpdate',
  LinkShared: 'PatientUpdate',
  LinkEnded: 'PatientUpdate',
  ChoicesMade: 'PatientUpdate',
  CareCircleSet: 'PatientUpdate',
  HomeMoved: 'PatientUpdate',
  AccessQuestioned: 'PatientUpdate',
  QuestionAnswered: 'PatientUpdate',
  RetentionHeld: 'PatientUpdate',
  RetentionReleased: 'PatientUpdate',
  RecordRead: 'PatientRead',
  EmergencyChosen: 'PatientUpdate',
  BreakGlass: 'PatientCreate',
  BreakGlassSeconded: 'PatientUpdate',
  BreakGlassEnded: 'PatientUpdate',
  EmergencyReleased: 'PatientCreate',
  BreakGlassReviewed: 'PatientUpdate',
  PersonErased: 'PatientDelete',
}

test('R20 every type of line follows the BALP profile that its table row names', () => {
  assert.deepEqual([...auditTypes].sort(), Object.keys(expected).sort())
  const whole = { grant: 'g', request: 'q', records: ['r'], count: 1 }
  for (const type of auditTypes) {
    for (const line of [whole, {}]) {
      for (const who of [doctor, patient, { kind: 'organisation', ...org }] as const) {
        assert.equal(follows(toAuditEvent(entry(type, line, { who }))), expected[type], type)
      }
      const { asker: _, purpose: __, ...bare } = entry(type, line)
      follows(toAuditEvent(bare))
    }
  }
})

test('R20 a type that the table does not have is refused', () => {
  for (const type of ['TeamChanged', 'constructor', '', 'recordRead']) {
    assert.throws(() => toAuditEvent(entry(type)), { code: 'audit-type-unknown', facts: {} })
  }
})

test('R20 a read names reader, organisation, purpose and the record', () => {
  const event = toAuditEvent(entry('RecordRead', { grant: 'g', count: 1, records: ['record-1'] }))
  assert.equal(event.recorded, '2026-11-21T09:00:00.000Z')
  assert.equal(event.id, 'entry-000000000042')
  const [, server, user, userorg] = listOf(event.agent).map(nodeOf)
  assert.equal(user?.name, doctor.name)
  assert.deepEqual(
    listOf(user?.role).flatMap((one) => codesOf(one)),
    ['physician'],
  )
  assert.deepEqual(
    listOf(user?.purposeOfUse).flatMap((one) => codesOf(one)),
    ['TREAT'],
  )
  assert.equal(nodeOf(userorg?.who).display, org.name)
  assert.deepEqual(server?.network, { address: node.address, type: '5' })
  assert.deepEqual(listOf(event.entity).map(nameIn), [patient.id, 'record-1'])
})

test('R20 a read of several records is a query, its text whole, each record beside it', () => {
  const records = ['a', 'b', 'c']
  const event = toAuditEvent(entry('RecordRead', { grant: 'g', count: 3, records }))
  assert.equal(follows(event), 'PatientQuery')
  const [, query, ...others] = listOf(event.entity)
  assert.equal(text(fromBase64(textOf(nodeOf(query).query))), 'grant=g&record=a,b,c')
  assert.deepEqual(others.map(nameIn), records)
})

test('R20 a later version is an update', () => {
  const event = (version: number) => toAuditEvent(entry('RecordDeposited', { records: ['a'], version }))
  assert.deepEqual(
    [1, 2].map((version) => follows(event(version))),
    ['PatientCreate', 'PatientUpdate'],
  )
})

test('R20 an answer is a decision on the asker, by the patient: yes succeeds, no fails', () => {
  const answer = (type: string) => toAuditEvent(entry(type, { grant: 'g', request: 'q' }, { who: patient }))
  const [yes, no] = [answer('GrantGiven'), answer('RequestRefused')]
  assert.deepEqual([yes.outcome, no.outcome], ['0', '8'])
  for (const event of [yes, no]) {
    const [, authorizer, user] = listOf(event.agent).map(nodeOf)
    assert.equal(nodeOf(nodeOf(authorizer?.who).identifier).value, patient.id)
    assert.equal(nodeOf(nodeOf(user?.who).identifier).value, doctor.id)
  }
  assert.deepEqual(
    [yes, no].map((event) => nameIn(listOf(event.entity)[1])),
    ['g', 'q'],
  )
})

test('R20 who asked and why come from the request that a line, or its grant, answers', () => {
  const book = emptyBook()
  const line = (fields: Partial<LogLine>) => behind(book, { ...entry('RecordRead').line, ...fields })
  book.requests.q = { id: 'q', asker: doctor.id, purpose: 'HRESCH' } as never
  book.grants.g = { id: 'g', request: 'q' } as never
  const known = { asker: doctor.id, purpose: 'HRESCH' }
  assert.deepEqual([line({ request: 'q' }), line({ grant: 'g' }), line({})], [known, known, {}])
  assert.deepEqual(line({ grant: 'unheard' }), {})
})

test('R20 what happens in an emergency, and each read under its release, is purpose BTG', () => {
  const book = emptyBook()
  book.glass = { e: { id: 'e', asker: doctor.id, release: 'r' } as never, f: { id: 'f', release: null } as never }
  const line = (fields: Partial<LogLine>) => behind(book, { ...entry('RecordRead').line, ...fields })
  const known = { asker: doctor.id, purpose: 'BTG' }
  assert.deepEqual(
    [line({ request: 'e' }), line({ grant: 'r' }), line({}), line({ grant: 'g' })],
    [known, known, {}, {}],
  )
  const event = toAuditEvent(entry('RecordRead', { grant: 'r', count: 1, records: ['a'] }, { purpose: 'BTG' }))
  const user = nodeOf(listOf(event.agent)[2])
  assert.deepEqual(
    listOf(user.purposeOfUse).flatMap((one) => codesOf(one)),
    ['BTG'],
  )
})
