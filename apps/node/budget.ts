/** How much the node takes in at once: bytes of bodies being read, over all callers. Beyond it, callers are told to wait. */
import { AppError } from '@salus/base/errors'

/** Bytes of request bodies held at one time. */
export const BODY_BUDGET = 256 * 1024 * 1024

/** Books `size` bytes before a body is read; the answer gives them back. Refuses with `node-busy` when the budget is spent. */
export function createBudget(total = BODY_BUDGET): (size: number) => () => void {
  let taken = 0
  return (size) => {
    // A single body that is allowed at all is always taken by an idle node.
    if (taken > 0 && taken + size > total) throw new AppError('node-busy')
    taken += size
    let open = true
    return () => {
      if (open) taken -= size
      open = false
    }
  }
}

/** What a body may weigh: what its header says, or, when it says nothing, all that its endpoint allows. */
export function bodySize(header: string | undefined, limit: number): number {
  const said = Number(header)
  return header !== undefined && Number.isInteger(said) && said >= 0 ? Math.min(said, limit) : limit
}
