/** Web Push as an option: the node keeps an address that wakes this browser; a push carries nothing. */
import { pushEndpoints } from '@salus/directory/push/endpoints'
import { theOwn } from './open.ts'

/** The key that the browser subscribes for, and how many addresses the node keeps for this person. */
export async function pushKey(): Promise<{ key: string; kept: number }> {
  const { link } = await theOwn()
  return link.call(pushEndpoints.key)
}

/** Has the node keep this browser's address. */
export async function pushStart(endpoint: string): Promise<void> {
  const { link } = await theOwn()
  await link.call(pushEndpoints.start, { input: { endpoint } })
}

/** Has the node forget an address; all of them without one. */
export async function pushEnd(endpoint: string | undefined): Promise<void> {
  const { link } = await theOwn()
  await link.call(pushEndpoints.end, { input: endpoint === undefined ? {} : { endpoint } })
}
