/** consortium.json: the roots everyone pins (architecture §3, "Who is who"), signed by the organisations it names. */
import { base64url, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { decodeJws, type SigningKey, signJws, verifyEd25519 } from '@salus/crypto/jws'
import { type NoteKey, parseVkey } from '@salus/journal/note'
import type { DirectoryCode, Knows } from './contract.ts'
import { NAME } from './name.ts'
import { deviceThumbprint } from './thumbprint.ts'

const TYP = 'salus-consortium+jws'
const refuse = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** What an organisation can be; the ledger knows the same words. */
export const organisationKinds = [
  'hospital',
  'health-centre',
  'practice',
  'pharmacy',
  'laboratory',
  'research',
  'authority',
] as const

/** An organisation as the roots name it; its desk's device prints this as the desk's card. */
export const organisationCard = z.strictObject({
  org: field.org,
  name: z.string().min(1).max(120).regex(NAME),
  kind: z.enum(organisationKinds),
  country: z.string().regex(/^[A-Z]{2}$/),
  key: field.key32,
})
export type OrganisationCard = z.infer<typeof organisationCard>

/** Keys that an organisation can have had. */
export const MOST_PAST = 100
/** A second that a calendar has a date for. */
const end = z.int().min(1).max(253_402_300_799)
/** D43 A key that an organisation had before; it signs nothing that says to be from `until` (seconds) or later. */
const pastKey = z.strictObject({ key: field.key32, until: end })
const organisation = organisationCard.extend({ past: z.array(pastKey).min(1).max(MOST_PAST).optional() })
/** D43 An organisation that left: its card as it was, its keys, and from when on none of them signs. */
const formerOrganisation = organisation.extend({ until: end })
/** One word as it is printed: who signs reads it on a line of its own, and no other line comes out of it. */
const word = z.string().regex(/^[!-~]{1,200}$/)

/** What the document says. Organisations are public bodies; no person is named. */
const document = z.strictObject({
  version: z.int().min(1),
  chain: z.string().regex(/^[a-z0-9-]{3,40}$/),
  /** App hash of the ledger's genesis. */
  genesis: field.digest,
  organisations: z.array(organisation).min(1),
  /** Who left; not one of these votes, signs anything new or is offered for anything. Their journals stay among the others. */
  former: z.array(formerOrganisation).min(1).max(1000).optional(),
  journals: z.array(z.strictObject({ origin: word, vkey: word, operator: field.org })).min(1),
  /** tlog-policy text: `quorum none` reads "not witnessed". */
  policy: z.string(),
  /** The suite that new keys are made in (docs/suites.md); the first when not said. */
  suite: z.union([z.literal(1), z.literal(2)]).optional(),
})
export type Roots = z.infer<typeof document>

/** D43 A key of the past is one organisation's and nobody's key of today; who left is not there too. */
function isOfOnePiece({ organisations, former = [] }: Roots): boolean {
  const left = former.map(({ org }) => org)
  const old = [...organisations, ...former].flatMap(({ past = [] }) => past.map(({ key }) => key))
  const dead = [...old, ...former.map(({ key }) => key)]
  const once = new Set(dead).size === dead.length && new Set(left).size === left.length
  return once && organisations.every(({ org, key }) => !left.includes(org) && !dead.includes(key))
}

export const roots = document.refine(isOfOnePiece, { path: ['former'] })

/** The file: the document once readable, and the JWS each organisation made over the same payload. */
export const consortium = z.strictObject({
  roots,
  signatures: z.array(z.string()).min(1),
  /** By keys that the version before names and this one no longer does: they vote for the succession, and for nothing else. */
  previous: z.array(z.string()).min(1).max(1000).optional(),
})
export type Consortium = z.infer<typeof consortium>

/** Signs `document` for one organisation. */
export const signRoots = (document: Roots, key: SigningKey, kid: string): Promise<string> =>
  signJws(key, { typ: TYP, kid }, utf8(JSON.stringify(document)))

// Whose key of `organisations` signed exactly `document`.
async function signerAmong(organisations: readonly OrganisationCard[], document: Roots, token: string) {
  const jws = decodeJws(token, TYP)
  const org = organisations.find((one) => one.key === jws.header.kid)
  const same = token.split('.')[1] === base64url(utf8(JSON.stringify(document)))
  return org && same && (await verifyEd25519(org.key, jws.signingInput, jws.signature)) ? org.org : undefined
}

/** The organisation of `document` that signed exactly it with `token`; undefined when none did. Throws `jws-invalid`. */
export const rootsSigner = (document: Roots, token: string): Promise<string | undefined> =>
  signerAmong(document.organisations, document, token)

/** The organisation of `previous` that voted with `token` for exactly `document`; undefined when none did. Throws `jws-invalid`. */
export const rootsVoter = (previous: Roots, document: Roots, token: string): Promise<string | undefined> =>
  signerAmong(previous.organisations, document, token)

/**
 * D19 Reads and checks the file: every organisation it names has signed exactly this document.
 * Trust itself comes from pinning it (desk QR, app, first start): this proves it was not altered since.
 */
export async function openConsortium(file: string | Uint8Array): Promise<Roots> {
  const { roots: document, signatures } = parseWith(consortium, file)
  const signed = new Set<string>()
  for (const token of signatures) {
    const org = await rootsSigner(document, token)
    if (org === undefined) throw refuse('organisation-unknown')
    signed.add(org)
  }
  if (signed.size !== document.organisations.length) throw refuse('organisation-unknown')
  return document
}

/** Did more than half of the organisations of `previous`, with the keys they have there, sign exactly `next`? */
async function hasQuorum(previous: Roots, next: Roots, { signatures, previous: others = [] }: Consortium) {
  const voters = new Set<string>()
  for (const token of others) {
    const org = await rootsVoter(previous, next, token)
    if (org === undefined) throw refuse('organisation-unknown')
    voters.add(org)
  }
  for (const token of signatures) {
    const org = await rootsVoter(previous, next, token)
    if (org !== undefined) voters.add(org)
  }
  return voters.size * 2 > previous.organisations.length
}

/**
 * D39 The roots that take the place of `previous` (opened before): the next version of the same chain, signed by every
 * organisation they name, as any roots, and by more than half of those that `previous` names (TUF's root rule). Who leaves
 * need not sign. Throws `roots-chain`, `roots-older`, `roots-skipped`, `roots-minority`, and what `openConsortium` throws.
 */
export async function succeedRoots(previous: Roots, file: string | Uint8Array): Promise<Roots> {
  const next = await openConsortium(file)
  if (next.chain !== previous.chain || next.genesis !== previous.genesis) throw refuse('roots-chain')
  if (next.version <= previous.version) throw refuse('roots-older')
  // Each version is vouched for by the one before it only: one left out is a quorum nobody has seen.
  if (next.version !== previous.version + 1) throw refuse('roots-skipped')
  if (!(await hasQuorum(previous, next, parseWith(consortium, file)))) throw refuse('roots-minority')
  return next
}

/** D39 From the roots that a device has pinned to the last of `files`, each the successor of the one before; none: as pinned. */
export async function followRoots(pinned: Roots, files: readonly (string | Uint8Array)[]): Promise<Roots> {
  let at = pinned
  for (const file of files) at = await succeedRoots(at, file)
  return at
}

/** Versions handed out at once: whoever is further behind asks again. */
export const MOST_VERSIONS = 16

/** The journals' note verifiers. */
export const logKeys = (document: Roots): NoteKey[] => document.journals.map((one) => parseVkey(one.vkey))

/** The key that an organisation signs with now, or undefined: what it once signed is held against `orgKeyAt`. */
export const orgKey = (document: Roots, org: string): string | undefined =>
  document.organisations.find((one) => one.org === org)?.key

/** An organisation as the roots know it, also one that left: for names on old records, never for a choice. */
const knownOrg = ({ organisations, former = [] }: Roots, org: string) =>
  [...organisations, ...former].find((one) => one.org === org)

/** Is it an organisation of the consortium, or was it one? */
export const isOrg = (document: Roots, org: string): boolean => knownOrg(document, org) !== undefined

/** What an organisation is called, or was when it left. */
export const orgName = (document: Roots, org: string): string | undefined => knownOrg(document, org)?.name

/** Which organisations are the consortium's, or were at a time. */
export const knownTo =
  ({ organisations, former = [] }: Roots): Knows =>
  (org, at) =>
    organisations.some((one) => one.org === org) || former.some((one) => one.org === org && at < one.until)

/** Every key that the roots know of an organisation; `until` (seconds): from when it signs nothing. */
export function orgKeys(document: Roots, org: string): { readonly key: string; readonly until?: number }[] {
  const found = knownOrg(document, org)
  if (!found) return []
  const { key, past = [] } = found
  const left = document.former?.find((one) => one === found)
  return [left ? { key, until: left.until } : { key }, ...past]
}

/**
 * D43 The key that `kid` (a thumbprint) names for an organisation, for something signed at `iat` (seconds): a past key, and one of whoever
 * left, only for what says to be from before its end. Without `iat` (a document tells no time: its deposit does) any key there was.
 */
export const orgKeyAt = (document: Roots, org: string, kid: string, iat?: number): string | undefined =>
  orgKeys(document, org).find(
    ({ key, until }) => deviceThumbprint(key) === kid && (until === undefined || iat === undefined || iat < until),
  )?.key
