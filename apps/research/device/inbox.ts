/** What waits for a hospital's yes or no, and its signed answer. */
import { decideTask } from '@salus/market/decision'
import { waiting } from '@salus/market/inbox'
import { theTrading } from './open.ts'
import { type Seen, seenOf } from './tasks.ts'

type Both = { readonly en: string; readonly fr: string }

/** What waits for this hospital: an order before it runs, or a result before it leaves. */
export type Waiting = Seen & {
  /** Absent where the store does not say which analysis it is. */
  readonly title: Both | undefined
  readonly reasons: readonly { readonly rule: string; readonly about: string }[]
  /** The parameters; absent where the store has them not. */
  readonly model: string | undefined
  /** False: it can only be refused. */
  readonly readable: boolean
}

export async function inbox(): Promise<Waiting[]> {
  const at = await theTrading()
  const all = await waiting(at.trader, at.objects)
  return Promise.all(
    all.map(async ({ task, manifest, params, reasons, readable }) => ({
      ...(await seenOf(at, task)),
      ...{ title: manifest?.title, readable },
      reasons: reasons.map(({ rule, about = '' }) => ({ rule, about })),
      model: params === undefined ? undefined : JSON.stringify(params, null, 2),
    })),
  )
}

/** Says yes or no, signed by this organisation. */
export async function decide(id: string, allow: boolean): Promise<void> {
  const { trader } = await theTrading()
  await decideTask(trader, id, allow)
}
