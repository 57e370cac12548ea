/**
 * The logs this node cosigns as a witness because its administrator says so (N16): `followed.json` in its folder, read at the
 * start. Each is a verifier key, whose letters carry a check of their own.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { openConsortium } from '@salus/directory/consortium'
import { formatVkey, type NoteKey, parseVkey } from '@salus/journal/note'
import { reading } from './errors.ts'
import { originOf, readFounded } from './found.ts'

const FILE = 'followed.json'
const MOST = 256
/** Type of a log's own signature; a witness's has another. */
const LOG = 0x01
const file = z.strictObject({ logs: z.array(z.string()).max(MOST) })

/** Which logs; none where nobody said so. Throws `followed-damaged`. */
export async function readFollowed(dir: string): Promise<NoteKey[]> {
  if (!existsSync(join(dir, FILE))) return []
  return reading('followed-damaged', async () =>
    parseWith(file, await readFile(join(dir, FILE), 'utf8')).logs.map(parseVkey),
  )
}

const write = (dir: string, logs: readonly NoteKey[]): Promise<void> =>
  writeWhole(join(dir, FILE), `${JSON.stringify({ logs: logs.map(formatVkey) }, null, 2)}\n`)

/** The logs that the roots themselves name: cosigned anyway, under the keys that every organisation signed. */
const rootedOrigins = (dir: string): Promise<string[]> =>
  reading('roots-damaged', async () => {
    const { journals } = await openConsortium(await readFile(join(dir, 'consortium.json'), 'utf8'))
    return journals.map((one) => one.origin)
  })

/** A log's verifier; undefined for anything else. */
function logKeyOf(vkey: string): NoteKey | undefined {
  try {
    const key = parseVkey(vkey)
    return key.type === LOG ? key : undefined
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/**
 * `own`: a node is no witness of itself. `rooted`: the roots name that log's key, and nobody else does. `other-key`: a log of that
 * name is followed under another key.
 */
export type Followed = 'followed' | 'known' | 'no-log' | 'own' | 'rooted' | 'other-key' | 'full'

/** Follows the log of `vkey` from the next start on. */
export async function follow(dir: string, vkey: string): Promise<Followed> {
  const key = logKeyOf(vkey)
  if (!key) return 'no-log'
  if (key.name === (await originOf(dir))) return 'own'
  if ((await rootedOrigins(dir)).includes(key.name)) return 'rooted'
  const logs = await readFollowed(dir)
  const known = logs.find((one) => one.name === key.name)
  if (known) return formatVkey(known) === vkey ? 'known' : 'other-key'
  if (logs.length >= MOST) return 'full'
  await write(dir, [...logs, key])
  return 'followed'
}

/** Follows the log of that origin, or verifier, no longer. Was it followed? */
export async function unfollow(dir: string, name: string): Promise<boolean> {
  const logs = await readFollowed(dir)
  const rest = logs.filter((one) => one.name !== name && formatVkey(one) !== name)
  if (rest.length === logs.length) return false
  await write(dir, rest)
  return true
}

/** What others need to follow this node's log, and to name it as a witness. */
export async function ownVerifiers(dir: string, keys?: string): Promise<{ log: string; witness: string }> {
  const { logKey, witnessKey } = await readFounded(dir, keys)
  return { log: formatVkey(logKey.key), witness: formatVkey(witnessKey.key) }
}

/** The logs it follows, as verifiers. */
export const followedKeys = async (dir: string): Promise<string[]> => (await readFollowed(dir)).map(formatVkey)
