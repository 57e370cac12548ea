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

/** `write` settles each of its group, or gives back those that are to have another turn, first in line; it never throws. */
export function createQueue(write: (group: readonly Waiting[]) => Promise<readonly Waiting[]>): Queue {
  let waiting: Waiting[] = []
  let busy = false
  let tail: Promise<unknown> = Promise.resolve()

  function alone<T>(work: () => Promise<T>): Promise<T> {
    const next = tail.then(work)
    tail = next.catch(() => undefined)
    return next
  }

  function take(): Waiting[] {
    let count = 0
    let end = 0
    while (end < waiting.length && (end === 0 || count < MAX_GROUP)) count += waiting[end++]?.items.length ?? 0
    const group = waiting.slice(0, end)
    waiting = waiting.slice(end)
    return group
  }

  async function drain(): Promise<void> {
    if (busy) return
    busy = true
    while (waiting.length > 0) {
      await alone(async () => {
        const again = await write(take())
        waiting = [...again, ...waiting]
      })
    }
    busy = false
  }

  return {
    add: (items) =>
      new Promise<Receipt[]>((resolve, reject) => {
        waiting.push({ items, resolve, reject })
        void drain()
      }),
    alone,
  }
}
