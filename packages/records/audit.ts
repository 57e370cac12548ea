/**
 * A line of the patient's access log as a FHIR R4 AuditEvent after IHE BALP 1.1 (facts/records.md §3.2): which of its
 * profiles each kind of statement follows is a table. Pure: whoever asks has looked up the names.
 */
import { base64, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import type { Resource } from '@salus/fhir/contract'
import type { Purpose } from '@salus/grants/contract'
import type { LogLine, OwnRecordBook } from './device/own.ts'
import { coding, concept, instant, named, type Party, partyReference, systems, terminology } from './names.ts'

/** Words for it stand in ui. */
export type AuditCode = 'audit-type-unknown'

/** One line with everything that stands in the event. */
export type AuditLine = {
  readonly line: LogLine
  /** Who signed the statement, and whose log it is. */
  readonly who: Party
  readonly patient: Party
  /** Who asked, where the line is the patient's answer. */
  readonly asker?: Party
  /** Under an emergency: BTG, break the glass (HL7 v3 ActReason). */
  readonly purpose?: Purpose | 'BTG'
  /** The node that journalled it: its origin, its organisation's name and its address. */
  readonly node: { readonly origin: string; readonly name: string; readonly address: string }
}

type Action = 'create' | 'read' | 'query' | 'update' | 'delete' | 'permit' | 'deny'
type Row = { readonly action: Action; readonly on: 'record' | 'request' | 'grant' | 'keyring' }

/** R20 Every type of statement that enters a patient's chain. A deposit of a later version is an update, a read of several records a query. */
const rows = {
  KeyringStarted: { action: 'create', on: 'keyring' },
  ClaimCodeIssued: { action: 'update', on: 'keyring' },
  ClaimApproved: { action: 'update', on: 'keyring' },
  KeyringClaimed: { action: 'update', on: 'keyring' },
  EpochOpened: { action: 'update', on: 'keyring' },
  DevicesChanged: { action: 'update', on: 'keyring' },
  IdentityMerged: { action: 'update', on: 'keyring' },
  IdentityJoined: { action: 'update', on: 'keyring' },
  IdentityUnmerged: { action: 'update', on: 'keyring' },
  RepresentativesChanged: { action: 'update', on: 'keyring' },
  RecoveryChanged: { action: 'update', on: 'keyring' },
  KeyringRenewed: { action: 'update', on: 'keyring' },
  AccessRequested: { action: 'create', on: 'request' },
  RequestRefused: { action: 'deny', on: 'request' },
  GrantGiven: { action: 'permit', on: 'grant' },
  GrantRevoked: { action: 'update', on: 'grant' },
  RecordDeposited: { action: 'create', on: 'record' },
  RecordsRewrapped: { action: 'update', on: 'keyring' },
  RecordWithdrawn: { action: 'delete', on: 'record' },
  RetentionHeld: { action: 'update', on: 'record' },
  RetentionReleased: { action: 'update', on: 'record' },
  RecordDisputed: { action: 'update', on: 'record' },
  LinkShared: { action: 'update', on: 'keyring' },
  LinkEnded: { action: 'update', on: 'keyring' },
  ChoicesMade: { action: 'update', on: 'keyring' },
  CareCircleSet: { action: 'update', on: 'keyring' },
  HomeMoved: { action: 'update', on: 'keyring' },
  AccessQuestioned: { action: 'update', on: 'keyring' },
  QuestionAnswered: { action: 'update', on: 'keyring' },
  RecordRead: { action: 'read', on: 'record' },
  EmergencyChosen: { action: 'update', on: 'keyring' },
  BreakGlass: { action: 'create', on: 'request' },
  BreakGlassSeconded: { action: 'update', on: 'request' },
  BreakGlassEnded: { action: 'update', on: 'request' },
  EmergencyReleased: { action: 'create', on: 'grant' },
  BreakGlassReviewed: { action: 'update', on: 'request' },
  PersonErased: { action: 'delete', on: 'keyring' },
} as const satisfies Readonly<Record<string, Row>>

export type AuditType = keyof typeof rows

/** The types that have a row. */
export const auditTypes = Object.keys(rows) as AuditType[]

function rowOf({ type, count = 1, version = 1 }: LogLine): Row {
  if (!Object.hasOwn(rows, type)) throw new AppError<AuditCode>('audit-type-unknown')
  const row = rows[type as AuditType]
  if (type === 'RecordRead' && count !== 1) return { ...row, action: 'query' }
  return type === 'RecordDeposited' && version > 1 ? { ...row, action: 'update' } : row
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const REST = 'http://hl7.org/fhir/restful-interaction'
const participation = terminology('v3-ParticipationType')

type Shape = {
  readonly profile: string
  /** R4 audit-event-action. */
  readonly code: string
  readonly subtype: Json
  /** Types of the agents: the app, the node (none decides a consent), the person. */
  readonly client: Json
  readonly server: Json | undefined
  readonly user: Json
}

const dicom = (code: string): Json => concept(DCM, code)
const rest = (
  profile: string,
  code: string,
  subtype: string,
  [client, server]: [string, string],
  user: string,
): Shape => ({
  ...{ profile, code, subtype: coding(REST, subtype), client: dicom(client), server: dicom(server) },
  user: concept(participation, user),
})
const [APPLICATION, SOURCE, DESTINATION] = ['110150', '110153', '110152'] as const
const decision: Shape = {
  ...{ profile: 'AuthZconsent', code: 'E', server: undefined, client: dicom(APPLICATION) },
  subtype: coding('https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType', 'AuthZ-Consent'),
  user: concept(participation, 'IRCP'),
}

/** What BALP fixes for each action. */
const shapes: Readonly<Record<Action, Shape>> = {
  create: rest('PatientCreate', 'C', 'create', [SOURCE, DESTINATION], 'AUT'),
  update: rest('PatientUpdate', 'U', 'update', [SOURCE, DESTINATION], 'AUT'),
  read: rest('PatientRead', 'R', 'read', [DESTINATION, SOURCE], 'IRCP'),
  query: rest('PatientQuery', 'E', 'search', [SOURCE, DESTINATION], 'IRCP'),
  delete: {
    ...rest('PatientDelete', 'D', 'delete', [APPLICATION, ''], 'AUT'),
    server: concept(terminology('provenance-participant-type'), 'custodian'),
  },
  permit: decision,
  deny: decision,
}

/** R20 One line as an AuditEvent; a type without a row is refused (`audit-type-unknown`), not guessed. */
export function toAuditEvent(entry: AuditLine): Resource {
  const { line, patient } = entry
  const row = rowOf(line)
  const shape = shapes[row.action]
  const decided = shape === decision
  return {
    resourceType: 'AuditEvent',
    id: `entry-${String(line.index).padStart(12, '0')}`,
    meta: { profile: [`https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.${shape.profile}`] },
    type: decided ? coding(DCM, '110113') : coding(terminology('audit-event-type'), 'rest'),
    subtype: [shape.subtype],
    action: shape.code,
    recorded: instant(line.at),
    outcome: row.action === 'deny' ? '8' : '0',
    ...(row.action === 'deny' ? { outcomeDesc: 'Refused by the patient' } : {}),
    agent: agentsOf(entry, row.action, shape),
    source: decided
      ? { observer: partyReference(patient), type: [coding(terminology('security-source-type'), '1')] }
      : {
          ...{ site: entry.node.origin, observer: nodeReference(entry) },
          type: [coding(terminology('security-source-type'), '4')],
        },
    entity: [patientEntity(patient), ...entitiesOf(entry, row)],
  }
}

const nodeReference = ({ node }: AuditLine): Json => named('node', node.origin, 'Device', node.name)

/** No addresses of people's devices are kept anywhere; BALP wants one, so it is said to be unknown. */
const unknownNetwork: Json = {
  _address: {
    extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
  },
}

/** The app, the node or (for a decision) the patient's device, the person, and the person's organisation. */
function agentsOf(entry: AuditLine, action: Action, shape: Shape): Json[] {
  const { node, patient } = entry
  const person = shape === decision ? (entry.asker ?? entry.who) : entry.who
  const client = {
    type: shape.client,
    who: { type: 'Device', display: 'Salus' },
    requestor: false,
    network: unknownNetwork,
  }
  const server = shape.server && {
    ...{ type: shape.server, who: nodeReference(entry), requestor: false },
    network: { address: node.address, type: '5' },
  }
  const authorizer = {
    ...{ type: concept(terminology('extra-security-role-type'), 'authserver'), who: partyReference(patient) },
    requestor: false,
  }
  const org = person.org
    ? named('organisation', person.org.id, 'Organization', person.org.name)
    : shape === decision && { type: 'Organization', display: 'unknown' }
  const userorg = { type: concept(terminology('v3-RoleClass'), 'PROV'), who: org, requestor: false } as Json
  // PatientDelete is closed: no agent for the organisation.
  return [client, server ?? authorizer, userOf(person, entry, shape), ...(org && action !== 'delete' ? [userorg] : [])]
}

/** Who did it, or (of a decision) whom it is about: name, profession, and what for. */
function userOf(person: Party, { purpose }: AuditLine, { user }: Shape): Json {
  const { name, profession } = person
  return {
    type: user,
    who: partyReference(person),
    requestor: true,
    ...(name === undefined ? {} : { name }),
    ...(profession === undefined ? {} : { role: [concept(systems.profession, profession)] }),
    ...(purpose === undefined ? {} : { purposeOfUse: [concept(terminology('v3-ActReason'), purpose)] }),
  }
}

const entityType = (code: string): Json => coding(terminology('audit-entity-type'), code)
const entityRole = (code: string): Json => coding(terminology('object-role'), code)

const patientEntity = (patient: Party): Json => ({
  what: partyReference(patient),
  type: entityType('1'),
  role: entityRole('1'),
})

/** What it was done to. BALP wants exactly one `data` (or `query`): the records of a query stand beside it as type Other. */
function entitiesOf({ line, patient }: AuditLine, { action, on }: Row): Json[] {
  const { grant = '', request, records = [] } = line
  const asked = (type: string) =>
    request === undefined ? { type, display: 'unknown' } : named('request', request, type)
  const data = (what: Json): Json[] => [{ what, type: entityType('2'), role: entityRole('4') }]
  if (action === 'permit' || action === 'deny') {
    const what = action === 'permit' ? named('grant', grant, 'Consent') : asked('Consent')
    return [{ what, type: coding('http://hl7.org/fhir/resource-types', 'Consent') }]
  }
  if (action === 'query') {
    const text = `grant=${grant}&record=${records.join(',')}`
    const query = { type: entityType('2'), role: entityRole('24'), description: text, query: base64(utf8(text)) }
    const each = records.map((one) => ({ what: named('record', one), type: entityType('4'), role: entityRole('4') }))
    return [query, ...each]
  }
  if (on === 'grant') return data(named('grant', grant, 'Consent'))
  if (on === 'request') return data(asked('Task'))
  const [record] = records
  return data(on === 'record' && record !== undefined ? named('record', record) : named('handle', patient.id))
}

/** Who had asked, and for what purpose, as far as the book tells: a read's grant answers a request, and that says why. */
export function behind(
  book: Pick<OwnRecordBook, 'requests' | 'grants' | 'glass'>,
  line: LogLine,
): { asker?: string; purpose?: Purpose | 'BTG' } {
  const glass = Object.values(book.glass ?? {}).find((one) => one.id === line.request || one.release === line.grant)
  if (glass && (line.request !== undefined || line.grant !== undefined)) return { asker: glass.asker, purpose: 'BTG' }
  const grant = line.grant === undefined ? undefined : book.grants[line.grant]
  const request = book.requests[line.request ?? grant?.request ?? '']
  return request ? { asker: request.asker, purpose: request.purpose } : {}
}
