/** A hospital's word by hand: on an order before it runs, and on a held result before it leaves. */
import { AppError } from '@salus/base/errors'
import type { Task, TaskLeg } from './contract.ts'
import type { Trader } from './device.ts'

const isAsked = ({ state }: Task, leg: TaskLeg): boolean =>
  (state === 'deciding' && !leg.allowed) || (state === 'held' && !leg.cleared)

/** Does this task wait for a word of `org`? */
export const waitsFor = (task: Task, org: string): boolean =>
  task.legs.some((leg) => leg.org === org && isAsked(task, leg))

/** Says yes or no for every data set of the trader's organisation; one no is enough. `nothing-waits` where nobody asked. */
export async function decideTask(trader: Trader, id: string, allow: boolean): Promise<void> {
  const task = await trader.task(id)
  const asked = task.legs.filter((leg) => leg.org === trader.org && isAsked(task, leg))
  if (asked.length === 0) throw new AppError('nothing-waits')
  for (const { order } of allow ? asked : asked.slice(0, 1)) {
    await trader.send('task.decide', { task: id as never, order: order as never, allow })
  }
}
