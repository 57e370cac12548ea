/** What devices sign in an emergency: the patient chooses and ends, a professional breaks, another seconds, a desk reviews. */
import { AppError } from '@salus/base/errors'
import { type GrantId, newId, type StatementId } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { personThumbprint } from '@salus/crypto/keys'
import { sealToKey, sealToPerson } from '@salus/crypto/packet'
import { paddedJson, paddedText } from '@salus/crypto/pad'
import type { Keyring } from '@salus/directory/contract'
import { type Link, sign } from '@salus/directory/device/link'
import { issuerKeys } from '@salus/directory/device/verify'
import type { SubmissionItem } from '@salus/journal/contract'
import { parseStatement } from '@salus/journal/statement'
import type { Acting } from '../device.ts'
import { type EmergencyCode, type Escrow, type GlassReason, glassBroken } from './contract.ts'
import { emergencyEndpoints, type GlassView } from './endpoints.ts'

/** A keeper whose keyring and credential were checked. */
export type ChosenKeeper = { readonly keyring: Keyring; readonly escrow?: string }

/** Content keys of what exists now: what the one-off packets hold. */
export type KeptKeys = readonly { record: string; version: number; key: string }[]

/** Signs a choice with a packet for each keeper; an escrow keeps its id where one is given (the same choice, renewed). */
export async function choose(
  link: Link,
  patient: Acting,
  choice: { categories: readonly string[]; keepers: readonly ChosenKeeper[]; keys: KeptKeys; policy: number },
): Promise<{ item: SubmissionItem; keepers: Escrow[] }> {
  const { categories, policy, keys } = choice
  const keepers: Escrow[] = []
  const packets: string[] = []
  for (const { keyring, escrow = newId<GrantId>(link.random) } of choice.keepers) {
    const { person, handle } = keyring
    if (!person) throw new AppError<EmergencyCode>('keeper-unknown')
    keepers.push({ keeper: handle, key: personThumbprint(person), escrow: escrow as GrantId })
    packets.push(await sealToPerson(person, { kind: 'emergency', escrow }, paddedJson({ keys })))
  }
  const body = { categories, keepers, policy: policy + 1, packets: packets.map((one) => digest(one)) }
  const draft = { type: 'EmergencyChosen', iss: patient.handle, sub: patient.handle, body }
  return { item: { statement: await sign(link, patient.signer, draft), packets }, keepers }
}

/** Signs broken glass. `text` is sealed to `review`, the desk's key that the keeper's credential names. */
export async function breakGlass(
  link: Link,
  asker: Acting & { keyring: Keyring },
  what: { patient: string; reason: GlassReason; until: number; text?: { text: string; review: string } },
): Promise<{ id: StatementId; item: SubmissionItem }> {
  const { patient, reason, until, text } = what
  if (!asker.keyring.person) throw new AppError<EmergencyCode>('emergency-release-wrong')
  const id = newId<StatementId>(link.random)
  const packets = text ? [await sealToKey(text.review, { kind: 'emergency', glass: id }, paddedText(text.text))] : []
  const reader = personThumbprint(asker.keyring.person)
  const body = { reason, reader, until, packets: packets.map((one) => digest(one)) }
  const draft = { id, type: 'BreakGlass', iss: asker.handle, sub: patient, body }
  const statement = await sign(link, asker.signer, draft)
  return { id, item: packets.length > 0 ? { statement, packets } : { statement } }
}

/** Broken glass as the node shows it, held against the asker's own signature: what one is about to second. */
export async function findGlass(link: Link, glass: string): Promise<GlassView & { until: number }> {
  const view = await link.call(emergencyEndpoints.glass, { params: { glass } })
  const { id, type, iss, sub, kid, iat, body, signingInput, signature } = parseStatement(view.statement)
  const named =
    id === view.glass &&
    [view.glass, view.release].includes(glass as never) &&
    type === 'BreakGlass' &&
    iss === view.asker &&
    sub === view.patient
  const key = named ? await issuerKeys(link)(iss, kid, iat) : undefined
  if (!key || !(await verifyEd25519(key, signingInput, signature)))
    throw new AppError<EmergencyCode>('emergency-unknown')
  const { reason, until } = checkWith(glassBroken, body)
  return { ...view, reason, until }
}

/** Signs the second signature, for exactly the statement that was looked at. */
export async function second(link: Link, by: Acting, glass: Pick<GlassView, 'glass' | 'patient' | 'statement'>) {
  const body = { glass: glass.glass, statement: digest(glass.statement) }
  const draft = { type: 'BreakGlassSeconded', iss: by.handle, sub: glass.patient, body }
  return { statement: await sign(link, by.signer, draft) } satisfies SubmissionItem
}

/** Signs the end of an emergency. */
export async function endGlass(link: Link, patient: Acting, glass: string, policy: number): Promise<SubmissionItem> {
  const body = { glass, policy: policy + 1 }
  const draft = { type: 'BreakGlassEnded', iss: patient.handle, sub: patient.handle, body }
  return { statement: await sign(link, patient.signer, draft) }
}

/** Signs what the review found. */
export async function review(
  link: Link,
  officer: Acting,
  what: { glass: string; patient: string; found: 'justified' | 'unjustified' },
): Promise<SubmissionItem> {
  const { glass, patient, found } = what
  const draft = { type: 'BreakGlassReviewed', iss: officer.handle, sub: patient, body: { glass, found } }
  return { statement: await sign(link, officer.signer, draft) }
}
