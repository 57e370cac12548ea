/**
 * One person with records at two organisations. Only a sealed document joins the two handles: a FHIR Person in each record,
 * signed by that record's device, with a proof by both devices. It is hidden from every category, so it is shown where the
 * person names it, and to nobody else; the nodes learn nothing (architecture §3 "Keyring").
 */
import { text, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { type Handle, newId, type RecordId } from '@salus/base/ids'
import { checkWith, field, parseWith, z } from '@salus/base/schema'
import { decodeJws, signJws, verifyEd25519 } from '@salus/crypto/jws'
import type { Link } from '@salus/directory/device/link'
import { issuerKeys } from '@salus/directory/device/verify'
import { submit } from '@salus/journal/device'
import type { RecordCode } from '../contract.ts'
import { named, systems } from '../names.ts'
import { deposit } from './author.ts'
import { hide } from './patient.ts'
import { acting, freshKeyring, type PatientDevice, sync } from './sync.ts'

const TYP = 'salus-link+jws'
const PROOF = `${systems.link}/proof`

/** What both devices sign: an id, and the two handles with their organisations, in one order. */
const claimed = z.strictObject({
  link: field.statementId,
  people: z.array(z.strictObject({ handle: field.handle, org: field.org })).length(2),
})
const header = z.strictObject({
  alg: z.literal('Ed25519'),
  typ: z.literal(TYP),
  kid: field.thumbprint,
  iss: field.handle,
})
const person = z.object({
  resourceType: z.literal('Person'),
  extension: z.array(z.object({ url: z.string(), valueString: z.string().max(8_000).optional() })).max(8),
})

/** A proof by each device over the same bytes. */
async function prove(devices: readonly PatientDevice[], payload: string): Promise<string[]> {
  const proofs = []
  for (const device of devices) {
    const { handle, signer } = await acting(device)
    proofs.push(await signJws(signer.privateKey, { typ: TYP, kid: signer.kid, iss: handle }, utf8(payload)))
  }
  return proofs
}

/** Joins two records of one person, both held here; answers the document's id in each. Either is taken back with `withdraw`. */
export async function linkHandles(a: PatientDevice, b: PatientDevice): Promise<{ link: string; records: RecordId[] }> {
  if (a.keys.handle === b.keys.handle) throw new AppError<RecordCode>('not-allowed')
  const link = newId(a.link.random)
  const people = [a, b].map(({ keys: { handle, org } }) => ({ handle, org }))
  const proofs = await prove([a, b], JSON.stringify({ link, people }))
  const resource = {
    resourceType: 'Person',
    identifier: [{ system: systems.link, value: link }],
    extension: proofs.map((valueString) => ({ url: PROOF, valueString })),
    link: people.map(({ handle }) => ({ target: named('handle', handle, 'Patient'), assurance: 'level4' })),
  }
  const records: RecordId[] = []
  for (const device of [a, b]) {
    await sync(device)
    const { handle: iss, signer } = await acting(device)
    const fhir = utf8(JSON.stringify(resource))
    const made = await deposit(device.link, { iss, signer }, await freshKeyring(device), {
      category: 'administrative',
      fhir,
    })
    await submit(device.link.call, device.link.logs, [made.item])
    await sync(device)
    await hide(device, [made.record])
    records.push(made.record)
  }
  return { link, records }
}

/** Another handle of the same person; `proven`: by the devices of both, or only by the one whose record it is (the other is not known here). */
export type Linked = { readonly handle: Handle; readonly org: string; readonly proven: 'both' | 'here' }

/** What a document of `patient`'s record proves of other handles; undefined where it is no such document, or proves nothing. */
export async function readLink(link: Link, fhir: string, patient: string): Promise<Linked | undefined> {
  try {
    const proofs = parseWith(person, fhir).extension.flatMap((one) =>
      one.url === PROOF && one.valueString ? [one.valueString] : [],
    )
    const keys = issuerKeys(link)
    const signed = new Set<string>()
    let said: string | undefined
    for (const token of proofs) {
      const jws = decodeJws(token, TYP)
      const { iss, kid } = checkWith(header, jws.header)
      const payload = text(jws.payload)
      if (said !== undefined && said !== payload) return undefined
      said = payload
      const key = await keys(iss, kid).catch(() => undefined)
      if (key && (await verifyEd25519(key, jws.signingInput, jws.signature))) signed.add(iss)
    }
    const { people } = parseWith(claimed, said ?? '')
    const other = people.find((one) => one.handle !== patient)
    if (!other || !people.some((one) => one.handle === patient) || !signed.has(patient)) return undefined
    return { handle: other.handle, org: other.org, proven: signed.has(other.handle) ? 'both' : 'here' }
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}
