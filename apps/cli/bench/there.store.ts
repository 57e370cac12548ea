/** How many entries of one record stand in another hospital's store, looked at from outside while its node writes. */
import { DatabaseSync } from 'node:sqlite'

export function watchEntries(path: string, chain: string): { count: () => number; close: () => void } {
  const there = new DatabaseSync(path, { readOnly: true })
  const count = there.prepare('SELECT count(*) AS n FROM statement WHERE chain = ?')
  return { count: () => Number(count.get(chain)?.n), close: () => there.close() }
}
