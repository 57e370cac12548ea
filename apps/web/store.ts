/**
 * Where a browser keeps a device: IndexedDB. Keys stand there as CryptoKeys that no script can read out; everything else is
 * sealed under one of them (AES-256-GCM, a fresh 96-bit nonce each, the part's name as additional data: NIST SP 800-38D).
 */
import { type Bytes, text, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'

const PARTS = 'parts'
const KEYS = 'keys'
const CONTENTS = 'contents'
const MASTER = 'master'

type Sealed = { readonly iv: Bytes; readonly sealed: ArrayBuffer }

/** One device of this browser. */
export type Store = {
  /** Reads a sealed part; undefined when it was never written. */
  read<T>(part: string): Promise<T | undefined>
  write(part: string, value: unknown): Promise<void>
  /** Private keys as they are: non-extractable, by name. */
  key(name: string): Promise<CryptoKey | undefined>
  keepKey(name: string, key: CryptoKey): Promise<void>
  /** Ciphertext as the node gave it, so that a record opens offline and is fetched once. */
  contents(names: readonly string[]): Promise<(string | undefined)[]>
  keepContents(all: readonly (readonly [name: string, content: string])[]): Promise<void>
  /** Takes everything away; the store is empty afterwards and of no more use. */
  destroy(): Promise<void>
}

const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Durable when this resolves: `strict` waits for the disk. */
const committed = (tx: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve()
    tx.onerror = () => reject(tx.error)
    tx.onabort = () => reject(tx.error ?? new AppError('storage-full'))
  })

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => {
    for (const one of [PARTS, KEYS, CONTENTS]) request.result.createObjectStore(one)
  }
  return asked(request)
}

const AES = { name: 'AES-GCM', length: 256 } as const

async function masterOf(db: IDBDatabase): Promise<CryptoKey> {
  const fresh = await crypto.subtle.generateKey(AES, false, ['encrypt', 'decrypt'])
  // Two tabs may both be first: the transaction that comes second finds the other's.
  const tx = db.transaction(KEYS, 'readwrite', { durability: 'strict' })
  const keys = tx.objectStore(KEYS)
  const there = await asked<CryptoKey | undefined>(keys.get(MASTER))
  if (!there) keys.put(fresh, MASTER)
  await committed(tx)
  return there ?? fresh
}

/** The database's rows; closed, it answers that there is no device any more. */
function rowsOf(db: IDBDatabase) {
  let closed = false
  const begin = (store: string, mode: IDBTransactionMode = 'readonly', options?: IDBTransactionOptions) => {
    // What is still asked while everything is taken away: that is no fault of anybody.
    if (closed) throw new AppError('device-missing')
    return db.transaction(store, mode, options)
  }
  return {
    get: async <T>(store: string, key: string) => asked<T | undefined>(begin(store).objectStore(store).get(key)),
    async all<T>(name: string, keys: readonly string[]) {
      const store = begin(name).objectStore(name)
      return Promise.all(keys.map((one) => asked<T | undefined>(store.get(one))))
    },
    async put(store: string, all: readonly (readonly [key: string, value: unknown])[]) {
      const tx = begin(store, 'readwrite', { durability: 'strict' })
      for (const [key, value] of all) tx.objectStore(store).put(value, key)
      return committed(tx)
    },
    close() {
      closed = true
      db.close()
    },
  }
}

/** Opens a device's store, making it when there is none. */
export async function openStore(name: string): Promise<Store> {
  const db = await openDatabase(`salus-${name}`)
  const master = await masterOf(db)
  const { get, all, put, close } = rowsOf(db)
  /** What this worker wrote last, by part: an errand saves at every step, and most steps change little. */
  const written = new Map<string, string>()
  return {
    async read<T>(part: string) {
      const kept = await get<Sealed>(PARTS, part)
      if (!kept) return undefined
      const algorithm = { name: 'AES-GCM', iv: kept.iv, additionalData: utf8(part) }
      return JSON.parse(text(new Uint8Array(await crypto.subtle.decrypt(algorithm, master, kept.sealed)))) as T
    },
    async write(part, value) {
      const plain = JSON.stringify(value)
      if (written.get(part) === plain) return
      const iv = crypto.getRandomValues(new Uint8Array(12))
      const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(part) }
      const sealed = await crypto.subtle.encrypt(algorithm, master, utf8(plain))
      await put(PARTS, [[part, { iv, sealed } satisfies Sealed]])
      written.set(part, plain)
    },
    key: (one) => get<CryptoKey>(KEYS, one),
    keepKey: (one, key) => put(KEYS, [[one, key]]),
    contents: (names) => all<string>(CONTENTS, names),
    keepContents: (all) => put(CONTENTS, all),
    async destroy() {
      close()
      await asked(indexedDB.deleteDatabase(`salus-${name}`))
    },
  }
}
