/** The desk's import: FHIR resources in, signed and sealed deposits out. Runs on the desk's device, never on the node. */
import { type Bytes, base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { Digest, Handle, RecordId } from '@salus/base/ids'
import { hmacSha256 } from '@salus/crypto/hash'
import type { Keyring } from '@salus/directory/contract'
import { draftIntake, enterTraits } from '@salus/directory/device/desk'
import { findKeyring } from '@salus/directory/device/verify'
import type { SourceResource } from '@salus/fhir/contract'
import { identityKeys, traitsOf } from '@salus/fhir/patient'
import { submit } from '@salus/journal/device'
import { deposit } from '@salus/records/device/author'
import type { DeskStore, Filed } from './desk.store.ts'
import type { CliCode } from './errors.ts'
import type { OpenDesk } from './people.ts'

/** Deposits signed and sent together: how many, and how large their documents are, bytes; the first to be reached. */
const BATCH = 100
const BATCH_BYTES = 512 * 1024
/** Patients whose keyrings are remembered at one time. */
const KEPT_PEOPLE = 1_000

export type ImportCounts = {
  /** Resources read, by FHIR type. */
  read: Record<string, number>
  /** By FHIR type: deposited new, deposited as a new version, unchanged since the last import. */
  deposited: Record<string, number>
  versions: Record<string, number>
  unchanged: Record<string, number>
  /** Lines about no patient, or about several: nobody's record, so nowhere to file them. */
  setAside: Record<string, number>
  /** Deposits by category. */
  categories: Record<string, number>
  /** By FHIR type: what fits no category and went to documents. */
  fallback: Record<string, number>
  patients: number
  /** Handles of patients registered by this import, and of those a clerk's identifier matched. */
  newPatients: string[]
  matched: string[]
}

export type Importing = {
  readonly at: OpenDesk
  readonly store: DeskStore
  /** Throws what is wrong with a resource. */
  readonly validate: (source: SourceResource) => void
  readonly progress: (done: number) => void
}

type Pending = {
  source: SourceResource
  person: { handle: Handle; keyring: Keyring }
  digest: string
  before: Filed | undefined
}

const count = (table: Record<string, number>, key: string) => {
  table[key] = (table[key] ?? 0) + 1
}

/** A digest that only this desk can compute: what a source record said, without saying it. */
const keyed = (at: OpenDesk, bytes: Bytes | string): string =>
  base64url(hmacSha256(fromBase64url(at.keys.register.privateKey), typeof bytes === 'string' ? utf8(bytes) : bytes))

/**
 * Registers a patient the desk does not know yet: intake keyring, sealed traits. The seed is kept before it is used.
 * `identifiers` (`system|value`) are those a clerk vouches for: a later import that bears one goes to this patient.
 */
export async function newPatient(
  at: OpenDesk,
  store: DeskStore,
  source: string,
  traits: object,
  identifiers: readonly string[] = [],
): Promise<Handle> {
  const keys = identifiers.map((one) => keyed(at, `identifier:${one}`))
  for (const key of keys) {
    const held = (await store.handleByIdentifier(key)) as Handle | undefined
    if (held && (await known(at, held))) throw new AppError<CliCode>('identifier-known')
    // Erased since, or never published: it stands for nobody any more.
    if (held) await store.forget(held)
  }
  const seed = systemRandom(32)
  const { handle, statement } = await draftIntake(at.link, at.desk, seed)
  await store.addPerson({ source, handle, seed, identifiers: keys })
  await submit(at.link.call, at.link.logs, [{ statement }])
  await enterTraits(at.link, at.keys.register.publicKey, handle, traits)
  return handle
}

async function known(at: OpenDesk, handle: Handle): Promise<Keyring | undefined> {
  try {
    return (await findKeyring(at.link, handle)).keyring
  } catch (error) {
    if (isAppError(error) && error.code === 'keyring-unknown') return undefined
    throw error
  }
}

/** Sends what an earlier run had signed but not noted: statements go in once, whatever happens between. */
async function flushOutbox({ at, store }: Importing): Promise<void> {
  const left = await store.outbox()
  if (!left) return
  try {
    await submit(at.link.call, at.link.logs, left.items)
    await store.file(left.filed)
  } catch (error) {
    // Never accepted and too old now: what it held is simply imported again.
    if (
      !isAppError(error) ||
      !['statement-expired', 'deposit-key-wrong', 'keyring-unknown', 'patient-unknown', 'version-wrong'].includes(
        error.code,
      )
    )
      throw error
  }
  await store.clearOutbox()
}

async function send(importing: Importing, batch: readonly Pending[]): Promise<void> {
  const { at, store } = importing
  const author = { iss: at.keys.org, signer: at.desk.signer }
  const made = await Promise.all(
    batch.map(async ({ source, person, before, digest }) => {
      const replaces = before && {
        ...{ record: before.record as RecordId, version: before.version, statement: before.statement as Digest },
      }
      const what = { category: source.filing, fhir: source.bytes, ...(replaces ? { replaces } : {}) }
      const { record, version, statement, item } = await deposit(at.link, author, person.keyring, what)
      return {
        item,
        filed: { source: keyed(at, source.source), handle: person.handle, record, version, statement, digest },
      }
    }),
  )
  const items = made.map((one) => one.item)
  const filed = made.map((one) => one.filed)
  await store.keepOutbox(items, filed)
  await submit(at.link.call, at.link.logs, items)
  await store.file(filed)
  await store.clearOutbox()
}

/** Sends a batch; when a patient's keyring moved meanwhile, looks the keyrings up again and signs anew, once. */
async function sendFresh(importing: Importing, batch: Pending[]): Promise<void> {
  try {
    await send(importing, batch)
  } catch (error) {
    if (!isAppError(error) || error.code !== 'deposit-key-wrong') throw error
    for (const one of batch) one.person.keyring = (await findKeyring(importing.at.link, one.person.handle)).keyring
    await send(importing, batch)
  }
}

/** One batch is on its way to the node while the next is read and checked; never two, so that the outbox holds one. */
function createBatches(importing: Importing) {
  let batch: Pending[] = []
  let bytes = 0
  let flying: readonly Pending[] = []
  let sending: Promise<void> = Promise.resolve()
  const launch = async () => {
    await sending
    flying = batch
    batch = []
    bytes = 0
    sending = sendFresh(importing, [...flying])
    sending.catch(() => undefined)
  }
  return {
    /** Two versions of one source record never share a batch, nor fly together: the second must cite the first. */
    async apart({ source }: SourceResource, handle: Handle): Promise<void> {
      const isSame = (one: Pending) => one.person.handle === handle && one.source.source === source
      if (batch.some(isSame)) await launch()
      if (flying.some(isSame)) await sending
    },
    async add(one: Pending): Promise<void> {
      batch.push(one)
      bytes += one.source.bytes.length
      if (batch.length >= BATCH || bytes >= BATCH_BYTES) await launch()
    },
    async finish(): Promise<void> {
      if (batch.length > 0) await launch()
      await sending
    },
    /** Something is wrong with what came after it: what is on its way still arrives, and is noted. */
    settle: () => sending.catch(() => undefined),
  }
}

const noCounts = (): ImportCounts => ({
  ...{ read: {}, deposited: {}, versions: {}, unchanged: {}, setAside: {}, categories: {}, fallback: {} },
  ...{ patients: 0, newPatients: [], matched: [] },
})

/** Who a source record is about, looked up once in a while. */
function createPeople(importing: Importing, counts: ImportCounts) {
  const people = new Map<string, Pending['person']>()
  return async (source: SourceResource): Promise<Pending['person']> => {
    const known = people.get(source.patient)
    if (known) return known
    const person = await findPerson(importing, source, counts)
    people.set(source.patient, person)
    if (people.size > KEPT_PEOPLE) people.delete(people.keys().next().value as string)
    counts.patients++
    return person
  }
}

/** Imports everything `resources` yields; a resource that does not validate stops it before its batch is sent. */
export async function importResources(
  importing: Importing,
  resources: AsyncIterable<SourceResource>,
): Promise<ImportCounts> {
  const { at, store, validate, progress } = importing
  const counts = noCounts()
  await flushOutbox(importing)
  const personOf = createPeople(importing, counts)
  const batches = createBatches(importing)
  const fileOne = async (source: SourceResource) => {
    const person = await personOf(source)
    await batches.apart(source, person.handle)
    const digest = keyed(at, source.bytes)
    const before = await store.filed(person.handle, keyed(at, source.source))
    if (before?.digest === digest) return count(counts.unchanged, source.type)
    count(before ? counts.versions : counts.deposited, source.type)
    count(counts.categories, source.filing)
    if (source.fallback) count(counts.fallback, source.type)
    await batches.add({ source, person, digest, before })
  }
  let done = 0
  try {
    for await (const source of resources) {
      validate(source)
      count(counts.read, source.type)
      if (source.patient === '') {
        count(counts.setAside, source.type)
        continue
      }
      await fileOne(source)
      progress(++done)
    }
    await batches.finish()
  } finally {
    await batches.settle()
  }
  return counts
}

/** The handle this desk gave to a patient of the source system. */
export const handleFor = (at: OpenDesk, store: DeskStore, source: string): Promise<string | undefined> =>
  store.handleBySource(keyed(at, source))

/** The patient a resource belongs to: known to this desk, or new when the resource is the Patient itself. */
async function findPerson(importing: Importing, source: SourceResource, counts: ImportCounts) {
  const { at, store } = importing
  const key = keyed(at, source.patient)
  const before = await store.handleBySource(key)
  const matched = before === undefined ? await matchedBy(importing, source) : undefined
  const handle = (before ?? matched) as Handle | undefined
  const keyring = handle && (await known(at, handle))
  if (handle && keyring) {
    // Claimed: the intake keys have done their work, this desk forgets them (architecture §3, "Before the claim").
    if (keyring.devices.length > 0) await store.dropSeed(handle)
    if (matched) await store.linkSource(key, matched)
    if (matched) counts.matched.push(matched)
    return { handle, keyring }
  }
  // Known here but gone from the node: the person erased everything, and comes back as somebody new.
  if (handle) await store.forget(handle)
  if (source.type !== 'Patient') throw new AppError('no-patient', { type: source.type, ...source.at })
  const made = await newPatient(at, store, key, traitsOf(source.resource))
  counts.newPatients.push(made)
  return { handle: made, keyring: (await findKeyring(at.link, made)).keyring }
}

/** Whom a clerk registered with an identifier that this Patient bears; two different ones are for a person to decide. */
async function matchedBy({ at, store }: Importing, { type, resource }: SourceResource): Promise<string | undefined> {
  if (type !== 'Patient') return undefined
  const found = new Set<string>()
  for (const one of identityKeys(resource).identifiers) {
    const handle = await store.handleByIdentifier(keyed(at, `identifier:${one}`))
    if (handle) found.add(handle)
  }
  if (found.size > 1) throw new AppError('two-patients', { patients: found.size })
  return [...found][0]
}
