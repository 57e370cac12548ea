/** How many lines the memory of erasures has, kept with the sources: the file alone cannot say that its end is missing (N11). */
import type { Tx } from '@salus/base/sqlite'

export const ERASED_LINES_SCHEMA = `
CREATE TABLE IF NOT EXISTS erased_lines (one INTEGER PRIMARY KEY CHECK (one = 1), lines INTEGER NOT NULL) STRICT;
`

/** As many as this data has seen there; none where it was never asked (a folder from before is only looked at). */
export async function linesSeen(s: Tx): Promise<number> {
  const there = await s.get("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'erased_lines'")
  return there ? ((await s.get<{ lines: number }>('SELECT lines FROM erased_lines'))?.lines ?? 0) : 0
}

/** This many were seen there. It only rises: what was seen once is asked for ever after. */
export const seeLines = (s: Tx, lines: number) =>
  s.run(
    `INSERT INTO erased_lines (one, lines) VALUES (1, ?)
     ON CONFLICT (one) DO UPDATE SET lines = max(lines, excluded.lines)`,
    lines,
  )

/** An administrator says that the others are lost: from now on only so many are asked for. */
export const acceptLines = (s: Tx, lines: number) =>
  s.run('INSERT OR REPLACE INTO erased_lines (one, lines) VALUES (1, ?)', lines)
