/**
 * Backup and restore (N10). A backup is a folder: both databases, each as it was at one moment, what the roots sign, and a
 * manifest with the digest of every file. The node may run meanwhile. Its keys are never in there.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { copySqlite, openSqlite, type Sql } from '@salus/base/sqlite'
import { flush, flushAll, writeWhole } from '@salus/base/whole'
import { forgetSessions } from '@salus/directory/register'
import { logSize } from '@salus/journal/sources'
import { type NodeCode, reading } from './errors.ts'
import { originOf } from './found.ts'
import { keysOf } from './keys.ts'
import { digestOf } from './last.ts'
import { markRestored } from './restored.ts'
import { earlierFiles } from './succeeded.ts'

const MANIFEST = 'manifest.json'
const FORMAT = 1
/**
 * In this order: the ledger names heads of the journal, so a ledger that is copied later could name one that the sources
 * before it do not reach, and the restored journal would be behind its own ledger: closed. Sources only ever grow.
 */
const databases = ['ledger.db', 'sources.db'] as const
const texts = ['consortium.json', 'genesis.json', 'closed.json', 'followed.json'] as const
const own = ['journal', 'operator', 'witness', 'push'] as const
/** Keys a folder may be without: of an earlier version, or where nobody asked for pushes. */
const optional: readonly string[] = ['witness', 'push']

const name = z.string().regex(/^(evidence\/)?[a-zA-Z0-9_-]+\.(db|json|note)$/)
const manifest = z.strictObject({
  format: z.literal(FORMAT),
  made: z.int(),
  origin: z.string(),
  /** Entries of the log. */
  size: z.int(),
  files: z.record(name, z.string()),
})
export type Manifest = z.output<typeof manifest>
const keysIn = z.strictObject({ origin: z.string(), keys: z.partialRecord(z.enum(own), z.string()) })

/** Opens a copy of the sources as it is: a backup may be of an older format, and stays in it. */
const openCopy = (dir: string): Sql => openSqlite(join(dir, 'sources.db'), { durability: 'full', schema: '' })

async function sizeOf(dir: string): Promise<number> {
  const sql = openCopy(dir)
  return sql.tx(logSize).finally(sql.close)
}

export type BackupPorts = {
  readonly dir: string
  readonly keys?: string
  readonly now: number
  /** Called after each database was copied: a node goes on meanwhile, and a test makes sure of it. */
  readonly copied?: () => Promise<void>
}

/** Gives a folder that is whole its name: on the disk before it is called so, and called so on the disk. */
async function putInPlace(part: string, to: string): Promise<void> {
  await flushAll(part)
  renameSync(part, to)
  await flush(dirname(to))
}

/** Copies the node's data into the new folder `to`; with `keyFile`, its keys into that new file, for its owner alone. */
export async function backupNode({ dir, keys = keysOf(dir), now, copied }: BackupPorts, to: string, keyFile?: string) {
  if (existsSync(to) || (keyFile !== undefined && existsSync(keyFile))) throw new AppError<NodeCode>('backup-there')
  const origin = await originOf(dir)
  const part = `${to}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(join(part, 'evidence'), { recursive: true, mode: 0o700 })
  for (const one of databases) {
    copySqlite(join(dir, one), join(part, one))
    await copied?.()
  }
  const evidence = existsSync(join(dir, 'evidence')) ? readdirSync(join(dir, 'evidence')) : []
  const small = [
    ...texts,
    ...earlierFiles(dir),
    ...evidence.filter((one) => one.endsWith('.note')).map((one) => `evidence/${one}`),
  ]
  for (const one of small) if (existsSync(join(dir, one))) copyFileSync(join(dir, one), join(part, one))
  // The marker last: it says what the folder is.
  copyFileSync(join(dir, 'node.json'), join(part, 'node.json'))
  const size = await sizeOf(part)
  const files: Record<string, string> = {}
  for (const one of [...databases, ...small, 'node.json']) {
    if (existsSync(join(part, one))) files[one] = await digestOf(join(part, one))
  }
  const made: Manifest = { format: FORMAT, made: now, origin, size, files }
  await writeWhole(join(part, MANIFEST), `${JSON.stringify(made, null, 2)}\n`)
  if (keyFile !== undefined) await writeKeys(keys, keyFile, origin)
  await putInPlace(part, to)
  return made
}

async function writeKeys(keys: string, to: string, origin: string): Promise<void> {
  const found: Partial<Record<(typeof own)[number], string>> = {}
  for (const one of own) {
    const path = join(keys, `${one}.key`)
    if (existsSync(path) || !optional.includes(one)) found[one] = (await readFile(path, 'utf8')).trim()
  }
  await writeFile(to, `${JSON.stringify({ origin, keys: found })}\n`, { mode: 0o600, flag: 'wx', flush: true })
  await flush(dirname(to))
}

/** Reads a backup and sees that every file in it is as it was made; throws `backup-damaged`. */
export async function readBackup(from: string): Promise<Manifest> {
  return reading('backup-damaged', async () => {
    const made = parseWith(manifest, await readFile(join(from, MANIFEST), 'utf8'))
    for (const one of [...databases, 'node.json', 'consortium.json', 'genesis.json']) {
      if (!(one in made.files)) throw new AppError<NodeCode>('backup-damaged')
    }
    for (const [one, digest] of Object.entries(made.files)) {
      if ((await digestOf(join(from, one))) !== digest) throw new AppError<NodeCode>('backup-damaged')
    }
    return made
  })
}

type RestorePorts = { readonly dir: string; readonly keys?: string; readonly now: number }

/**
 * Puts a backup into the empty (or missing) folder `dir`, marked as restored; where a file of keys is given, those go to `keys`,
 * or into the folder where nobody says otherwise.
 */
export async function restoreNode(from: string, { dir, keys, now }: RestorePorts, keyFile?: string) {
  const there = existsSync(dir)
  const taken = keys !== undefined && own.some((one) => existsSync(join(keys, `${one}.key`)))
  if (keyFile !== undefined && taken) throw new AppError<NodeCode>('keys-there')
  if (there && readdirSync(dir).length > 0) throw new AppError<NodeCode>('data-there')
  const made = await readBackup(from)
  const given = keyFile === undefined ? {} : await readKeyFile(keyFile, made.origin)
  const part = `${dir}.restoring`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(join(part, 'evidence'), { recursive: true, mode: 0o700 })
  for (const [one, digest] of Object.entries(made.files)) {
    mkdirSync(dirname(join(part, one)), { recursive: true, mode: 0o700 })
    copyFileSync(join(from, one), join(part, one))
    if ((await digestOf(join(part, one))) !== digest) throw new AppError<NodeCode>('backup-damaged')
  }
  if (keys === undefined) await putKeys(keysOf(part), given)
  // Whoever signed out, or lost a device, since then must not be signed in again.
  const sources = openCopy(part)
  await sources.tx(forgetSessions).finally(sources.close)
  await markRestored(part, { origin: made.origin, made: made.made, at: now, size: made.size })
  if (there) rmdirSync(dir)
  await putInPlace(part, dir)
  if (keys !== undefined) await putKeys(keys, given)
  return made
}

type OwnKeys = z.output<typeof keysIn>['keys'] | Record<string, never>

/** Another node's keys would be refused at the start; said here, before anything is written, where it can be put right. */
const readKeyFile = (file: string, origin: string): Promise<OwnKeys> =>
  reading('backup-damaged', async () => {
    const read = parseWith(keysIn, await readFile(file, 'utf8'))
    if (read.origin !== origin) throw new AppError<NodeCode>('backup-damaged')
    return read.keys
  })

async function putKeys(to: string, keys: OwnKeys): Promise<void> {
  if (Object.keys(keys).length === 0) return
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const [one, key] of Object.entries(keys)) {
    await writeFile(join(to, `${one}.key`), key, { mode: 0o600, flush: true })
  }
  await flush(to)
}
