/** What nobody answered in time is ended by whoever has a part in it (M19): no task stays open, whoever is gone. */
import type { Clock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { openStates, type Task } from './contract.ts'
import type { Trader } from './device.ts'

/** Milliseconds past its date before a task is ended: clocks differ, and the ledger's own decides. */
const MARGIN = 60_000

const isOpen = ({ state }: Task): boolean => (openStates as readonly string[]).includes(state)

const hasPart = ({ lab, host, legs }: Task, org: string): boolean =>
  lab === org || host.org === org || legs.some((one) => one.org === org)

/** May anybody end it now? */
export const isOverdue = (task: Task, now: number): boolean => isOpen(task) && now > task.due * 1_000 + MARGIN

/** Milliseconds between two tries at one task: a clock that is ahead asks in vain, and not at every block. */
const AGAIN = 10 * 60_000

/** Gives what ends the tasks that the trader's organisation has a part in and whose time is over. Another may have been quicker. */
export function createEnding(trader: Trader, clock: Clock): (tasks: readonly Task[]) => Promise<void> {
  const tried = new Map<string, number>()
  return async (tasks) => {
    const now = clock()
    for (const task of tasks) {
      if (!hasPart(task, trader.org) || !isOverdue(task, now) || now < (tried.get(task.task) ?? 0) + AGAIN) continue
      tried.set(task.task, now)
      await trader.send('task.claim', { task: task.task as never }).catch((error) => {
        if (!isAppError(error) || !error.code.startsWith('task-')) throw error
      })
    }
  }
}
