/** How many of an organisation's newcomers erased themselves today: a number, kept with the sources because erasing leaves no other trace (R30). */
import type { Tx } from '@salus/base/sqlite'

export const OWN_ERASURES_SCHEMA = `
CREATE TABLE IF NOT EXISTS own_erasures (org TEXT PRIMARY KEY, day INTEGER NOT NULL, times INTEGER NOT NULL) STRICT;
`

/** Counts one more on that day; answers how many there are now. */
export async function countOwnErasure(s: Tx, org: string, day: number): Promise<number> {
  await s.run(
    `INSERT INTO own_erasures (org, day, times) VALUES (?, ?, 1)
     ON CONFLICT (org) DO UPDATE SET times = CASE day WHEN excluded.day THEN times + 1 ELSE 1 END, day = excluded.day`,
    ...[org, day],
  )
  return (await s.get<{ times: number }>('SELECT times FROM own_erasures WHERE org = ?', org))?.times ?? 0
}
