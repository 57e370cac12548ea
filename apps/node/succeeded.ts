/**
 * A node's own `consortium.json` gives way to its successor (N34): by the rule that binds every device (D39), the node stopped, and
 * only where the next version still names this node's log. Each version it had stays in the folder, for devices that are behind.
 */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import {
  type Consortium,
  consortium,
  openConsortium,
  orgKeys,
  type Roots,
  succeedRoots,
} from '@salus/directory/consortium'
import { isVkeyOf } from '@salus/ledger/vkey'
import { type NodeCode, reading } from './errors.ts'
import { originOf } from './found.ts'
import { rewriting } from './last.ts'
import { lockFolder } from './lock.ts'

const FILE = 'consortium.json'
const EARLIER = /^consortium-(\d{1,9})\.json$/

/** Files with earlier versions, newest first. */
const filesOf = (dir: string) =>
  readdirSync(dir)
    .flatMap((name) => {
      const version = EARLIER.exec(name)?.[1]
      return version === undefined ? [] : [{ name, version: Number(version) }]
    })
    .sort((a, b) => b.version - a.version)

/** Names of the files with earlier versions, oldest first. */
export const earlierFiles = (dir: string): string[] =>
  filesOf(dir)
    .map(({ name }) => name)
    .reverse()

/** Versions before the current one, oldest first, without a gap; `damaged`: the file that keeps those before it from counting. */
export type Earlier = { readonly files: readonly Consortium[]; readonly damaged?: string }

/** The version in `path`, if `next` takes its place lawfully; undefined where it is not there or is not what was signed. */
async function versionIn(path: string, version: number, next: Consortium): Promise<Consortium | undefined> {
  if (!existsSync(path)) return undefined
  try {
    return await reading('roots-earlier-damaged', async () => {
      const file = parseWith(consortium, await readFile(path))
      const roots = await openConsortium(JSON.stringify(file))
      await succeedRoots(roots, JSON.stringify(next))
      return roots.version === version ? file : undefined
    })
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/**
 * Versions before `current`, as they were signed, each held against the one that followed it. They say nothing of whom this node trusts:
 * devices that are behind ask for them, and check each. So one that rotted, or is missing between others, keeps nothing from starting;
 * it ends what is handed out.
 */
export async function earlierRoots(dir: string, current: Consortium): Promise<Earlier> {
  // A replacing that was cut short left what never counted here.
  const there = filesOf(dir).filter(({ version }) => version < current.roots.version)
  const oldest = there.at(-1)?.version ?? current.roots.version
  const files: Consortium[] = []
  let next = current
  for (let version = current.roots.version - 1; version >= oldest; version--) {
    const name = there.find((one) => one.version === version)?.name ?? `consortium-${version}.json`
    const file = await versionIn(join(dir, name), version, next)
    if (!file) return { files, damaged: name }
    files.unshift(file)
    next = file
  }
  return { files }
}

/** N34 Is every key that `before` knows known after it, and none for longer than it was? An old key stays dead. */
function keepsKeys(before: Roots, after: Roots): boolean {
  return [...before.organisations, ...(before.former ?? [])].every(({ org }) => {
    const known = orgKeys(after, org)
    return orgKeys(before, org).every(({ key, until = Number.POSITIVE_INFINITY }) =>
      known.some((one) => one.key === key && (one.until ?? Number.POSITIVE_INFINITY) <= until),
    )
  })
}

/**
 * Does the node keep the same log, and can all that stands in it still be verified? What an organisation signed before is held
 * against the keys that the roots know of it (D43).
 */
function checkOwn(origin: string, before: Roots, after: Roots): void {
  const own = before.journals.find((one) => one.origin === origin)
  const same = after.journals.find((one) => one.origin === origin)
  if (!own || own.vkey !== same?.vkey || own.operator !== same.operator)
    throw new AppError<NodeCode>('roots-without-node')
  const logs = new Set(after.journals.map((one) => one.vkey))
  const strange = after.journals.some((one) => !isVkeyOf(one))
  if (strange || !keepsKeys(before, after) || before.journals.some((one) => !logs.has(one.vkey)))
    throw new AppError<NodeCode>('roots-narrower')
}

/** Takes each of `files` in turn, or none of them. Throws `node-running`, `roots-without-node`, `roots-narrower`, and what `succeedRoots` throws. */
export async function replaceRoots(
  dir: string,
  files: readonly Uint8Array[],
): Promise<{ readonly before: Roots; readonly after: Roots }> {
  const unlock = lockFolder(dir)
  try {
    const first = await readFile(join(dir, FILE))
    const before = await reading('roots-damaged', () => openConsortium(first))
    const kept: { readonly version: number; readonly file: Uint8Array }[] = []
    let [at, current]: [Roots, Uint8Array] = [before, first]
    for (const file of files) {
      const next = await succeedRoots(at, file)
      kept.push({ version: at.version, file: current })
      at = next
      current = file
    }
    checkOwn(await originOf(dir), before, at)
    for (const { version, file } of kept) await writeWhole(join(dir, `consortium-${version}.json`), text(file))
    await rewriting(dir, FILE, () => writeWhole(join(dir, FILE), text(current)))
    return { before, after: at }
  } finally {
    unlock()
  }
}
