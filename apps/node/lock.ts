/** One node to a folder: a lock the operating system lets go of when the process dies, however it dies. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '@salus/base/errors'
import { systemCode } from '@salus/base/system'
import type { NodeCode } from './errors.ts'

/** Takes the folder; throws `node-running` while another process has it. Returns what lets it go. */
export function lockFolder(dir: string): () => void {
  const db = new DatabaseSync(join(dir, 'node.lock'))
  try {
    // Two sequencers on one log would fork it. An open exclusive transaction is a file lock, no stale pid to guess about.
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    // A folder that may not be written is no sign of another node.
    if (systemCode(cause)) throw cause
    throw new AppError<NodeCode>('node-running', {}, { cause })
  }
  return () => db.close()
}
