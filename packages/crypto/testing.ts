/** For tests (node face): person keys from a pool, because making one RSA-3072 pair takes a third of a second. */
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Bytes, base64, fromBase64 } from '@salus/base/bytes'
import { sharedFolder } from '@salus/base/testing'
import { assertPersonPublic, generateRsaKey, type RsaPublic } from './keys.ts'

export type PersonPair = { publicKey: RsaPublic; pkcs8: Bytes }

const pool: Promise<PersonPair>[] = []

/** The first `count` keys of the pool: the same ones in every test file. They protect samples only. */
export function personKeys(count: number): Promise<PersonPair[]> {
  while (pool.length < count) pool.push(pooled(pool.length))
  return Promise.all(pool.slice(0, count))
}

function folder(): string {
  const { uid, username } = userInfo()
  const path = join(tmpdir(), `salus-test-keys-${uid < 0 ? username : uid}`)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const found = lstatSync(path)
  // Someone else's folder (or a link) under that name would hand us their keys.
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) throw new Error('the key pool folder is not ours')
  chmodSync(path, 0o700)
  return path
}

async function pooled(number: number): Promise<PersonPair> {
  const file = join(folder(), `person-${number}.json`)
  if (!existsSync(file)) await store(file)
  const { publicKey, pkcs8 } = JSON.parse(readFileSync(file, 'utf8')) as { publicKey: RsaPublic; pkcs8: string }
  assertPersonPublic(publicKey)
  return { publicKey, pkcs8: fromBase64(pkcs8) }
}

// Test files run in parallel processes: whoever links first wins, the others read the winner's key.
async function store(file: string): Promise<void> {
  const { publicKey, pkcs8 } = await generateRsaKey()
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, JSON.stringify({ publicKey, pkcs8: base64(pkcs8) }), { mode: 0o600 })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh)
  }
}

/** One JSON file of vectors made by others, from the shared folder (`wycheproof/x25519_test.json`). */
export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(join(sharedFolder('vectors') as string, file), 'utf8')) as T
}

/** One case of the C2SP/CCTV Ed25519 vectors: `key` and `sig` in hex, `msg` a text, `flags` what is odd about them. */
export type CctvCase = { number: number; key: string; sig: string; msg: string; flags: string[] | null }
