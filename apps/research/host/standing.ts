/** Whether a machine is still on offer, and what became of its tasks. */
import { endStates, type HostOrder, type TaskState } from '@salus/market/contract'

export type Standing = 'open' | 'closed' | 'expired'

/** `now` in seconds. What its owner closed is closed, also after its date. */
export function standingOf({ closed, body: { until } }: Pick<HostOrder, 'closed' | 'body'>, now: number): Standing {
  if (closed) return 'closed'
  return until > now ? 'open' : 'expired'
}

/** How many tasks are open, and how many ended in each way: a refused one is neither done nor failed. */
export function endsOf(tasks: readonly { readonly state: TaskState }[]) {
  const many = (state: TaskState) => tasks.filter((one) => one.state === state).length
  const [settled, refused, refunded] = endStates.map(many) as [number, number, number]
  return { open: tasks.length - settled - refused - refunded, settled, refused, refunded }
}
