/** What a patient's device says of its log and its grants to other systems: AuditEvents and Consents, names looked up. */

import { AppError, isAppError } from '@salus/base/errors'
import { isOrg, orgName } from '@salus/directory/consortium'
import { createKeyrings } from '@salus/directory/device/verify'
import type { Resource } from '@salus/fhir/contract'
import type { GrantCode } from '@salus/grants/contract'
import { behind, toAuditEvent } from '../audit.ts'
import { toConsent } from '../consent.ts'
import type { Party } from '../names.ts'
import type { PatientDevice } from './sync.ts'

/** Finds out who stands behind a handle or an organisation's short name; each is asked for once. */
export type Parties = (id: string) => Promise<Party>

/** Names come from checked keyrings and credentials, and from the pinned roots: never from the node's word. */
export function createParties({ link, keys }: Pick<PatientDevice, 'link' | 'keys'>): Parties {
  const keyrings = createKeyrings(link)
  const organisation = (id: string) => ({
    id,
    name: orgName(link.roots, id) ?? id,
  })
  return async (id) => {
    if (isOrg(link.roots, id)) return { kind: 'organisation', ...organisation(id) }
    if (id === keys.handle) return { kind: 'patient', id }
    try {
      const { keyring, credentials } = await keyrings(id)
      const { profession, name = keyring.name } = credentials[0] ?? {}
      const known = { ...(name === undefined ? {} : { name }), ...(profession === undefined ? {} : { profession }) }
      return { kind: keyring.kind, id, ...known, org: organisation(keyring.org) }
    } catch (error) {
      // Somebody whose keyring is gone keeps the handle that signed: a line of the log is not lost for it.
      if (isAppError(error) && error.code === 'keyring-unknown') return { kind: 'professional', id }
      throw error
    }
  }
}

/** R20 The access log, oldest first, as AuditEvents. `address` is where the node answers. */
export async function logAsFhir(
  device: PatientDevice,
  address: string,
  parties = createParties(device),
): Promise<Resource[]> {
  const { book, keys, link } = device
  const node = { origin: link.origin, name: (await homeOf(device)).name ?? '', address }
  const patient = await parties(keys.handle)
  const events: Resource[] = []
  for (const line of book.log) {
    const { asker, purpose } = behind(book, line)
    events.push(
      toAuditEvent({
        ...{ line, patient, node, who: await parties(line.by ?? line.who) },
        ...(asker === undefined ? {} : { asker: await parties(asker) }),
        ...(purpose === undefined ? {} : { purpose }),
      }),
    )
  }
  return events
}

/** R21 Every grant ever given, oldest first, as a Consent: those taken back are inactive, those over have their end. */
export async function grantsAsFhir(device: PatientDevice, parties = createParties(device)): Promise<Resource[]> {
  const { book, keys } = device
  const patient = await parties(keys.handle)
  const organisation = await homeOf(device)
  const consents: Resource[] = []
  for (const grant of Object.values(book.grants).sort((a, b) => a.at - b.at)) {
    const purpose = book.requests[grant.request]?.purpose
    if (purpose === undefined) throw new AppError<GrantCode>('request-unknown')
    consents.push(toConsent({ ...grant, purpose }, { patient, organisation, reader: await parties(grant.reader) }))
  }
  return consents
}

/** The organisation that started the own keyring and keeps its record. */
async function homeOf({ link, keys }: PatientDevice): Promise<Party> {
  const { keyring } = await createKeyrings(link)(keys.handle)
  const { org } = keyring
  return { kind: 'organisation', id: org, name: orgName(link.roots, org) ?? org }
}
