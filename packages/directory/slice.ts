/** The directory's kinds of statements: who may sign each, its rule, its view. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { personThumbprint } from '@salus/crypto/keys'
import {
  type AnyKind,
  type Deciding,
  kind,
  type PacketIn,
  type SignerPort,
  type Signing,
  type Slice,
  type SourceEffects,
} from '@salus/journal/slice'
import { parseStatement } from '@salus/journal/statement'
import { CIRCLE_VIEWS, forgetCircle } from './circle.store.ts'
import { circleKind, homeKind } from './circle.ts'
import {
  type Credential,
  claimApproved,
  claimCodeIssued,
  credentialIssued,
  credentialRevoked,
  type DirectoryCode,
  type DirectoryPort,
  type Keyring,
  type Knows,
  keyringClaimed,
  keyringStarted,
  type OrganisationPort,
  teamChanged,
} from './contract.ts'
import {
  approvalOf,
  closeApproval,
  credentialById,
  credentialsOf,
  DIRECTORY_VIEWS,
  forgetPerson,
  loadKeyring,
  replaceCredentials,
  revokeCredential,
  saveApproval,
  saveClaimCode,
  saveCredential,
  saveKeyring,
  saveTeamPacket,
  teamsOf,
  unvouched,
} from './directory.store.ts'
import { checkOwnPacket, extend, project, projectOwnPacket } from './extend.ts'
import { forgetMerges, IDENTITY_VIEWS } from './identities.store.ts'
import { identityKinds, mergedInto } from './identities.ts'
import { deviceOf, deviceThumbprint, extendKeyring, handleOf, representativeBy, startKeyring } from './keyring.ts'
import { forgetRecovery, RECOVERY_VIEWS } from './recovery.store.ts'
import { recoveryKinds } from './recovery.ts'
import { forgetRepresented, REPRESENTED_VIEWS } from './represented.store.ts'
import { claimable, credentialInForce, ownOrganisation } from './rules.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** D45 Its credential in force at `now`; none of an organisation that had left by then: nobody is there to take it back. */
async function heldBy(knows: Knows, views: Tx, handle: string, now: number) {
  const all = await credentialsOf(views, handle)
  return all.find((one) => credentialInForce(one, now) && knows(one.org, now))
}

/** What other slices may ask of the directory. */
export const createDirectoryPort = (knows: Knows): DirectoryPort => ({
  keyring: loadKeyring,
  async credential(views, handle, now) {
    const found = await heldBy(knows, views, handle, now)
    return found?.profession === 'keeper' ? undefined : found
  },
  async keeper(views, handle, now) {
    const found = await heldBy(knows, views, handle, now)
    return found?.profession === 'keeper' ? found : undefined
  },
  teams: teamsOf,
  vouched: async (views, handle) => (await credentialsOf(views, handle)).length > 0,
  mergedInto,
  async representative(views, handle, kid, now) {
    const state = await loadKeyring(views, handle)
    const found = state && (await representing(views, state, kid))
    return found && (found.until ?? 0) > now ? representativeBy(state, kid, now) : undefined
  },
})

/** Whose key is it: an organisation's (from the ledger) or the current device key of a keyring. */
export const createSigners = (organisations: OrganisationPort): SignerPort => ({
  async find(views, issuer, kid) {
    const orgKey = organisations.key(issuer)
    if (orgKey !== undefined) {
      if (deviceThumbprint(orgKey) !== kid) return undefined
      return { publicKey: orgKey, actor: { role: 'desk', org: issuer as never } }
    }
    const state = await loadKeyring(views, issuer)
    if (!state) return undefined
    const { handle, org, recovery } = state
    const device = state.devices.find((one) => deviceThumbprint(one) === kid)
    const role = state.kind === 'patient' ? 'patient' : 'professional'
    if (device !== undefined) return { publicKey: device, actor: { role, handle, org } }
    if (recovery && deviceThumbprint(recovery.key) === kid) {
      return { publicKey: recovery.key, actor: { role: 'recovery', handle, org } }
    }
    return representing(views, state, kid)
  },
  /** D37 For what a home took earlier: a key that was the organisation's (D43) or the keyring's, and is not any more. */
  async earlier(views, issuer, kid, iat) {
    const past = organisations.earlier?.(issuer, kid, iat)
    if (past !== undefined) return { publicKey: past, actor: { role: 'desk', org: issuer as never } }
    const state = await loadKeyring(views, issuer)
    const publicKey = state?.past.find((one) => deviceThumbprint(one) === kid)
    // D47 The home saw that it was one of the representative's own then.
    if (state && publicKey === undefined) return actingBy(state, kid)
    if (!state || publicKey === undefined || state.kind === 'team') return undefined
    const role = state.kind === 'patient' ? 'patient' : 'professional'
    return { publicKey, actor: { role, handle: state.handle, org: state.org } }
  },
  named: actingUnseen,
})

/** D47 At a copy the representative's own keyring may not be: then the patient's word that names the key is what there is. */
async function actingUnseen(views: Tx, issuer: string, kid: string): Promise<Signing | undefined> {
  const state = await loadKeyring(views, issuer)
  const row = state && representativeBy(state, kid, 0)
  return row && !(await loadKeyring(views, row.handle)) ? actingBy(state, kid) : undefined
}

/** The key of a representative that stands in the keyring, and until when. */
function actingBy(state: Keyring, kid: string): Signing | undefined {
  const row = representativeBy(state, kid, 0)
  const publicKey = row && deviceOf(row, kid)
  if (!row || publicKey === undefined) return undefined
  const { handle, org } = state
  const actor = { role: 'representative', handle, org, by: row.handle, appointment: row.id } as const
  return { publicKey, actor, until: row.until }
}

/** D29 A representative's key, while it is also one of the own keyring's: a phone that was lost acts for nobody. */
async function representing(views: Tx, state: Keyring, kid: string): Promise<Signing | undefined> {
  const row = representativeBy(state, kid, 0)
  const own = row && (await loadKeyring(views, row.handle))
  const acting = actingBy(state, kid)
  const same = own?.person !== undefined && personThumbprint(own.person) === row?.key
  return acting && same && own.devices.includes(acting.publicKey) ? acting : undefined
}

const deskOrg = (d: Deciding<never>): string => (d.actor.role === 'desk' ? d.actor.org : '')

/** Professionals of one organisation who wait for its desk. */
export const MAX_UNVOUCHED = 200

const startedKind = (knows: Knows) =>
  kind({
    type: 'KeyringStarted',
    body: keyringStarted,
    signers: ['desk'],
    ownKey: (body, statement) => (statement.iss === 'self' && body.kind === 'professional' ? body.device : undefined),
    chain: (body, statement) => handleOf(statement.token, body.org),
    claims: (body) => (body.kind === 'team' ? { packets: body.packets } : {}),
    async decide(d) {
      const { body, statement, actor } = d
      if (statement.sub !== undefined) throw fail('keyring-broken')
      if (actor.role === 'founder') {
        if (body.kind !== 'professional' || deviceThumbprint(body.device) !== statement.kid) throw fail('key-refused')
        if (!knows(body.org, d.now)) throw fail('organisation-unknown')
        // D28 Anybody may knock; how many wait at one desk is bounded.
        if ((await unvouched(d.views, body.org)) >= MAX_UNVOUCHED) throw fail('enrolment-full')
      } else if (body.kind === 'professional') throw fail('not-allowed')
      else if (actor.role !== 'desk' || actor.org !== body.org) throw fail('organisation-other')
      if (await loadKeyring(d.views, d.chain)) throw fail('keyring-exists')
      startKeyring(statement.token, body)
      if (body.kind === 'team') await checkTeam(d.views, body.members, d.packets)
    },
    async project(v, { statement, body, index, packets }) {
      const state = startKeyring(statement.token, body)
      await saveKeyring(v, state, index)
      for (const one of packets) await saveTeamPacket(v, one.id, state.handle, one.kid)
    },
  })

/** D10 Members are professionals; each packet of a team says that it is one, and for whose key. */
async function checkTeam(v: Tx, members: readonly string[], packets: readonly PacketIn[]): Promise<void> {
  for (const { kid, bind } of packets) if (bind.kind !== 'team' || bind.member !== kid) throw fail('key-refused')
  for (const one of members) if ((await loadKeyring(v, one))?.kind !== 'professional') throw fail('member-unknown')
}

const codeIssued = kind({
  type: 'ClaimCodeIssued',
  body: claimCodeIssued,
  signers: ['desk'],
  async decide(d) {
    const state = ownOrganisation(await loadKeyring(d.views, d.chain), deskOrg(d as never))
    if (state.kind !== 'patient') throw fail('keyring-unknown')
    if (state.devices.length > 0) throw fail('keyring-claimed')
  },
  project: async (v, { chain, body, index }) => void (await saveClaimCode(v, chain, body.code, body.until, index)),
})

/** Destroys the hand-over packet that was waiting, if any. */
async function dropHandover(sources: SourceEffects, d: { views: Tx; chain: string }): Promise<void> {
  const stored = await approvalOf(d.views, d.chain)
  if (stored?.packet) await sources.dropPackets([stored.packet])
}

const approved = kind({
  type: 'ClaimApproved',
  body: claimApproved,
  signers: ['desk'],
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    const state = ownOrganisation(await loadKeyring(d.views, d.chain), deskOrg(d as never))
    if (state.kind !== 'patient') throw fail('keyring-unknown')
    if (state.devices.length > 0) throw fail('keyring-claimed')
    if (state.head !== d.body.prev) throw fail('keyring-moved')
    const bind = d.packets[0]?.bind
    if (bind?.kind !== 'handover' || bind.claim !== d.body.claim) throw fail('claim-not-approved')
  },
  /** A second approval replaces the first: the seed sealed to the first device leaves the store. */
  effects: dropHandover,
  async project(v, { statement, chain, body, index, packets }) {
    const { claim, device, prev } = body
    const packet = packets[0]?.id ?? null
    await saveApproval(v, {
      ...{ handle: chain, claim, device, prev, packet },
      statement: digest(statement.token),
      idx: index,
    })
  },
})

/** The desk's countersignature inside a claim, as bytes; undefined where it is no such statement. */
export function readApproval(token: string): { device: string; prev: string; iss: string; sub?: string } | undefined {
  try {
    const statement = parseStatement(token)
    const body = claimApproved.safeParse(statement.body)
    if (statement.type !== 'ClaimApproved' || !body.success) return undefined
    const { iss, sub } = statement
    return sub ? { ...body.data, iss, sub } : { ...body.data, iss }
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

const claimed = kind({
  type: 'KeyringClaimed',
  body: keyringClaimed,
  signers: [],
  ownKey: (body) => body.device,
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    const state = await loadKeyring(d.views, d.chain)
    const stored = await approvalOf(d.views, d.chain)
    const shown = readApproval(d.body.approval)
    // D7 The very statement the journal holds: a copy with another signature would pass here and for no verifier.
    const same = stored && shown && shown.sub === d.chain && digest(d.body.approval) === stored.statement
    claimable(state, same ? shown : undefined, d.body)
    if (d.statement.iss !== d.chain || deviceThumbprint(d.body.device) !== d.statement.kid) throw fail('not-allowed')
    const entry = { type: 'KeyringClaimed', body: d.body } as const
    checkOwnPacket(d.packets[0], extendKeyring(state as NonNullable<typeof state>, d.statement.token, entry))
  },
  effects: dropHandover,
  async project(v, { statement, body, chain, index, packets }) {
    await project(v, statement, index, { type: 'KeyringClaimed', body })
    await projectOwnPacket(v, chain, body.n, packets)
    await closeApproval(v, chain)
  },
})

const team = kind({
  type: 'TeamChanged',
  body: teamChanged,
  signers: ['desk'],
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    await extend(d as never, { type: 'TeamChanged', body: d.body })
    await checkTeam(d.views, d.body.members, d.packets)
  },
  async project(v, { statement, body, index, chain, packets }) {
    await project(v, statement, index, { type: 'TeamChanged', body })
    for (const one of packets) await saveTeamPacket(v, one.id, chain, one.kid)
  },
})

const issued = kind({
  type: 'CredentialIssued',
  body: credentialIssued,
  signers: ['desk'],
  async decide(d) {
    const state = ownOrganisation(await loadKeyring(d.views, d.chain), deskOrg(d as never))
    if (state.kind !== 'professional') throw fail('keyring-unknown')
    // Ids are the signers' choice; a credential is revoked by its id, so that one is given once.
    if (await credentialById(d.views, d.statement.id)) throw fail('not-allowed')
    if (d.body.review !== undefined && d.body.profession !== 'keeper') throw fail('not-allowed')
    // D11 The officer signs for the keys that were compared, not for whatever stands there later.
    if (state.head !== d.body.keyring) throw fail('keyring-moved')
  },
  async project(v, { statement, body, chain, index, at }) {
    const { profession, name, until } = body
    const credential: Credential = {
      id: statement.id,
      handle: chain,
      org: statement.iss as never,
      profession,
      name,
      until,
    }
    await replaceCredentials(v, chain, at)
    await saveCredential(v, credential, index)
  },
})

const revoked = kind({
  type: 'CredentialRevoked',
  body: credentialRevoked,
  signers: ['desk'],
  async decide(d) {
    const credential = await credentialById(d.views, d.body.credential)
    if (!credential || credential.handle !== d.chain) throw fail('credential-unknown')
    if (credential.org !== deskOrg(d as never)) throw fail('organisation-other')
  },
  project: async (v, { body, at }) => void (await revokeCredential(v, body.credential, at)),
})

/** The directory as the journal sees it. `knows`: is this one of the consortium's organisations, or was it then? */
export function createDirectorySlice(knows: Knows): Slice {
  const kinds: readonly AnyKind[] = [startedKind(knows), codeIssued, approved, claimed, team, issued, revoked]
  return {
    name: 'directory',
    views: DIRECTORY_VIEWS + RECOVERY_VIEWS + REPRESENTED_VIEWS + IDENTITY_VIEWS + CIRCLE_VIEWS,
    kinds: [...kinds, ...recoveryKinds, ...identityKinds, circleKind(knows), homeKind(knows)],
    async forget(v, handle) {
      await forgetPerson(v, handle)
      await forgetRecovery(v, handle)
      await forgetRepresented(v, handle)
      await forgetMerges(v, handle)
      await forgetCircle(v, handle)
    },
  }
}
