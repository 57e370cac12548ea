/** Links as their statements tell (a view), and what happened at them (sources: no statement says it; erased with the person and the link). */
import type { Tx } from '@salus/base/sqlite'

/** SQL of the view. */
export const LINK_VIEWS = `
CREATE TABLE IF NOT EXISTS link (id TEXT PRIMARY KEY, link TEXT NOT NULL UNIQUE, patient TEXT NOT NULL, content TEXT NOT NULL,
  categories TEXT NOT NULL, until INTEGER NOT NULL, passcode INTEGER NOT NULL, opens INTEGER, at INTEGER NOT NULL,
  ended INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS link_patient ON link (patient, at);
CREATE INDEX IF NOT EXISTS link_until ON link (until);
`

/** SQL of the sources: counts, and what openers wrote of themselves. Both name the person, so that an erasure finds them. */
export const LINK_SCHEMA = `
CREATE TABLE IF NOT EXISTS link_use (link TEXT PRIMARY KEY, handle TEXT NOT NULL, wrong INTEGER NOT NULL, opens INTEGER NOT NULL,
  at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS link_use_handle ON link_use (handle);
CREATE TABLE IF NOT EXISTS link_open (link TEXT NOT NULL, n INTEGER NOT NULL, handle TEXT NOT NULL, at INTEGER NOT NULL,
  recipient TEXT NOT NULL, PRIMARY KEY (link, n)) STRICT;
CREATE INDEX IF NOT EXISTS link_open_handle ON link_open (handle);
`

/** `link`: digest of the random part of its address. */
export type LinkRow = {
  readonly id: string
  readonly link: string
  readonly patient: string
  readonly content: string
  /** Names with commas between them. */
  readonly categories: string
  readonly until: number
  readonly passcode: number
  readonly opens: number | null
  readonly at: number
  readonly ended: number | null
}

export const saveLink = (v: Tx, l: LinkRow) =>
  v.run(
    'INSERT INTO link (id, link, patient, content, categories, until, passcode, opens, at, ended) VALUES (?,?,?,?,?,?,?,?,?,?)',
    ...[l.id, l.link, l.patient, l.content, l.categories, l.until, l.passcode, l.opens, l.at, l.ended],
  )
const one = (row: Promise<unknown>) => row as Promise<LinkRow | undefined>
const all = (rows: Promise<unknown>) => rows as Promise<LinkRow[]>
export const linkById = (v: Tx, id: string) => one(v.get('SELECT * FROM link WHERE id = ?', id))
export const linkAt = (v: Tx, link: string) => one(v.get('SELECT * FROM link WHERE link = ?', link))
export const endLinkRow = (v: Tx, id: string, at: number) => v.run('UPDATE link SET ended = ? WHERE id = ?', at, id)
export const forgetLinks = (v: Tx, patient: string) => v.run('DELETE FROM link WHERE patient = ?', patient)

/** Somebody's links, the newest first. */
export const linksOf = (v: Tx, patient: string, limit: number) =>
  all(v.all('SELECT * FROM link WHERE patient = ? ORDER BY at DESC, id LIMIT ?', patient, limit))

/** How many of them stand. */
export const standingLinks = async (v: Tx, patient: string, now: number): Promise<number> =>
  (
    await v.get<{ n: number }>(
      'SELECT count(*) AS n FROM link WHERE patient = ? AND ended IS NULL AND until > ?',
      ...[patient, now],
    )
  )?.n ?? 0

/** Links whose date came between two moments, ended or not. */
export const linksPast = (v: Tx, after: number, upTo: number) =>
  all(v.all('SELECT * FROM link WHERE until > ? AND until <= ? ORDER BY id', after, upTo))

export type Use = { readonly wrong: number; readonly opens: number }

export const useOf = async (s: Tx, link: string): Promise<Use> =>
  (await s.get<Use>('SELECT wrong, opens FROM link_use WHERE link = ?', link)) ?? { wrong: 0, opens: 0 }

/** One more wrong passcode, or one fewer: a try counts before it is looked at. */
export const countWrong = (s: Tx, { link, patient, at }: LinkRow, by: 1 | -1) =>
  s.run(
    `INSERT INTO link_use (link, handle, wrong, opens, at) VALUES (?, ?, max(0, ?), 0, ?)
     ON CONFLICT (link) DO UPDATE SET wrong = max(0, wrong + ?)`,
    ...[link, patient, by, at, by],
  )

/** One more opening; the oldest are forgotten beyond `told`, and stay counted. */
export async function countOpen(
  s: Tx,
  { link, patient, at }: LinkRow,
  open: { at: number; recipient: string },
  told: number,
): Promise<void> {
  await s.run(
    `INSERT INTO link_use (link, handle, wrong, opens, at) VALUES (?, ?, 0, 1, ?)
     ON CONFLICT (link) DO UPDATE SET opens = opens + 1`,
    ...[link, patient, at],
  )
  const { opens } = await useOf(s, link)
  await s.run(
    'INSERT INTO link_open (link, n, handle, at, recipient) VALUES (?,?,?,?,?)',
    ...[link, opens, patient, open.at, open.recipient],
  )
  await s.run('DELETE FROM link_open WHERE link = ? AND n <= ?', link, opens - told)
}

/** What is told of a link's openings, the newest first. */
export const opensOf = (s: Tx, link: string) =>
  s.all<{ at: number; recipient: string }>('SELECT at, recipient FROM link_open WHERE link = ? ORDER BY n DESC', link)

/** What happened at one link goes. */
export async function dropUses(s: Tx, link: string): Promise<void> {
  for (const table of ['link_open', 'link_use']) await s.run(`DELETE FROM ${table} WHERE link = ?`, link)
}

/** What happened at an erased person's links goes too. */
export async function forgetUses(s: Tx, handle: string): Promise<void> {
  for (const table of ['link_open', 'link_use']) await s.run(`DELETE FROM ${table} WHERE handle = ?`, handle)
}
