/** What a professional's device does in the directory: found the own keyring, open team keys. */
import { base64url, fromBase64url, text } from '@salus/base/bytes'
import type { Handle, OrgId } from '@salus/base/ids'
import { newId } from '@salus/base/ids'
import { parseWith, z } from '@salus/base/schema'
import { generatePersonKey, importPersonKey, rsaThumbprint } from '@salus/crypto/keys'
import { openWithPerson } from '@salus/crypto/packet'
import { submit } from '@salus/journal/device'
import type { Keyring } from '../contract.ts'
import { directoryEndpoints } from '../endpoints.ts'
import { handleOf } from '../keyring.ts'
import { type Link, sign } from './link.ts'
import { newDevicePair, type Pair, signerOf } from './patient.ts'

/** Everything secret a professional's device holds. */
export type ProfessionalKeys = {
  handle: Handle
  org: OrgId
  name: string
  device: Pair
  person: Pair<Keyring['person'] & object>
}

/** Founds a professional's keyring at `org`; the desk then compares the fingerprint and issues the credential. */
export async function enrol(
  link: Link,
  who: { org: OrgId; name: string },
  save: (keys: ProfessionalKeys) => Promise<void>,
): Promise<ProfessionalKeys> {
  const device = await newDevicePair()
  const person = await generatePersonKey()
  const { org, name } = who
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

/** The own key and every team key that was handed to it, by thumbprint. */
export async function openingKeys(link: Link, keys: ProfessionalKeys): Promise<Map<string, CryptoKey>> {
  const own = await importPersonKey(fromBase64url(keys.person.privateKey))
  const found = new Map<string, CryptoKey>([[rsaThumbprint(keys.person.publicKey), own]])
  const { teams } = await link.call(directoryEndpoints.teams)
  for (const team of teams) {
    for (const packet of team.packets) {
      const plain = await openWithPerson(own, packet, { kind: 'team' })
      for (const pkcs8 of parseWith(teamKeys, text(plain)).keys) {
        const publicKey = await personPublicOf(pkcs8)
        found.set(rsaThumbprint(publicKey), await importPersonKey(fromBase64url(pkcs8)))
      }
    }
  }
  return found
}

/** Public half of a PKCS #8 RSA key, through an extractable import that goes no further. */
async function personPublicOf(pkcs8: string): Promise<Keyring['person'] & object> {
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
