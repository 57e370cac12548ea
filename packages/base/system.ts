/** When the place is at fault and not the data: what the operating system and SQLite say of it, as one of our codes. */

/** No room is left; or a folder or file that is needed may not be read or written by this program. */
export type SystemCode = 'disk-full' | 'folder-unusable'

/** Primary result codes of SQLite, https://sqlite.org/rescode.html: FULL; PERM, READONLY, CANTOPEN. */
const sqlite: Readonly<Record<number, SystemCode>> = {
  13: 'disk-full',
  3: 'folder-unusable',
  8: 'folder-unusable',
  14: 'folder-unusable',
}
const posix: Readonly<Record<string, SystemCode>> = {
  ...{ ENOSPC: 'disk-full', EDQUOT: 'disk-full' },
  ...{ EACCES: 'folder-unusable', EPERM: 'folder-unusable', EROFS: 'folder-unusable' },
}
/** Causes looked through: an error of ours may wrap the one that says why. */
const DEPTH = 5

type Said = {
  readonly errcode?: unknown
  readonly code?: unknown
  readonly syscall?: unknown
  readonly cause?: unknown
}

/** The code for `error` or for what caused it; undefined when the place is not at fault. */
export function systemCode(error: unknown): SystemCode | undefined {
  let at = error as Said | undefined
  for (let i = 0; i < DEPTH && typeof at === 'object' && at !== null; i++) {
    const found =
      typeof at.errcode === 'number'
        ? sqlite[at.errcode & 0xff]
        : // A port that is not ours to listen on has the same name, and is no folder.
          typeof at.code === 'string' && typeof at.syscall === 'string' && at.syscall !== 'listen'
          ? posix[at.code]
          : undefined
    if (found) return found
    at = at.cause as Said | undefined
  }
  return undefined
}
