/** The adapters for development: both private keys in one file (0600), and a file of chain heads beside it. */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { type Bytes, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { importDeviceKey, importRsaKey, personThumbprint } from '@salus/crypto/keys'
import type { ProfessionalKeys } from '@salus/directory/device/professional'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { KeeperKeys, KeeperMemory, Seen } from './keys.ts'

export type KeeperCode = 'keeper-keys-open' | 'keeper-keys-missing'

/** Keeps freshly made keys. */
export const writeKeyFile = (path: string, keys: ProfessionalKeys): Promise<void> =>
  writeWhole(path, `${JSON.stringify(keys)}\n`)

/** K8 Opens the key file; one that anybody else may read is refused. The keys stay inside the closures. */
export async function fileKeys(path: string): Promise<KeeperKeys> {
  if (!existsSync(path)) throw new AppError<KeeperCode>('keeper-keys-missing')
  if (((await stat(path)).mode & 0o077) !== 0) throw new AppError<KeeperCode>('keeper-keys-open')
  const keys = JSON.parse(await readFile(path, 'utf8')) as ProfessionalKeys
  const device = await importDeviceKey(fromBase64url(keys.device.privateKey))
  const person = await importRsaKey(fromBase64url(keys.person.privateKey))
  return {
    ...{ handle: keys.handle, org: keys.org },
    ...{ device: deviceThumbprint(keys.device.publicKey), person: personThumbprint(keys.person.publicKey) },
    unwrap: async (wrapped: Bytes) =>
      new Uint8Array(await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, person, wrapped)),
    sign: async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', device, message)),
  }
}

/** Chain heads in one file, written whole each time: emergencies are few. */
export function fileMemory(path: string): KeeperMemory {
  const load = async (): Promise<Record<string, Seen>> =>
    existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as Record<string, Seen>) : {}
  // One after another: two writes at once would each put back what they had read.
  let last: Promise<void> = Promise.resolve()
  const keep = async (patient: string, seen: Seen) =>
    writeWhole(path, `${JSON.stringify({ ...(await load()), [patient]: seen })}\n`)
  return {
    seen: async (patient) => (await load())[patient],
    keep(patient, seen) {
      const done = last.then(() => keep(patient, seen))
      last = done.catch(() => undefined)
      return done
    },
  }
}
