/** Submissions that wait are written as one group; the next group starts when the previous one is answered. */
import type { Receipt } from './contract.ts'
import type { Prepared } from './prepare.ts'

/** Statements written in one group at most, unless a single submission is larger. */
const MAX_GROUP = 512

/** A submission between its checks and its receipts. Exactly one of `resolve` and `reject` is called. */
export type Waiting = {
  readonly items: readonly Prepared[]
  resolve(receipts: Receipt[]): void
  reject(error: unknown): void
}

export type Queue = {
  /** Waits for its turn; settles with the group's outcome. */
  add(items: readonly Prepared[]): Promise<Receipt[]>
  /** Runs `work` while no group is written. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

type Line = { waiting: Waiting[]; busy: boolean }

/** Takes the next group off the line. */
function take(line: Line): Waiting[] {
  let count = 0
  let end = 0
  while (end < line.waiting.length && (end === 0 || count < MAX_GROUP)) count += line.waiting[end++]?.items.length ?? 0
  return line.waiting.splice(0, end)
}

/** `write` settles each of its group, or gives back those that are to have another turn, first in line; it never throws. */
export function createQueue(write: (group: readonly Waiting[]) => Promise<readonly Waiting[]>): Queue {
  const line: Line = { waiting: [], busy: false }
  let tail: Promise<unknown> = Promise.resolve()

  function alone<T>(work: () => Promise<T>): Promise<T> {
    const next = tail.then(work)
    tail = next.catch(() => undefined)
    return next
  }

  async function drain(): Promise<void> {
    if (line.busy) return
    line.busy = true
    while (line.waiting.length > 0) {
      // Whoever was answered a moment ago, or stands in a socket, comes along: one flush for all of them.
      await new Promise((resolve) => setImmediate(resolve))
      await alone(async () => void line.waiting.unshift(...(await write(take(line)))))
    }
    line.busy = false
  }

  return {
    add: (items) =>
      new Promise<Receipt[]>((resolve, reject) => {
        line.waiting.push({ items, resolve, reject })
        void drain()
      }),
    alone,
  }
}
