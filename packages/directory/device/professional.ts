/** What a professional's device does in the directory: found the own keyring, open team keys. */
import { base64url, fromBase64url, text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import type { Handle, OrgId, Thumbprint } from '@salus/base/ids'
import { newId } from '@salus/base/ids'
import { parseWith, z } from '@salus/base/schema'
import { generatePersonKey, importPersonKey, keyPublic, type PersonPrivate, personThumbprint } from '@salus/crypto/keys'
import { openWithPerson } from '@salus/crypto/packet'
import { submit } from '@salus/journal/device'
import type { Keyring } from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { handleOf } from '../keyring.ts'
import { type DevicePair, type Link, sign } from './link.ts'
import { newDevice, type Pair, signerOf } from './patient.ts'

/** Everything secret a professional's device holds. */
export type ProfessionalKeys = {
  handle: Handle
  org: OrgId
  name: string
  device: DevicePair
  person: Pair<Keyring['person'] & object>
}

/** Founds a professional's keyring at `org`; the desk then compares the fingerprint and issues the credential. */
export async function enrol(
  link: Link,
  who: { org: OrgId; name: string },
  save: (keys: ProfessionalKeys) => Promise<void>,
): Promise<ProfessionalKeys> {
  const device = await newDevice(link)
  const person = await generatePersonKey(link.suite, link.random)
  const { org } = who
  // One spelling, whatever the keyboard makes.
  const name = who.name.normalize('NFC')
  const body = {
    kind: 'professional',
    org,
    nonce: newId(link.random),
    device: device.publicKey,
    person: person.publicKey,
    name,
  }
  const statement = await sign(link, await signerOf(device), { type: 'KeyringStarted', iss: 'self', body })
  const pair = { publicKey: person.publicKey, privateKey: base64url(person.pkcs8) }
  const keys = { handle: handleOf(statement, org), org, name, device, person: pair }
  await save(keys)
  await submit(link.call, link.logs, [{ statement }])
  return keys
}

const teamKeys = z.strictObject({ keys: z.array(z.string()).min(1).max(1_000) })

/**
 * D10 The own key and every team key that was handed to it, by thumbprint. A packet that does not open is passed over:
 * any desk may name anybody a member, and rubbish from one must not lock what the others gave.
 */
export async function openingKeys(link: Link, keys: ProfessionalKeys): Promise<Map<string, PersonPrivate>> {
  const own = await importPersonKey(fromBase64url(keys.person.privateKey))
  const kid = personThumbprint(keys.person.publicKey)
  const found = new Map<string, PersonPrivate>([[kid, own]])
  const { teams } = await link.call(directoryEndpoints.teams)
  for (const packet of teams.flatMap((one) => one.packets)) {
    for (const [thumbprint, key] of await teamKeysIn(packet, own, kid)) {
      if (thumbprint !== kid) found.set(thumbprint, key)
    }
  }
  return found
}

async function teamKeysIn(packet: string, own: PersonPrivate, kid: Thumbprint): Promise<[string, PersonPrivate][]> {
  const out: [string, PersonPrivate][] = []
  try {
    const plain = await openWithPerson(own, packet, { kind: 'team', member: kid }, kid)
    for (const pkcs8 of parseWith(teamKeys, text(plain)).keys) {
      const key = await importPersonKey(fromBase64url(pkcs8))
      out.push([personThumbprint(await personPublicOf(pkcs8)), key])
    }
    return out
  } catch (error) {
    if (isAppError(error)) return []
    throw error
  }
}

/** Public half of a kept person key: of an RSA key through an extractable import that goes no further. */
async function personPublicOf(pkcs8: string): Promise<Keyring['person'] & object> {
  const kept = fromBase64url(pkcs8)
  if (kept.length === 32) return { kty: 'AKP', alg: 'X-Wing', pub: keyPublic(kept, 2) }
  const key = await crypto.subtle.importKey(
    'pkcs8',
    fromBase64url(pkcs8),
    { name: 'RSA-OAEP', hash: 'SHA-256' },
    true,
    ['decrypt'],
  )
  const { n, e } = await crypto.subtle.exportKey('jwk', key)
  return { kty: 'RSA', n: n ?? '', e: (e ?? '') as 'AQAB' }
}
