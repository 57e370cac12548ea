/** Builders for journeys: a desk, professionals and patients on a test node, each with keys of their own. */
import { type Bytes, utf8 } from '@salus/base/bytes'
import { type Clock, type Random, seconds, systemClock, systemRandom } from '@salus/base/clock'
import type { Handle } from '@salus/base/ids'
import { approveClaim, draftIntake, issueCode, issueCredential } from '@salus/directory/device/desk'
import { createCall } from '@salus/directory/device/http'
import { createLink, type Link } from '@salus/directory/device/link'
import { beginClaim, collectClaim, finishClaim, type PatientKeys, signerOf } from '@salus/directory/device/patient'
import { enrol, openingKeys, type ProfessionalKeys } from '@salus/directory/device/professional'
import { openSession } from '@salus/directory/device/session'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import type { Profession } from '@salus/directory/matrix'
import { ask } from '@salus/grants/device'
import { submit } from '@salus/journal/device'
import type { Signer } from '@salus/journal/statement'
import type { TestNode } from '@salus/node-app/testing'
import { deposit } from '@salus/records/device/author'
import { emptyBook } from '@salus/records/device/own'
import type { PatientDevice } from '@salus/records/device/patient'
import { listGranted, type Reader, read } from '@salus/records/device/reader'
import { keysFor } from '@salus/records/device/represent'

export type World = { readonly at: TestNode; readonly clock: Clock; readonly random: Random }

export const world = (at: TestNode, clock: Clock = systemClock): World => ({ at, clock, random: systemRandom })

/** A link to the node, with a session of `sub` when a signer is given. */
export async function linkTo({ at, clock, random }: World, signer?: Signer, sub = ''): Promise<Link> {
  const wire = { fetch: at.fetch, base: 'http://node.test', clock, random }
  const { origin } = at
  const plain = createLink(createCall(wire), at.node.roots, { clock, random, origin })
  if (!signer) return plain
  const session = await openSession(plain.call, signer, sub, plain.origin)
  return createLink(
    createCall(wire, () => session),
    at.node.roots,
    { clock, random, origin },
  )
}

export async function deskOf(w: World, org = 'saint-roch') {
  const one = w.at.organisations.find((each) => each.org === org)
  if (!one) throw new Error(`no organisation ${org}`)
  return { desk: { org, signer: one.signer }, link: await linkTo(w, one.signer, org) }
}

/** A patient with an intake keyring, not claimed yet. */
export async function intake(w: World, org = 'saint-roch'): Promise<{ handle: Handle; seed: Bytes; org: string }> {
  const { desk, link } = await deskOf(w, org)
  const seed = w.random(32)
  const { handle, statement } = await draftIntake(link, desk, seed)
  await submit(link.call, link.logs, [{ statement }])
  return { handle, seed, org }
}

/** Claims an intake keyring: code, fingerprint, countersignature. */
export async function claim(w: World, person: { handle: Handle; seed: Bytes; org: string }): Promise<PatientDevice> {
  const { desk, link: deskLink } = await deskOf(w, person.org)
  const code = await issueCode(deskLink, desk, person.handle)
  const link = await linkTo(w)
  const pending = await beginClaim(link, code)
  const { claims } = await deskLink.call(directoryEndpoints.claims)
  const waiting = claims.find((one) => one.claim === pending.claim)
  if (!waiting) throw new Error('the desk does not see the claim')
  await approveClaim(deskLink, desk, waiting, person.seed)
  const approved = await collectClaim(link, pending)
  if (!approved) throw new Error('the approval does not reach the device')
  const keys: PatientKeys = await finishClaim(link, pending, approved, async () => {})
  const own = await linkTo(w, await signerOf(keys.device), keys.handle)
  return { link: own, keys, book: emptyBook(), save: async () => {} }
}

export const newPatient = async (w: World, org = 'saint-roch') => claim(w, await intake(w, org))

/** A device of `own` that acts for the patient whose keys these are. */
export async function actingFor(
  w: World,
  own: PatientDevice,
  { handle, org }: Pick<PatientKeys, 'handle' | 'org'>,
): Promise<PatientDevice> {
  const keys = structuredClone(keysFor(own.keys, handle, org))
  const link = await linkTo(w, await signerOf(keys.device), handle)
  return { link, keys, book: emptyBook(), save: async () => {} }
}

export type Pro = { keys: ProfessionalKeys; link: Link; signer: Signer; reader: () => Promise<Reader> }

/** A professional with a credential. */
export async function newPro(w: World, profession: Profession = 'physician', org = 'saint-roch'): Promise<Pro> {
  const pro = await enrolled(w, org)
  const { desk, link } = await deskOf(w, org)
  const { handle, name } = pro.keys
  await issueCredential(link, desk, { handle, profession, name, until: seconds(w.clock()) + 365 * 86_400 })
  return pro
}

/** A professional whom nobody has vouched for yet. */
export async function enrolled(w: World, org = 'saint-roch'): Promise<Pro> {
  const keys = await enrol(await linkTo(w), { org: org as never, name: 'Dr Sample (sample)' }, async () => {})
  const signer = await signerOf(keys.device)
  const link = await linkTo(w, signer, keys.handle)
  return {
    keys,
    link,
    signer,
    reader: async () => ({ handle: keys.handle, signer, keys: await openingKeys(link, keys) }),
  }
}

export type Author = { iss: string; signer: Signer; link: Link }

/** A professional as an author. */
export const proAuthor = (pro: Pro): Author => ({ iss: pro.keys.handle, signer: pro.signer, link: pro.link })

/** Deposits a small FHIR resource for `handle`, by a desk or a professional. */
export async function write(author: Author, handle: Handle, category: string, value: object) {
  const { keyring } = await findKeyring(author.link, handle)
  const fhir = utf8(JSON.stringify(value))
  const made = await deposit(author.link, author, keyring, { category: category as never, fhir })
  await submit(author.link.call, author.link.logs, [made.item])
  return made
}

/** The desk as an author. */
export async function deskAuthor(w: World, org = 'saint-roch') {
  const { desk, link } = await deskOf(w, org)
  return { iss: org, signer: desk.signer, link }
}

/** Asks for categories; answers the request's id. */
export async function request(
  w: World,
  pro: Pro,
  patient: Handle,
  categories: readonly string[],
  more: { hours?: number; records?: readonly string[]; team?: Handle; colleague?: Handle } = {},
): Promise<string> {
  const { team, colleague } = more
  const reader = (await findKeyring(pro.link, colleague ?? team ?? pro.keys.handle)).keyring
  const until = seconds(w.clock()) + (more.hours ?? 24) * 3_600
  const body = {
    categories: [...categories],
    records: [...(more.records ?? [])],
    purpose: 'TREAT',
    until,
  } as never as object
  const wanted = { ...body, patient, reader, ...(team ? { team } : {}), ...(colleague ? { colleague } : {}) }
  const { id, item } = await ask(pro.link, { handle: pro.keys.handle, signer: pro.signer }, wanted as never)
  await submit(pro.link.call, pro.link.logs, [item])
  return id
}

/** Everything a grant lets its reader open: FHIR texts with their categories. */
export async function readAll(pro: Pro, grant: string, patient: string) {
  const rows = await listGranted(pro.link, grant)
  const out = []
  for await (const page of read(pro.link, await pro.reader(), { id: grant, patient }, rows)) out.push(...page.records)
  return out
}
