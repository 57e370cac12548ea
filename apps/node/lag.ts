/** Since when something has not come to where it should be: told of both places from time to time, it says how long one waits. */
import type { Clock } from '@salus/base/clock'

/** `here`: how much there is; `there`: how much has come. Answers milliseconds: of the oldest that still waits, 0 where nothing does. */
export function createLag(clock: Clock): (here: number, there: number) => number {
  let mark: { readonly size: number; readonly since: number } | undefined
  return (here, there) => {
    const now = clock()
    if (mark && there >= mark.size) mark = undefined
    if (!mark && here > there) mark = { size: here, since: now }
    return mark ? now - mark.since : 0
  }
}
