/** The organisation's own register (sources, erasable): sealed traits, claims under way, sessions. No statement holds these. */
import type { Tx } from '@salus/base/sqlite'

const CARD_TRY_SCHEMA = `
CREATE TABLE IF NOT EXISTS card_try (card TEXT PRIMARY KEY, handle TEXT NOT NULL, wrong INTEGER NOT NULL) STRICT;
`
/** SQL of the register: with the sources, because nothing could make it again. */
export const REGISTER_SCHEMA = `
CREATE TABLE IF NOT EXISTS register (handle TEXT PRIMARY KEY, org TEXT NOT NULL, sealed TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS claim (id TEXT PRIMARY KEY, handle TEXT NOT NULL, org TEXT NOT NULL, secret TEXT NOT NULL,
  device TEXT NOT NULL, agreement TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS claim_try (handle TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session (token TEXT PRIMARY KEY, role TEXT NOT NULL, handle TEXT NOT NULL, org TEXT NOT NULL,
  device TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
${CARD_TRY_SCHEMA}`

/** Traits are sealed before they come here. */
export const enterPerson = (s: Tx, handle: string, org: string, sealed: string) =>
  s.run('INSERT OR REPLACE INTO register (handle, org, sealed) VALUES (?,?,?)', handle, org, sealed)

export const peopleOf = (s: Tx, org: string) =>
  s.all<{ handle: string; sealed: string }>('SELECT handle, sealed FROM register WHERE org = ? ORDER BY handle', org)

/** A claim under way: the secret is kept by its digest. */
export type ClaimRow = {
  id: string
  handle: string
  org: string
  secret: string
  device: string
  agreement: string
  at: number
}

export const saveClaim = (s: Tx, c: ClaimRow) =>
  s.run(
    'INSERT INTO claim (id, handle, org, secret, device, agreement, at) VALUES (?,?,?,?,?,?,?)',
    ...[c.id, c.handle, c.org, c.secret, c.device, c.agreement, c.at],
  )
export const claimById = (s: Tx, id: string): Promise<ClaimRow | undefined> =>
  s.get('SELECT * FROM claim WHERE id = ?', id) as Promise<unknown> as Promise<ClaimRow | undefined>
export const claimsOf = (s: Tx, org: string): Promise<ClaimRow[]> =>
  s.all('SELECT * FROM claim WHERE org = ? ORDER BY at', org) as Promise<unknown> as Promise<ClaimRow[]>

/** A code is used up by the log index of the statement that issued it: a newer code starts afresh. */
export const usedCode = (s: Tx, handle: string) =>
  s.get<{ used: number }>('SELECT used FROM claim_try WHERE handle = ?', handle)
export const useCode = (s: Tx, handle: string, idx: number) =>
  s.run('INSERT OR REPLACE INTO claim_try (handle, used) VALUES (?,?)', handle, idx)

/** Wrong PINs in a row, by the digest of a card's id: a short secret is only as good as the count of its tries. */
export const wrongPins = async (s: Tx, card: string): Promise<number> =>
  (await s.get<{ wrong: number }>('SELECT wrong FROM card_try WHERE card = ?', card))?.wrong ?? 0
export const countWrongPin = (s: Tx, card: string, handle: string) =>
  s.run(
    'INSERT INTO card_try (card, handle, wrong) VALUES (?, ?, 1) ON CONFLICT (card) DO UPDATE SET wrong = wrong + 1',
    ...[card, handle],
  )
/**
 * Makes the table again where it does not say whose a card is, as in format 1: an erasure could not find its rows. The wrong
 * PINs counted so far are forgotten with it, once, when an administrator upgrades.
 */
export async function nameCardTries(s: Tx): Promise<void> {
  const columns = await s.all<{ name: string }>("SELECT name FROM pragma_table_info('card_try')")
  if (columns.some((one) => one.name === 'handle')) return
  await s.run('DROP TABLE card_try')
  await s.run(CARD_TRY_SCHEMA)
}
export const clearWrongPins = (s: Tx, card: string) => s.run('DELETE FROM card_try WHERE card = ?', card)

/** A session: the token is kept by its digest. */
export type SessionRow = { token: string; role: string; handle: string; org: string; device: string; until: number }

/** Sessions one device may have at once: the oldest gives way. */
const PER_DEVICE = 64

export async function saveSession(s: Tx, one: SessionRow): Promise<void> {
  await s.run(
    `DELETE FROM session WHERE device = ? AND handle = ? AND token NOT IN
      (SELECT token FROM session WHERE device = ? AND handle = ? ORDER BY until DESC LIMIT ?)`,
    ...[one.device, one.handle, one.device, one.handle, PER_DEVICE - 1],
  )
  await s.run(
    'INSERT INTO session (token, role, handle, org, device, until) VALUES (?,?,?,?,?,?)',
    ...[one.token, one.role, one.handle, one.org, one.device, one.until],
  )
}
export const sessionByToken = (s: Tx, token: string): Promise<SessionRow | undefined> =>
  s.get('SELECT * FROM session WHERE token = ?', token) as Promise<unknown> as Promise<SessionRow | undefined>
export const dropOldSessions = (s: Tx, now: number) => s.run('DELETE FROM session WHERE until <= ?', now)

/** Nobody is signed in any more: devices open new sessions by themselves. */
export const forgetSessions = async (s: Tx): Promise<void> => void (await s.run('DELETE FROM session'))

/** An erased person's register rows, claims and sessions go too (privacy gate P7). */
export async function forgetRegistered(s: Tx, handle: string): Promise<void> {
  for (const table of ['register', 'claim', 'claim_try', 'session', 'card_try'])
    await s.run(`DELETE FROM ${table} WHERE handle = ?`, handle)
}
