/** Taking turns: what changes keys and books is done one errand at a time. */

/** Gives a way of doing things one after another, in the order they were asked; one that fails does not hold up the next. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}
