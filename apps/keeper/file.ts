/** The adapters for development: both private keys in one file (0600), and a file of chain heads beside it. */
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { type Bytes, fromBase64url } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { devicePublicOf, importDeviceKey, importRsaKey, personThumbprint } from '@salus/crypto/keys'
import { personKey } from '@salus/directory/contract'
import type { ProfessionalKeys } from '@salus/directory/device/professional'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { KeeperKeys, KeeperMemory, Seen } from './keys.ts'

export type KeeperCode = 'keeper-keys-open' | 'keeper-keys-missing' | 'keeper-keys-damaged' | 'keeper-memory-damaged'

const secret = z.string().regex(/^[A-Za-z0-9_-]{20,4000}$/)
const keysIn = z.strictObject({
  handle: field.handle,
  org: field.org,
  name: z.string(),
  device: z.strictObject({ publicKey: field.key32, privateKey: secret }),
  person: z.strictObject({ publicKey: personKey, privateKey: secret }),
})
const memoryIn = z.record(field.handle, z.strictObject({ number: field.count, entry: field.key32 }))

/** What is wrong with a file's bytes is said under its own code; what the disk says goes up as it is. */
async function reading<T>(code: KeeperCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isAppError(cause)) throw new AppError<KeeperCode>(code, {}, { cause })
    throw cause
  }
}

/** Keeps freshly made keys. */
export const writeKeyFile = (path: string, keys: ProfessionalKeys): Promise<void> =>
  writeWhole(path, `${JSON.stringify(keys)}\n`)

/** K8 Opens the key file; one that anybody else may read is refused. The keys stay inside the closures. */
export async function fileKeys(path: string): Promise<KeeperKeys> {
  if (!existsSync(path)) throw new AppError<KeeperCode>('keeper-keys-missing')
  if (((await stat(path)).mode & 0o077) !== 0) throw new AppError<KeeperCode>('keeper-keys-open')
  const file = await readFile(path, 'utf8')
  const { keys, device, person } = await reading('keeper-keys-damaged', async () => {
    const found = parseWith(keysIn, file)
    const pkcs8 = fromBase64url(found.device.privateKey)
    const device = await importDeviceKey(pkcs8)
    // Two keys that are not one pair would sign what nobody can verify.
    if ((await devicePublicOf(pkcs8)) !== found.device.publicKey) throw new AppError<KeeperCode>('keeper-keys-damaged')
    return { keys: found, device, person: await importRsaKey(fromBase64url(found.person.privateKey)) }
  })
  return {
    ...{ handle: keys.handle, org: keys.org },
    ...{ device: deviceThumbprint(keys.device.publicKey), person: personThumbprint(keys.person.publicKey) },
    unwrap: async (wrapped: Bytes) =>
      new Uint8Array(await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, person, wrapped)),
    sign: async (message: Bytes) => new Uint8Array(await crypto.subtle.sign('Ed25519', device, message)),
  }
}

/**
 * Chain heads in one file, written whole each time: emergencies are few. A file that is not what was written is refused at
 * once, before an emergency needs it: begun anew it would take a shorter chain for the first one (K5).
 */
export async function fileMemory(path: string): Promise<KeeperMemory> {
  const load = async (): Promise<Partial<Record<string, Seen>>> => {
    if (!existsSync(path)) return {}
    const file = await readFile(path, 'utf8')
    return reading('keeper-memory-damaged', async () => parseWith(memoryIn, file))
  }
  await load()
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
