/** The node's own keys, each an Ed25519 key in a file for the node's user alone. Founding and upgrade make them; readers never do (N15). */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base64url, fromBase64url } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { devicePublicOf, exportDeviceKey, generateDeviceKey, importDeviceKey } from '@salus/crypto/keys'
import { witnessKey } from '@salus/journal/cosign'
import { type NoteKey, noteKey } from '@salus/journal/note'
import type { NodeCode } from './errors.ts'

/** What each signs: the log's checkpoints, the ledger's transactions, other logs' checkpoints. */
export const ownKeys = ['journal', 'operator', 'witness'] as const
export type OwnKey = (typeof ownKeys)[number]
export type KeyPair = { readonly publicKey: string; readonly privateKey: CryptoKey }

/** Where a folder's keys lie when nobody says otherwise. */
export const keysOf = (dir: string): string => join(dir, 'keys')
export const keyFile = (keys: string, name: OwnKey): string => join(keys, `${name}.key`)

/** The key that pushes are signed with (P-256): made when somebody first asks for pushes, so a folder may have none. */
export const pushKeyFile = (keys: string): string => join(keys, 'push.key')

/** Name under which a node cosigns. */
export const witnessName = (origin: string): string => `witness.${origin}`

/** The verifier of the log `origin`, and that of its node as a witness. */
export const logVerifier = (origin: string, publicKey: string): NoteKey => noteKey(origin, fromBase64url(publicKey))
export const witnessVerifier = (origin: string, publicKey: string): NoteKey =>
  witnessKey(witnessName(origin), fromBase64url(publicKey))

/** A key that is not on disk yet. */
export type FreshKey = { readonly publicKey: string; readonly pkcs8: string }

export async function freshKey(): Promise<FreshKey> {
  const { publicKey, privateKey } = await generateDeviceKey(true)
  return { publicKey, pkcs8: base64url(await exportDeviceKey(privateKey)) }
}

export async function writeKey(keys: string, name: OwnKey, { pkcs8 }: FreshKey): Promise<void> {
  await mkdir(keys, { recursive: true, mode: 0o700 })
  await writeWhole(keyFile(keys, name), pkcs8)
}

export async function readKey(keys: string, name: OwnKey): Promise<KeyPair> {
  const pkcs8 = fromBase64url((await readFile(keyFile(keys, name), 'utf8')).trim())
  return { publicKey: await devicePublicOf(pkcs8), privateKey: await importDeviceKey(pkcs8) }
}

/** The key this node cosigns with; `witness-key-missing` says which file is not there. */
export async function readWitnessKey(keys: string): Promise<KeyPair> {
  if (!existsSync(keyFile(keys, 'witness'))) throw new AppError<NodeCode>('witness-key-missing')
  return readKey(keys, 'witness')
}
