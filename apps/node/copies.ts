/** Copies of a stopped folder's databases, for doctor: inside the folder, closed as it is, and gone when doctor is done. */
import { constants, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { systemCode } from '@salus/base/system'
import type { NodeCode } from './errors.ts'
import { databases } from './last.ts'

const FOLDER = 'doctor'

/** Copies every database with its write-ahead log as it stands; the folder must be locked. Returns where they are. */
export function copyDatabases(dir: string): string {
  dropCopies(dir)
  const to = join(dir, FOLDER)
  try {
    mkdirSync(to, { mode: 0o700 })
    for (const name of databases.flatMap((one) => [one, `${one}-wal`])) {
      const from = join(dir, name)
      // Where the file system can, the copy shares what was copied until it is written to.
      if (existsSync(from)) copyFileSync(from, join(to, name), constants.COPYFILE_FICLONE)
    }
    return to
  } catch (cause) {
    const code = systemCode(cause)
    throw code ? new AppError<NodeCode>(code, {}, { cause }) : cause
  }
}

/** Removes them, and what a doctor that was killed left: whoever is erased later must not stand there. */
export function dropCopies(dir: string): void {
  rmSync(join(dir, FOLDER), { recursive: true, force: true })
  // Where earlier versions made the views to compare.
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `views.check.db${suffix}`), { force: true })
}
