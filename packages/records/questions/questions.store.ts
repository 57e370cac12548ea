/** Views of questions: who of which organisation acted at which entry of a chain, and what was asked about it. Rebuilt from statements. */
import type { Tx } from '@salus/base/sqlite'

/** SQL of these views. */
export const QUESTION_VIEWS = `
CREATE TABLE IF NOT EXISTS act (patient TEXT NOT NULL, number INTEGER NOT NULL, org TEXT NOT NULL, statement TEXT NOT NULL,
  idx INTEGER NOT NULL, PRIMARY KEY (patient, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS question (id TEXT PRIMARY KEY, patient TEXT NOT NULL, entry INTEGER NOT NULL, org TEXT NOT NULL,
  reason TEXT NOT NULL, at INTEGER NOT NULL, idx INTEGER NOT NULL, act_idx INTEGER NOT NULL, text TEXT, found TEXT,
  answered INTEGER, answer TEXT, UNIQUE (patient, entry)) STRICT;
CREATE INDEX IF NOT EXISTS question_org ON question (org, idx);
`

/** What somebody else did at an entry of a chain, and for which organisation. */
export type Act = { readonly org: string; readonly statement: string; readonly idx: number }

export const saveAct = (v: Tx, patient: string, number: number, { org, statement, idx }: Act) =>
  v.run(
    'INSERT INTO act (patient, number, org, statement, idx) VALUES (?,?,?,?,?)',
    patient,
    number,
    org,
    statement,
    idx,
  )

export const actAt = (v: Tx, patient: string, number: number): Promise<Act | undefined> =>
  v.get(
    'SELECT org, statement, idx FROM act WHERE patient = ? AND number = ?',
    patient,
    number,
  ) as Promise<unknown> as Promise<Act | undefined>

/** A question as the node keeps it; `text` and `answer` are packets. */
export type Question = {
  readonly id: string
  readonly patient: string
  readonly entry: number
  readonly org: string
  readonly reason: string
  readonly at: number
  readonly idx: number
  readonly act_idx: number
  readonly text: string | null
  readonly found: string | null
  readonly answered: number | null
  readonly answer: string | null
}

export const saveQuestion = (v: Tx, q: Omit<Question, 'found' | 'answered' | 'answer'>) =>
  v.run(
    'INSERT INTO question (id, patient, entry, org, reason, at, idx, act_idx, text) VALUES (?,?,?,?,?,?,?,?,?)',
    ...[q.id, q.patient, q.entry, q.org, q.reason, q.at, q.idx, q.act_idx, q.text],
  )

const one = (found: Promise<unknown>) => found as Promise<Question | undefined>
export const questionById = (v: Tx, id: string) => one(v.get('SELECT * FROM question WHERE id = ?', id))
export const questionAbout = (v: Tx, patient: string, entry: number) =>
  one(v.get('SELECT * FROM question WHERE patient = ? AND entry = ?', patient, entry))

export const saveAnswer = (v: Tx, id: string, found: string, at: number, answer: string | null) =>
  v.run('UPDATE question SET found = ?, answered = ?, answer = ? WHERE id = ?', found, at, answer, id)

/** Questions to an organisation: those that wait before the others, newest first. */
export const questionsTo = (v: Tx, org: string): Promise<Question[]> =>
  v.all(
    'SELECT * FROM question WHERE org = ? ORDER BY found IS NOT NULL, idx DESC LIMIT 500',
    org,
  ) as Promise<unknown> as Promise<Question[]>

/** Answers in words that a patient was given. */
export const answersTo = (v: Tx, patient: string): Promise<{ id: string; answer: string }[]> =>
  v.all(
    'SELECT id, answer FROM question WHERE patient = ? AND answer IS NOT NULL ORDER BY idx DESC LIMIT 500',
    patient,
  ) as Promise<unknown> as Promise<{ id: string; answer: string }[]>

/** Clears every row about `patient`. */
export async function forgetQuestions(v: Tx, patient: string): Promise<void> {
  for (const table of ['act', 'question']) await v.run(`DELETE FROM ${table} WHERE patient = ?`, patient)
}
