/** The object store: ciphertext and public documents, each under the SHA-256 of its bytes. A folder now, named by URL. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bytes } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { checkWith, field } from '@salus/base/schema'
import { flush } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import type { DatasetCode } from './dataset/contract.ts'
import { createNaming } from './name.ts'

/** Objects by digest. What is given back was verified, or is to be by whoever reads a stream. */
export type ObjectStore = {
  readonly url: string
  /** Writes durably; the digest is that of the bytes. */
  put(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<{ digest: Digest; bytes: number }>
  /** A whole object of at most `most` bytes, checked against its name; `object-missing`, `object-changed`. */
  get(name: string, most: number): Promise<Bytes>
  /** Where an object lies, for whoever streams it and checks it by itself. */
  path(name: string): Promise<string>
}

const missing = () => new AppError<DatasetCode>('object-missing')

/** Opens the store at a `file:` URL; the folder is made where there is none. */
export async function openStore(url: string): Promise<ObjectStore> {
  if (!URL.canParse(url) || new URL(url).protocol !== 'file:') throw new AppError<DatasetCode>('store-unknown')
  const folder = fileURLToPath(url)
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const pathOf = (name: string) => join(folder, checkWith(field.digest, name))
  return {
    url,
    put: (parts) => put(folder, parts),
    async get(name, most) {
      const path = pathOf(name)
      const size = await stat(path).then(
        (one) => one.size,
        () => -1,
      )
      if (size < 0) throw missing()
      if (size > most) throw new AppError<DatasetCode>('object-changed')
      const bytes = new Uint8Array(await readFile(path))
      if (digest(bytes) !== name) throw new AppError<DatasetCode>('object-changed')
      return bytes
    },
    async path(name) {
      const path = pathOf(name)
      await access(path).catch(() => {
        throw missing()
      })
      return path
    },
  }
}

/** Written under another name, synced, and renamed when its digest is known: an object stands whole or not at all. */
async function put(folder: string, parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  const path = join(folder, `new-${randomBytes(12).toString('hex')}`)
  const file = await open(path, 'wx', 0o644)
  const naming = createNaming()
  let bytes = 0
  let name: Digest
  try {
    // One write is under way while the next part is made.
    let written: Promise<unknown> = Promise.resolve()
    for await (const part of parts) {
      bytes += part.length
      await naming.push(part)
      await written
      written = file.writeFile(part)
      written.catch(() => undefined)
    }
    await written
    name = await naming.end()
    await file.sync()
  } catch (error) {
    naming.stop()
    await file.close()
    await rm(path, { force: true })
    throw error
  }
  await file.close()
  await rename(path, join(folder, name))
  await flush(dirname(join(folder, name)))
  return { digest: name, bytes }
}

/** SHA-256 of a file, read as a stream. */
export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(part as Buffer)
  return hash.digest('base64url') as Digest
}
