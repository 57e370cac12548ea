/** The view of choices made in advance: the set in force, by patient. Rebuilt from statements. */
import type { Tx } from '@salus/base/sqlite'
import type { Choices } from './contract.ts'

/** SQL of this view. */
export const CHOICE_VIEWS = `
CREATE TABLE IF NOT EXISTS choice (patient TEXT PRIMARY KEY, research TEXT NOT NULL, blocked TEXT NOT NULL) STRICT;
`

/** The set in force; the empty one where none was made. */
export async function choicesOf(v: Tx, patient: string): Promise<Choices> {
  const row = await v.get<{ research: string; blocked: string }>(
    'SELECT research, blocked FROM choice WHERE patient = ?',
    patient,
  )
  return row ? { research: JSON.parse(row.research), blocked: JSON.parse(row.blocked) } : { research: [], blocked: [] }
}

export const saveChoices = (v: Tx, patient: string, { research, blocked }: Choices) =>
  v.run(
    'INSERT OR REPLACE INTO choice (patient, research, blocked) VALUES (?,?,?)',
    ...[patient, JSON.stringify(research), JSON.stringify(blocked)],
  )

export const forgetChoices = (v: Tx, patient: string) => v.run('DELETE FROM choice WHERE patient = ?', patient)
