/** What devices do with grants: the reader asks; the patient answers, with packets made here. Nothing is sent from here. */
import { base64url } from '@salus/base/bytes'
import { type Category, type Compartment, compartments, isCategory } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { type GrantId, newId, type RequestId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair, personThumbprint } from '@salus/crypto/keys'
import { sealToPerson } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import type { Epoch, Keyring, Representative } from '@salus/directory/contract'
import { type Link, sign } from '@salus/directory/device/link'
import { type EpochKey, publicEpoch, sealOwn } from '@salus/directory/device/patient'
import { lastEpoch, representativeBy } from '@salus/directory/keyring'
import type { SubmissionItem } from '@salus/journal/contract'
import type { Signer } from '@salus/journal/statement'
import type { AccessRequested, GrantCode, Placement } from './contract.ts'
import { type PlannedEpoch, planEpochs, type Standing } from './epochs.ts'
import { inPacket } from './rules.ts'

/** Who signs. */
export type Acting = { readonly handle: string; readonly signer: Signer }

/** Signs a request. `reader` is the asker's own keyring, or the team's. */
export async function ask(
  link: Link,
  asker: Acting,
  request: Omit<AccessRequested, 'reader'> & { patient: string; reader: Keyring },
): Promise<{ id: RequestId; item: SubmissionItem }> {
  const { patient, reader, ...body } = request
  if (!reader.person) throw new AppError<GrantCode>('reader-key-changed')
  const id = newId<RequestId>(link.random)
  const draft = { id, type: 'AccessRequested', iss: asker.handle, sub: patient }
  const statement = await sign(link, asker.signer, {
    ...draft,
    body: { ...body, reader: personThumbprint(reader.person) },
  })
  return { id, item: { statement } }
}

/** One of the patient's record versions with its content key, where the device could open its packet. */
export type Held = Placement & { readonly key: string | undefined }

/** A standing reader: the grant, and the checked person key its packets go to. */
export type StandingReader = Standing & { readonly person: Keyring['person'] & object }

/** Everything an approval is made from: nothing is fetched here. */
export type Giving = {
  readonly request: AccessRequested & { readonly id: string; readonly asker: string }
  /** The reader's keyring, checked: the asker's or the team's. */
  readonly reader: Keyring
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly until: number
  readonly standing: boolean
  /** Chain head the device has followed, and the policy head it signed last. */
  readonly head: number
  readonly policy: number
  readonly held: readonly Held[]
}

/** What to submit, and the epoch keys to keep before submitting it. */
export type Given = { readonly id: GrantId; readonly items: SubmissionItem[]; readonly epochs: EpochKey[] }

/** Compartments a standing grant covers: its categories, and `people`, which goes along with any grant. */
export const standingCompartments = (categories: readonly string[]): Compartment[] => [
  ...categories.filter(isCategory),
  'people',
]

/**
 * Signs a grant with its one-off packet; a standing one opens new epochs in the same submission. The key wrapped to is
 * the one the signed request carries: a reader whose key changed since must ask again.
 */
export async function give(
  link: Link,
  patient: Acting & { keyring: Keyring },
  giving: Giving,
  others: readonly StandingReader[],
): Promise<Given> {
  const { request, reader, categories, records, until, standing, head, policy } = giving
  const { person } = reader
  if (!person || personThumbprint(person) !== request.reader) throw new AppError<GrantCode>('reader-key-changed')
  const id = newId<GrantId>(link.random)
  const scope = { categories, records, except: [], head }
  const covered = giving.held.filter((one) => inPacket(scope, one))
  const keys = covered.flatMap(({ record, version, key }) => (key === undefined ? [] : [{ record, version, key }]))
  const except = [...new Set(covered.filter((one) => one.key === undefined).map((one) => one.record))]
  const bind = { kind: 'grant', grant: id } as const
  const packet = await sealToPerson(person, bind, paddedJson({ keys }))
  const body = {
    ...{ request: request.id, reader: reader.handle, key: request.reader, categories, records, except, head, standing },
    ...{ until, policy: policy + 1, packets: [digest(packet)] },
  }
  const draft = { id, type: 'GrantGiven', iss: patient.handle, sub: patient.handle, body }
  const granted = { statement: await sign(link, patient.signer, draft), packets: [packet] }
  if (!standing) return { id, items: [granted], epochs: [] }
  const compartments = standingCompartments(categories)
  const opened = await openEpochs(link, patient, compartments, [...others, { grant: id, compartments, until, person }])
  return { id, items: [granted, ...opened.items], epochs: opened.epochs }
}

/** What ends a grant, before it is signed; `policy`: the head before it. */
export const revocation = (patient: string, grant: string, policy: number) => ({
  ...{ type: 'GrantRevoked', iss: patient, sub: patient },
  body: { grant, policy: policy + 1 },
})

/** Signs a revocation; where the grant was standing, its epochs turn over in the same submission. */
export async function revoke(
  link: Link,
  patient: Acting & { keyring: Keyring },
  grant: { id: string; standing: boolean; categories: readonly string[]; policy: number },
  remaining: readonly StandingReader[],
): Promise<{ items: SubmissionItem[]; epochs: EpochKey[] }> {
  const draft = revocation(patient.handle, grant.id, grant.policy)
  const revoked = { statement: await sign(link, patient.signer, draft) }
  if (!grant.standing) return { items: [revoked], epochs: [] }
  const opened = await openEpochs(link, patient, standingCompartments(grant.categories), remaining)
  return { items: [revoked, ...opened.items], epochs: opened.epochs }
}

/** New epochs with their packets: what an announcement says, whichever statement carries it. */
export type Opening = {
  readonly epochs: EpochKey[]
  readonly packets: string[]
  readonly body: { epochs: Epoch[]; readers: ReturnType<typeof bundle>; packets: string[] }
}

/**
 * Makes new epochs in `touched`: a packet for each reader still entitled in each span of time (G10), and last the own one,
 * sealed to `person`, which holds these keys and those of `also`.
 */
async function makeOpening(
  link: Link,
  keyring: Keyring,
  person: Keyring['person'],
  touched: readonly Compartment[],
  readers: readonly StandingReader[],
  also: readonly EpochKey[] = [],
  limit?: number,
): Promise<Opening> {
  if (!person) throw new AppError<GrantCode>('reader-key-changed')
  // The node refuses an epoch that began before its statement was signed; both are rounded down to this second.
  const plan = upTo(
    limit,
    planEpochs(touched, readers, (one) => lastEpoch(keyring, one), seconds(link.clock())),
  )
  const epochs = plan.map((one): EpochKey => {
    const { publicKey: key, privateKey } = generateKeyPair(link.random, link.suite)
    const { readers: _, ...epoch } = one
    return { ...epoch, key, privateKey: base64url(privateKey) }
  })
  const bundles = bundle(plan)
  const packets: string[] = []
  for (const { grant, from, epochs: places } of bundles) {
    const to = readers.find((one) => one.grant === grant)?.person
    if (!to) throw new AppError<GrantCode>('grant-unknown')
    const keys = places.map((at) => {
      const { compartment, epoch, privateKey: key } = epochs[at] as EpochKey
      return { compartment, epoch, key }
    })
    packets.push(await sealToPerson(to, { kind: 'epoch', grant, from }, paddedJson({ keys })))
  }
  packets.push(await sealOwn(person, keyring.n + 1, [...also, ...epochs]))
  const body = { epochs: epochs.map(publicEpoch), readers: bundles, packets: packets.map((one) => digest(one)) }
  return { epochs, packets, body }
}

/** D30 What a representative opens ends with the appointment: whoever makes a key knows it. */
const upTo = (limit: number | undefined, plan: readonly PlannedEpoch[]): readonly PlannedEpoch[] =>
  limit === undefined
    ? plan
    : plan.filter((one) => one.from < limit).map((one) => ({ ...one, until: Math.min(one.until ?? limit, limit) }))

/** Opens new epochs in `touched`, for the readers still entitled. */
export async function openEpochs(
  link: Link,
  patient: Acting & { keyring: Keyring },
  touched: readonly Compartment[],
  readers: readonly StandingReader[],
): Promise<{ items: SubmissionItem[]; epochs: EpochKey[] }> {
  const { keyring } = patient
  const limit = representativeBy(keyring, patient.signer.kid, seconds(link.clock()))?.until
  const { epochs, packets, body } = await makeOpening(link, keyring, keyring.person, touched, readers, [], limit)
  const draft = { type: 'EpochOpened', iss: patient.handle, sub: patient.handle }
  const entry = { n: keyring.n + 1, prev: keyring.head, ...body }
  return { items: [{ statement: await sign(link, patient.signer, { ...draft, body: entry }), packets }], epochs }
}

/** What a renewal puts in place of everything a lost device, or a dismissed guardian, could have known. */
export type Renewal = {
  readonly device: string
  readonly person: Keyring['person'] & object
  readonly inbox: string
  readonly recovery: object
  readonly content: string
  /** Every epoch key so far: the new own packet holds them all, the earlier ones are destroyed. */
  readonly held: readonly EpochKey[]
}

/** Signs a renewal: new keys throughout, every compartment turned over for the readers still entitled. */
export async function renewKeyring(
  link: Link,
  patient: Acting & { keyring: Keyring },
  { device, person, inbox, recovery, content, held }: Renewal,
  readers: readonly StandingReader[],
): Promise<{ items: SubmissionItem[]; epochs: EpochKey[] }> {
  const { keyring } = patient
  const { epochs, packets, body } = await makeOpening(link, keyring, person, compartments, readers, held)
  const draft = { type: 'KeyringRenewed', iss: patient.handle, sub: patient.handle }
  const entry = { n: keyring.n + 1, prev: keyring.head, device, person, inbox, ...recovery, ...body }
  const statement = await sign(link, patient.signer, { ...draft, body: entry })
  return { items: [{ statement, packets, content }], epochs }
}

/** Somebody who is newly named, and the checked key that the epochs so far are sealed to. */
export type Newcomer = { readonly id: string; readonly person: Keyring['person'] & object }

/**
 * Signs who represents the patient from now on: every compartment but `hidden` turns over for `readers` (representatives among
 * them), and each newcomer gets the keys of the epochs so far, hidden ones left out.
 */
export async function nameRepresentatives(
  link: Link,
  patient: Acting & { keyring: Keyring },
  representatives: readonly Representative[],
  newcomers: readonly Newcomer[],
  held: readonly EpochKey[],
  readers: readonly StandingReader[],
): Promise<{ items: SubmissionItem[]; epochs: EpochKey[] }> {
  const { keyring } = patient
  const open = compartments.filter((one) => one !== 'hidden')
  const { epochs, packets, body } = await makeOpening(link, keyring, keyring.person, open, readers)
  const keys = held
    .filter((one) => one.compartment !== 'hidden')
    .map(({ compartment, epoch, privateKey: key }) => ({ compartment, epoch, key }))
  for (const { id, person } of newcomers) {
    packets.push(await sealToPerson(person, { kind: 'representative', id }, paddedJson({ keys })))
  }
  const draft = { type: 'RepresentativesChanged', iss: patient.handle, sub: patient.handle }
  const digests = packets.map((one) => digest(one))
  const entry = { n: keyring.n + 1, prev: keyring.head, representatives, ...body, packets: digests }
  return { items: [{ statement: await sign(link, patient.signer, { ...draft, body: entry }), packets }], epochs }
}

/** One packet for each reader and beginning: what begins later must not be served with what runs now. */
function bundle(plan: readonly PlannedEpoch[]): { grant: string; from: number; epochs: number[] }[] {
  const bundles = new Map<string, { grant: string; from: number; epochs: number[] }>()
  for (const [at, { from, readers }] of plan.entries()) {
    for (const grant of readers) {
      const key = `${grant}/${from}`
      const one = bundles.get(key) ?? { grant, from, epochs: [] }
      one.epochs.push(at)
      bundles.set(key, one)
    }
  }
  return [...bundles.values()]
}

/** Signs a refusal. */
export async function refuse(link: Link, patient: Acting, request: string, reason: string): Promise<SubmissionItem> {
  const draft = { type: 'RequestRefused', iss: patient.handle, sub: patient.handle, body: { request, reason } }
  return { statement: await sign(link, patient.signer, draft) }
}
