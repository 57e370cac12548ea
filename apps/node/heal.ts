/** The way back by itself: a journal that could not read or write its files tries again when it is next asked. */
import { isAppError } from '@salus/base/errors'
import type { Journal } from '@salus/journal/accept'

/** Between two tries, milliseconds: a disk that stays full is not asked at every request. */
const PAUSE_MS = 1_000

/**
 * The gate of a node: passes when everything may be served. After a recovery that failed (a full disk) the journal believes
 * nothing until it has read its files again (J12); whoever asks next has it try, one at a time.
 */
export function createGate({ check, catchUp }: Pick<Journal, 'check' | 'catchUp'>, now: () => number) {
  let trying: Promise<unknown> | undefined
  let tried = Number.NEGATIVE_INFINITY
  return async (): Promise<void> => {
    try {
      check()
    } catch (error) {
      // A log that was rolled back is closed and stays so: only a failure heals.
      if (!isAppError(error) || error.code !== 'journal-failed') throw error
      if (!trying && now() - tried < PAUSE_MS) throw error
      trying ??= catchUp().finally(() => {
        trying = undefined
        tried = now()
      })
      await trying.catch(() => undefined)
      check()
    }
  }
}

/** Serves it nothing any more? */
export function isShut(journal: Pick<Journal, 'check'>): boolean {
  try {
    journal.check()
    return false
  } catch {
    return true
  }
}
