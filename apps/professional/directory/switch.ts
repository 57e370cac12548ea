/** Becoming somebody else: what the one before had on the screen, and in memory, ends with the page. */
import { device } from '../device.ts'

/** Begins anew on the first page, with a worker that knows nothing of before. */
export function beginAnew(): void {
  history.replaceState(null, '', '/professional/#/')
  location.reload()
}

/** Becomes one of those this browser knows; nobody without an id. */
export async function become(id: string | undefined): Promise<void> {
  await device.use(id)
  beginAnew()
}
