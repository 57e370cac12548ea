/** The directory's endpoints, as data. Handles travel in bodies, never in a path. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { receipt } from '@salus/journal/contract'
import { consortium, MOST_VERSIONS } from './consortium.ts'
import { personKey } from './contract.ts'

const secret = field.key32

/** What a verifier gets of a keyring: every entry, the newest one's receipt, and what vouches for it. */
export const keyringView = z.strictObject({
  handle: field.handle,
  entries: z.array(z.string()),
  receipt,
  credentials: z.array(z.strictObject({ statement: z.string(), revoked: z.boolean() })),
  /** The desk's word that others are the same person: their documents are asked for along with these. */
  merges: z.array(z.string()).max(20),
})
export type KeyringView = z.infer<typeof keyringView>

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const directoryEndpoints = {
  consortium: {
    name: 'directory.consortium',
    method: 'GET',
    path: '/consortium.json',
    allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
    output: consortium,
    summary: 'The roots to pin: organisations, their keys, the journal and the witness policy, signed.',
  },
  versions: {
    name: 'directory.versions',
    method: 'GET',
    path: '/consortium/versions',
    allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
    query: z.strictObject({ after: z.coerce.number().int().min(1) }),
    output: z.strictObject({ files: z.array(consortium).max(MOST_VERSIONS) }),
    summary: 'The versions of that file after a given one, in order: each is to be held against the one before it.',
  },
  challenge: {
    name: 'directory.challenge',
    method: 'POST',
    path: '/sessions/challenge',
    allow: { anonymous: 'any' },
    output: z.strictObject({ challenge: secret }),
    summary: 'A fresh challenge, good for one minute and one use.',
  },
  session: {
    name: 'directory.session',
    method: 'POST',
    path: '/sessions',
    allow: { anonymous: 'any' },
    input: z.strictObject({ proof: z.string().max(4_000) }),
    output: z.strictObject({ token: secret, until: field.time }),
    summary: 'Opens a session for the device that signed the challenge; the token works with that key only (RFC 9449).',
  },
  keyring: {
    name: 'directory.keyring',
    method: 'POST',
    path: '/keyrings/find',
    allow: { patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
    input: z.strictObject({ handle: field.handle }),
    output: keyringView,
    summary: 'A keyring with all its entries, to be checked by whoever seals to it or verifies with it.',
  },
  claim: {
    name: 'directory.claim',
    method: 'POST',
    path: '/claims',
    allow: { anonymous: 'any' },
    input: z.strictObject({ code: z.string().max(40), device: field.key32, agreement: field.packetKey }),
    output: z.strictObject({
      claim: field.statementId,
      secret,
      handle: field.handle,
      entries: z.array(z.string()),
      receipt,
    }),
    summary: 'A patient’s new device presents the one-time code; the desk then compares fingerprints.',
  },
  collect: {
    name: 'directory.collect',
    method: 'POST',
    path: '/claims/collect',
    allow: { anonymous: 'any' },
    input: z.strictObject({ claim: field.statementId, secret }),
    output: z.strictObject({ approval: z.string().nullable(), packet: z.string().nullable() }),
    summary: 'The waiting device asks whether the desk has countersigned.',
  },
  claims: {
    name: 'directory.claims',
    method: 'GET',
    path: '/claims',
    allow: { desk: 'any' },
    output: z.strictObject({
      claims: z.array(
        z.strictObject({
          claim: field.statementId,
          handle: field.handle,
          device: field.key32,
          agreement: field.packetKey,
          at: field.time,
        }),
      ),
    }),
    summary: "Claims that wait for the caller's own desk.",
  },
  professionals: {
    name: 'directory.professionals',
    method: 'GET',
    path: '/professionals',
    allow: { desk: 'any' },
    output: z.strictObject({
      professionals: z.array(
        z.strictObject({
          handle: field.handle,
          name: z.string(),
          device: field.key32,
          head: field.digest,
          credential: z.strictObject({ id: field.statementId, profession: z.string(), until: field.time }).nullable(),
        }),
      ),
    }),
    summary: "Professionals whose keyring is at the caller's organisation.",
  },
  keepers: {
    name: 'directory.keepers',
    method: 'GET',
    path: '/keepers',
    allow: { patient: 'any', professional: 'any', desk: 'any' },
    output: z.strictObject({ keepers: z.array(field.handle) }),
    summary: 'Emergency keepers with a credential in force: handles; each keyring is to be checked.',
  },
  teams: {
    name: 'directory.teams',
    method: 'GET',
    path: '/teams',
    allow: { professional: 'any' },
    output: z.strictObject({
      teams: z.array(
        z.strictObject({ handle: field.handle, name: z.string(), person: personKey, packets: z.array(z.string()) }),
      ),
    }),
    summary: 'Teams the caller is a member of now, with the packets that hold their keys for the caller.',
  },
  register: {
    name: 'directory.register',
    method: 'GET',
    path: '/register',
    allow: { desk: 'any' },
    output: z.strictObject({
      people: z.array(z.strictObject({ handle: field.handle, sealed: z.string(), claimed: z.boolean() })),
    }),
    summary: "The caller's own register: identity traits, sealed to the desk; the node cannot read them.",
  },
  enter: {
    name: 'directory.enter',
    method: 'POST',
    path: '/register',
    allow: { desk: 'any' },
    input: z.strictObject({ handle: field.handle, sealed: z.string().max(20_000) }),
    output: z.strictObject({}),
    summary: 'Writes or replaces the sealed traits of a patient of the caller’s own organisation.',
  },
  findKeychain: {
    name: 'directory.findKeychain',
    method: 'POST',
    path: '/keychains/find',
    allow: { anonymous: 'any' },
    input: z.strictObject({ locator: secret, card: secret.optional() }),
    output: z.strictObject({ view: keyringView, content: z.string(), packet: z.string().nullable() }),
    summary: 'The sealed keychain that a way of restoring leads to, by 32 bytes derived from its secret.',
  },
  keychain: {
    name: 'directory.keychain',
    method: 'GET',
    path: '/keychain',
    allow: { patient: 'any' },
    query: z.strictObject({ after: z.coerce.number().int().min(0).default(0) }),
    output: z.strictObject({
      content: z.string().nullable(),
      packets: z.array(z.strictObject({ n: z.int(), packet: z.string() })),
    }),
    summary: "The caller's own sealed keychain, and own packets of keyring entries after `after`, a hundred at a time.",
  },
  represented: {
    name: 'directory.represented',
    method: 'GET',
    path: '/represented',
    allow: { patient: 'any' },
    output: z.strictObject({ represented: z.array(z.strictObject({ handle: field.handle, until: field.time })) }),
    summary: 'Whom the caller may act for now, and until when.',
  },
  entrusted: {
    name: 'directory.entrusted',
    method: 'GET',
    path: '/entrusted',
    allow: { representative: 'any' },
    output: z.strictObject({ appointment: field.grantId, packets: z.array(z.string()) }),
    summary:
      'What opens the record of the person the session acts for: packets sealed to the caller, hidden ones never.',
  },
  me: {
    name: 'directory.me',
    method: 'GET',
    path: '/me',
    allow: { patient: 'any', professional: 'any' },
    output: keyringView,
    summary: "The caller's own keyring and credentials.",
  },
} as const satisfies Record<string, Endpoint>
