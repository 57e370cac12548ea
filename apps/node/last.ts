/**
 * How this node last left its files (N7). A clean stop writes the digest of each into `last.json`: at the next start a file
 * that is not as it was left is known before a byte of it is believed. While it runs the mark says so: who finds that was
 * killed, or the machine went down with it, and nobody knows how the files were left (docs/decisions/0015).
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { digest } from '@salus/crypto/hash'
import type { NodeCode } from './errors.ts'

const MARK = 'last.json'
/** Files whose every byte counts; what SQLite keeps beside a database belongs to it, its shared-memory index does not. */
export const databases = ['sources.db', 'ledger.db', 'views.db'] as const
export type Database = (typeof databases)[number]
const watched = [
  ...databases.flatMap((one) => [one, `${one}-wal`]),
  ...['node.json', 'consortium.json', 'genesis.json', 'keys/witness.key'],
]

const mark = z.discriminatedUnion('state', [
  // `boot`: marks of earlier releases told a killed process from a machine that went down. Nothing follows from it any more.
  z.strictObject({ state: z.literal('running'), boot: z.string().optional() }),
  // `views`: digest of the SQL they were made with; marks of earlier releases have none.
  z.strictObject({
    ...{ state: z.literal('stopped'), files: z.record(z.string(), z.string()), sum: z.string() },
    views: z.string().optional(),
  }),
])

export type Last = {
  /** `stopped`: cleanly. `killed`: anything else (a kill, a power cut, a first start, a copy of a running node's files). */
  readonly how: 'stopped' | 'killed'
  /** After a clean stop: the watched files that are not as they were left. */
  readonly changed: readonly string[]
  /** With which SQL the views were made. */
  readonly views?: string
}

/** Over the digests themselves, that of the views' SQL too: a flip in here must not pass for one in a file. */
const sumOf = (files: Readonly<Record<string, string>>, ...views: readonly string[]): string =>
  digest(JSON.stringify([...Object.entries(files).sort(), ...views]))

/** Marks of earlier releases have a sum over the files alone. */
const isWhole = ({ files, sum, views }: { files: Record<string, string>; sum: string; views?: string | undefined }) =>
  sum === sumOf(files) || (views !== undefined && sum === sumOf(files, views))

/** SHA-256 of a file, base64url, read piece by piece. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part as Buffer)
  return hash.digest('base64url')
}

async function digests(dir: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of watched) if (existsSync(join(dir, name))) found[name] = await digestOf(join(dir, name))
  return found
}

const write = (dir: string, value: z.input<typeof mark>): Promise<void> =>
  writeWhole(join(dir, MARK), JSON.stringify(value))

async function read(dir: string): Promise<z.output<typeof mark> | 'missing' | 'damaged'> {
  try {
    const left = parseWith(mark, await readFile(join(dir, MARK), 'utf8'))
    return left.state === 'stopped' && !isWhole(left) ? 'damaged' : left
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing'
    if (isAppError(error)) return 'damaged'
    throw error
  }
}

/**
 * What cannot be made again must be there: the mark is written once the folder was open, and the ledger after the sources. An
 * empty store in the place of one that is gone would begin another history under the same keys.
 */
function checkThere(dir: string, marked: boolean): void {
  const [sources, ledger] = ['sources.db', 'ledger.db'].map((one) => existsSync(join(dir, one)))
  if (!sources && (marked || ledger)) throw new AppError<NodeCode>('sources-missing')
  if (!ledger && marked) throw new AppError<NodeCode>('ledger-missing')
}

/** Reads the mark and compares; throws where a store is gone. The folder must be locked, its files not open yet. */
export async function readLast(dir: string): Promise<Last> {
  const left = await read(dir)
  checkThere(dir, left !== 'missing')
  if (left === 'missing') return { how: 'killed', changed: [] }
  // Whatever damaged the mark may have met its neighbours: all of them are looked at as if they had changed.
  if (left === 'damaged') return { how: 'killed', changed: [MARK, ...databases] }
  if (left.state === 'running') return { how: 'killed', changed: [] }
  const now = await digests(dir)
  const names = new Set([...Object.keys(left.files), ...Object.keys(now)])
  const changed = [...names].filter((name) => left.files[name] !== now[name])
  return { how: 'stopped', changed, ...(left.views === undefined ? {} : { views: left.views }) }
}

/** Once the folder has opened: a start that failed leaves the mark, so that the next one finds the same. */
export const markRunning = (dir: string): Promise<void> => write(dir, { state: 'running' })

/** After everything was closed: how the files were left, and with which SQL the views were made. */
export async function markStopped(dir: string, schema: string): Promise<void> {
  const files = await digests(dir)
  const views = digest(schema)
  await write(dir, { state: 'stopped', files, sum: sumOf(files, views), views })
}

/** `work` writes the watched file `name` anew: where it was as a clean stop left it, it is that afterwards too. */
export async function rewriting(dir: string, name: string, work: () => Promise<void>): Promise<void> {
  const path = join(dir, name)
  const left = await read(dir)
  const known = typeof left === 'object' && left.state === 'stopped' && left.files[name] === (await digestOf(path))
  await work()
  if (!known) return
  const files = { ...left.files, [name]: await digestOf(path) }
  const { views } = left
  await write(dir, { ...left, files, sum: views === undefined ? sumOf(files) : sumOf(files, views) })
}

/**
 * May the views be believed? Only as a clean stop left them, since no check of SQLite's sees a flipped bit inside a value; and only
 * where they were made with this SQL: a table that another release did not have would stand there empty.
 */
export const viewsHold = (last: Last, schema: string): boolean =>
  last.how === 'stopped' && last.views === digest(schema) && !isChanged(last, 'views.db')

/** Did this database, or what SQLite keeps beside it, change since the clean stop? */
export const isChanged = ({ changed }: Last, database: Database): boolean =>
  changed.includes(database) || changed.includes(`${database}-wal`)

/** Nothing is said any more of how the files were left: the next start takes the careful way. */
export const forgetLast = (dir: string): void => rmSync(join(dir, MARK), { force: true })

/** Throws the views away: they are made again from the sources. */
export function dropViews(dir: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `views.db${suffix}`), { force: true })
}
