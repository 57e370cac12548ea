/** Data that was put back from a backup says so (N10) until somebody made sure that nothing later exists. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'

const MARK = 'restored.json'

export const restoredMark = z.strictObject({
  origin: z.string(),
  /** When the backup was made, and when it was put back, milliseconds. */
  made: z.int(),
  at: z.int(),
  /** Entries of the log in it. */
  size: z.int(),
})

export const markRestored = (dir: string, mark: z.output<typeof restoredMark>): Promise<void> =>
  writeWhole(join(dir, MARK), `${JSON.stringify(mark)}\n`)

export const isRestored = (dir: string): boolean => existsSync(join(dir, MARK))

/** A quorum of witnesses cosigned what stands here now, or the administrator said that nothing later exists. */
export const markChecked = (dir: string): void => rmSync(join(dir, MARK), { force: true })
