/**
 * Which rows earlier releases used, and which groups of them they told apart: two results whose rows or groups differ by a few
 * people give those few away (differencing; facts: market §5). Kept by the hospital alone, sealed; only units go on the ledger.
 */
import type { Bytes } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { closeTo, countOf, keyOf, type Words, wordsOf } from './bits.ts'
import type { BrokerCode } from './endpoints.ts'
import { translatorOf } from './rows.ts'

/** Rows that a result tells from the others, one bit a row. `of`: only figures of this column stand on them. */
export type Group = { readonly of?: string; readonly rows: Bytes }

/** A cohort as one bit a row, the first row in the lowest bit of the first byte; older ones have no groups. */
export type Cohort = { readonly task: string; readonly rows: Bytes; readonly groups?: readonly Group[] }

/** Cohorts of released keys by the digest of the version's document, and the marks of its rows (rows.ts); durable when `keep` returns. */
export type CohortStore = {
  /** Every version that a key was released for. */
  versions(): Promise<readonly string[]>
  earlier(data: string): Promise<readonly Cohort[]>
  marks(data: string): Promise<Bytes | undefined>
  keep(data: string, cohort: Cohort, marks: Bytes): Promise<void>
  /** Forgets what was kept last for a task: its reservation failed, and no key is out. */
  drop(data: string, task: string): Promise<void>
  /** When orders of a lab were refused for their cohort, milliseconds. */
  refusals(lab: string): Promise<readonly number[]>
  refused(lab: string, at: number): Promise<void>
}

/** What a release would use, before it is one. */
export type Asked = {
  readonly data: string
  readonly k: number
  readonly rows: Bytes
  readonly groups: readonly Group[]
  readonly marks: Bytes
}

/** Most different cohorts of one version: so many pairs can still be looked at before each release. */
const MOST_COHORTS = 100

/** Packs a mask of one byte a row. */
export function pack(mask: Uint8Array): Bytes {
  const out = new Uint8Array(Math.ceil(mask.length / 8))
  for (const [i, one] of mask.entries()) if (one !== 0) out[i >> 3] = (out[i >> 3] as number) | (1 << (i & 7))
  return out
}

const close = () => new AppError<BrokerCode>('cohort-too-close')

type Sets = { readonly cohorts: Map<string, Words>; readonly groups: Map<string, { of: string; words: Words }> }

/** Earlier cohorts and groups of one version, each once, as words over the rows of the version asked for. */
async function earlierOf(asked: Asked, version: string, kept: CohortStore): Promise<Sets> {
  const sets: Sets = { cohorts: new Map(), groups: new Map() }
  const marks = version === asked.data ? undefined : await kept.marks(version)
  const read = marks ? translatorOf(asked.marks, marks) : wordsOf
  const seen = new Set<string>()
  for (const { rows, groups = [] } of await kept.earlier(version)) {
    const name = keyOf(rows)
    if (!sets.cohorts.has(name)) sets.cohorts.set(name, read(rows))
    for (const { of = '', rows: own } of groups) {
      const key = `${of}\n${keyOf(own)}`
      if (seen.has(key)) continue
      seen.add(key)
      sets.groups.set(key, { of, words: read(own) })
    }
  }
  return sets
}

/**
 * Is the cohort within `k` people of what two earlier ones come to together, or of one without the other? Three results would then
 * give the few away that no two of them do.
 */
function closeToPairs(own: Words, earlier: readonly Words[], k: number): boolean {
  const made = new Uint32Array(own.length)
  for (const [i, a] of earlier.entries()) {
    for (let j = 0; j < i; j++) {
      const b = earlier[j] as Words
      for (let w = 0; w < made.length; w++) made[w] = (a[w] as number) | (b[w] as number)
      if (closeTo(own, made, k)) return true
      for (let w = 0; w < made.length; w++) made[w] = (a[w] as number) & ~(b[w] as number)
      if (closeTo(own, made, k)) return true
      for (let w = 0; w < made.length; w++) made[w] = (b[w] as number) & ~(a[w] as number)
      if (closeTo(own, made, k)) return true
    }
  }
  return false
}

/** The groups that no earlier release told apart; the others say nothing new. */
function newGroups(asked: Asked, { groups }: Sets): readonly Group[] {
  const seen = new Set(groups.keys())
  return asked.groups.filter(({ of = '', rows }) => {
    const key = `${of}\n${keyOf(rows)}`
    return !seen.has(key) && seen.add(key)
  })
}

function assertGroupsApart(groups: readonly Group[], { groups: earlier }: Sets, k: number): void {
  for (const { of = '', rows } of groups) {
    const own = wordsOf(rows)
    for (const one of earlier.values()) if (one.of === of && closeTo(own, one.words, k)) throw close()
  }
}

/**
 * B4 Refuses a cohort or a group of fewer than `k` people, and one that differs from an earlier released one by one to `k - 1`: of
 * the same version, and of every other one, where rows are known again by their marks; cohorts also from what pairs of earlier
 * ones come to. Answers the groups that are new, to be kept.
 */
export async function assertApart(asked: Asked, kept: CohortStore): Promise<readonly Group[]> {
  const { data, k, rows } = asked
  if (countOf(rows) < k || asked.groups.some((one) => countOf(one.rows) < k))
    throw new AppError<BrokerCode>('cohort-too-small')
  const own = wordsOf(rows)
  let fresh = asked.groups
  for (const version of new Set([data, ...(await kept.versions())])) {
    const earlier = await earlierOf(asked, version, kept)
    const cohorts = [...earlier.cohorts.values()]
    if (cohorts.some((one) => closeTo(own, one, k))) throw close()
    if (version === data) {
      fresh = newGroups(asked, earlier)
      assertPairsApart(asked, earlier)
    }
    assertGroupsApart(fresh, earlier, k)
  }
  return fresh
}

/** A cohort that was released before says nothing new; a new one beyond what can be looked at is refused. */
function assertPairsApart({ rows, k }: Asked, { cohorts }: Sets): void {
  if (cohorts.has(keyOf(rows))) return
  if (cohorts.size >= MOST_COHORTS || closeToPairs(wordsOf(rows), [...cohorts.values()], k)) throw close()
}
