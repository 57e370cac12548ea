/** What the admission desk's device does: intake keyrings, claim codes, countersignatures, credentials, teams. */
import { type Bytes, base64url } from '@salus/base/bytes'
import { compartments } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { newId } from '@salus/base/ids'
import { digest, hkdf256 } from '@salus/crypto/hash'
import { keyPublic, type PersonPublic, personThumbprint } from '@salus/crypto/keys'
import { sealToKey, sealToPerson } from '@salus/crypto/packet'
import { paddedJson } from '@salus/crypto/pad'
import { defaultSuite, type SuiteId } from '@salus/crypto/suites'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { Signer } from '@salus/journal/statement'
import { codeText, newCode } from '../code.ts'
import type { DirectoryCode, Epoch } from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { handleOf } from '../keyring.ts'
import type { Profession } from '../matrix.ts'
import { type Link, sign } from './link.ts'
import { findKeyring } from './verify.ts'

/** An organisation and the signing key that its desk holds. */
export type Desk = { readonly org: string; readonly signer: Signer }

/** A patient's intake private keys, one for each compartment, all from one 32-byte seed: destroying it destroys them. */
export const intakeKey = (seed: Bytes, compartment: string): Bytes =>
  hkdf256(seed, new Uint8Array(0), `salus/intake/v1/${compartment}`, 32)

/** Epoch 1 of a new patient's keyring. */
export const intakeEpochs = (seed: Bytes, from: number, suite: SuiteId = defaultSuite): Epoch[] =>
  compartments.map((compartment) => {
    const key = keyPublic(intakeKey(seed, compartment), suite)
    return { compartment, epoch: 1, key, from }
  })

/** Drafts the intake keyring: known to nobody yet, so that the seed can be saved before it is sent. */
export async function draftIntake(link: Link, desk: Desk, seed: Bytes): Promise<{ handle: Handle; statement: string }> {
  const epochs = intakeEpochs(seed, seconds(link.clock()), link.suite)
  const body = { kind: 'patient', org: desk.org, nonce: newId(link.random), epochs }
  const statement = await sign(link, desk.signer, { type: 'KeyringStarted', iss: desk.org, body })
  return { handle: handleOf(statement, desk.org), statement }
}

/** Writes a patient's traits into the register, sealed to the desk's own key. */
export async function enterTraits(link: Link, registerKey: string, handle: Handle, traits: object): Promise<void> {
  const bind = { kind: 'wrap', purpose: 'register' } as const
  const sealed = await sealToKey(registerKey, bind, paddedJson(traits))
  await link.call(directoryEndpoints.enter, { input: { handle, sealed } })
}

/** Issues a one-time claim code; the node learns only its digest. */
export async function issueCode(link: Link, desk: Desk, handle: Handle, life = 14 * 86_400): Promise<string> {
  const code = newCode(link.random)
  const body = { code: digest(code), until: seconds(link.clock()) + life }
  const statement = await sign(link, desk.signer, { type: 'ClaimCodeIssued', iss: desk.org, sub: handle, body })
  await submit(link.call, link.logs, [{ statement }])
  return codeText(code)
}

/** A claim as the desk sees it: the fingerprint of `device` is what people compare. */
export type WaitingClaim = { claim: string; handle: Handle; device: string; agreement: string }

/** Countersigns a claim whose fingerprint was compared, and hands the intake seed over, sealed to the new device. */
export async function approveClaim(link: Link, desk: Desk, claim: WaitingClaim, seed: Bytes): Promise<Receipt> {
  const { keyring } = await findKeyring(link, claim.handle)
  if (keyring.org !== desk.org) throw new AppError<DirectoryCode>('organisation-other')
  const packet = await sealToKey(claim.agreement, { kind: 'handover', claim: claim.claim }, seed)
  const body = { claim: claim.claim, device: claim.device, prev: keyring.head, packets: [digest(packet)] }
  const draft = { type: 'ClaimApproved', iss: desk.org, sub: claim.handle, body }
  const [receipt] = await submit(link.call, link.logs, [
    { statement: await sign(link, desk.signer, draft), packets: [packet] },
  ])
  return receipt as Receipt
}

/** Vouches for a professional whose fingerprint was compared. */
export async function issueCredential(
  link: Link,
  desk: Desk,
  to: { handle: Handle; profession: Profession; name: string; until: number; review?: string },
): Promise<Receipt> {
  const { keyring } = await findKeyring(link, to.handle)
  const { handle, ...rest } = to
  const draft = {
    type: 'CredentialIssued',
    iss: desk.org,
    sub: handle,
    body: { ...rest, name: to.name.normalize('NFC'), keyring: keyring.head },
  }
  const [receipt] = await submit(link.call, link.logs, [{ statement: await sign(link, desk.signer, draft) }])
  return receipt as Receipt
}

/** Takes a credential back, at once. */
export async function revokeCredential(link: Link, desk: Desk, handle: Handle, credential: string): Promise<Receipt> {
  const draft = { type: 'CredentialRevoked', iss: desk.org, sub: handle, body: { credential } }
  const [receipt] = await submit(link.call, link.logs, [{ statement: await sign(link, desk.signer, draft) }])
  return receipt as Receipt
}

/** Every key a team has had, oldest first: private halves, base64url PKCS #8. They stay on the officer's device. */
export type TeamKeys = readonly string[]

async function packetsFor(link: Link, members: readonly Handle[], keys: TeamKeys): Promise<string[]> {
  const packets: string[] = []
  for (const member of members) {
    const { keyring } = await findKeyring(link, member)
    if (!keyring.person) throw new AppError<DirectoryCode>('member-unknown')
    const bind = { kind: 'team', member: personThumbprint(keyring.person) } as const
    packets.push(await sealToPerson(keyring.person, bind, paddedJson({ keys })))
  }
  return packets
}

type PersonPair = { publicKey: PersonPublic; pkcs8: Bytes }

/** Founds a team: its key pair is made here and handed to each member. */
export async function startTeam(
  link: Link,
  desk: Desk,
  team: { name: string; members: readonly Handle[]; pair: PersonPair },
): Promise<{ handle: Handle; keys: TeamKeys }> {
  const keys = [base64url(team.pair.pkcs8)]
  const packets = await packetsFor(link, team.members, keys)
  const { members, pair } = team
  const name = team.name.normalize('NFC')
  const named = { kind: 'team', org: desk.org, nonce: newId(link.random), name, members }
  const body = { ...named, person: pair.publicKey, packets: packets.map((one) => digest(one)) }
  const statement = await sign(link, desk.signer, { type: 'KeyringStarted', iss: desk.org, body })
  await submit(link.call, link.logs, [{ statement, packets }])
  return { handle: handleOf(statement, desk.org), keys }
}

/** Sets a team's members. Whoever is new gets every key so far; when somebody leaves, `pair` becomes the new key. */
export async function changeTeam(
  link: Link,
  desk: Desk,
  team: { handle: Handle; members: readonly Handle[]; keys: TeamKeys; pair?: PersonPair },
): Promise<TeamKeys> {
  const { keyring } = await findKeyring(link, team.handle)
  const keys = team.pair ? [...team.keys, base64url(team.pair.pkcs8)] : team.keys
  const newcomers = team.members.filter((one) => team.pair || !keyring.members.includes(one))
  const packets = await packetsFor(link, newcomers, keys)
  const links = {
    n: keyring.n + 1,
    prev: keyring.head,
    members: team.members,
    packets: packets.map((one) => digest(one)),
  }
  const body = team.pair ? { ...links, person: team.pair.publicKey } : links
  const draft = { type: 'TeamChanged', iss: desk.org, sub: team.handle, body }
  await submit(link.call, link.logs, [{ statement: await sign(link, desk.signer, draft), packets }])
  return keys
}

/** Says in both chains that `from` and `into` are one person: new documents go to `into`. Answers the merge's id. */
export async function mergeIdentities(link: Link, desk: Desk, from: Handle, into: Handle): Promise<string> {
  const merge = newId(link.random)
  const by = (type: string, sub: Handle, body: object) => sign(link, desk.signer, { type, iss: desk.org, sub, body })
  const items = [
    { statement: await by('IdentityMerged', from, { merge, into }) },
    { statement: await by('IdentityJoined', into, { merge, from }) },
  ]
  await submit(link.call, link.logs, items)
  return merge
}

/** Takes a merge back, in both chains. */
export async function unmergeIdentities(link: Link, desk: Desk, merge: string, both: readonly Handle[]): Promise<void> {
  const items = []
  for (const sub of both) {
    const draft = { type: 'IdentityUnmerged', iss: desk.org, sub, body: { merge } }
    items.push({ statement: await sign(link, desk.signer, draft) })
  }
  await submit(link.call, link.logs, items)
}
