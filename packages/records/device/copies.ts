/** Reading while the record's home does not answer: at another hospital that keeps a copy (N37). Nothing but reads goes there. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { DirectoryCode } from '@salus/directory/contract'
import { copiesOf, isAway, soon } from '@salus/directory/device/elsewhere'
import type { Link } from '@salus/directory/device/link'
import { findKeyring } from '@salus/directory/device/verify'

/** What takes away counts wherever it is known first: no other copy is asked after it. */
const takenAway: ReadonlySet<string> = new Set(['grant-revoked', 'grant-ended', 'request-refused', 'emergency-over'])

const isTakenAway = (error: unknown): boolean => isAppError(error) && takenAway.has(error.code)

type Asked = Pick<Link, 'call' | 'roots'>
type At = { readonly link: Link }

/** Answers of those that gave one; whoever has no copy, does not show it, or fails in any other way is passed over. */
async function answersOf<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const all = await Promise.allSettled(asked)
  const reasons = all.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []))
  const taken = reasons.find(isTakenAway)
  if (taken !== undefined) throw taken
  const found = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const fault = reasons.find((one) => !isAppError(one))
  if (found.length === 0 && fault !== undefined) throw fault
  return found
}

type Row = { readonly record: string; readonly version: number }
type Shown = { readonly records: readonly Row[] }

/** How much a copy shows: a row that is listed twice counts once. */
const shownBy = ({ records }: Shown): number =>
  new Set(records.map(({ record, version }) => `${record} ${version}`)).size

/**
 * The copies that show what `look` finds granted there, the one that shows most first. `open` opens a person's session at
 * the node that keeps a journal; the patient's keyring is verified there against the pinned roots, as at a home. Throws what says
 * that it was taken away.
 */
export async function findCopies<P extends At, G extends Shown>(
  link: Asked,
  patient: Handle,
  open: (origin: string) => Promise<P>,
  look: (who: P) => Promise<G>,
): Promise<(G & { readonly who: P; readonly copy: string })[]> {
  const at = async (copy: string) => {
    const who = await open(copy)
    await findKeyring(who.link, patient)
    return { ...(await look(who)), who, copy }
  }
  const found = await answersOf((await copiesOf(link, patient)).map((copy) => soon(at(copy))))
  return found.toSorted((a, b) => shownBy(b) - shownBy(a))
}

/** What `read` gives at the first of `copies` that can be read; `home-away` where there is none. What was taken away ends the search. */
export async function readFirst<C, T>(copies: readonly C[], read: (copy: C) => Promise<T>): Promise<T> {
  const failed: unknown[] = []
  for (const copy of copies) {
    try {
      return await read(copy)
    } catch (error) {
      if (isTakenAway(error)) throw error
      failed.push(error)
    }
  }
  throw failed.length > 0 ? failed[0] : new AppError<DirectoryCode>('home-away')
}

/** Of what several hospitals say of one request, the later state. */
type Request = {
  readonly id: string
  readonly patient: string
  readonly status: string
  readonly grant: { readonly revoked: boolean } | null
}
const howFar = ({ status, grant }: Request): number => (grant?.revoked ? 3 : grant ? 2 : status === 'waiting' ? 0 : 1)

/** Each request once: as whoever knows most of it says; of another patient under the same id, nobody. */
export function eachOnce<R extends Request>(requests: readonly R[]): R[] {
  const found = new Map<string, R>()
  for (const one of requests) {
    const before = found.get(one.id)
    if (!before || (before.patient === one.patient && howFar(one) > howFar(before))) found.set(one.id, one)
  }
  return [...found.values()]
}

/** What is known of a request: the patient it was sent for, and the place where that one is at home; null: here. */
export type KnownRequest = { readonly patient?: string | undefined; readonly home?: string | null | undefined }

/** Of what is said of `place`, what is for patients at home there, as far as that is known: of nobody else's request it decides. */
export const ofPlace = <R extends Request>(place: string, said: readonly R[], known: (one: R) => KnownRequest): R[] =>
  said.filter((one) => {
    const { patient = one.patient, home = place } = known(one)
    return patient === one.patient && home === place
  })

/** One's requests for these patients as copies show them, and those of the patients whose copy nobody showed. */
export async function requestsAtCopies<R extends Request>(
  link: Asked,
  patients: readonly Handle[],
  list: (origin: string) => Promise<readonly R[]>,
): Promise<{ found: R[]; missing: Handle[] }> {
  const known = new Map<string, Promise<readonly R[]>>()
  const listAt = (origin: string) => {
    const asked = known.get(origin) ?? soon(list(origin))
    known.set(origin, asked)
    return asked
  }
  const all = patients.map(async (patient) => {
    const shown = await copiesOf(link, patient)
      .then((copies) => answersOf(copies.map(listAt)))
      .catch(orNone)
    return { patient, found: shown.flat().filter((one) => one.patient === patient) }
  })
  const looked = await Promise.all(all)
  return {
    found: eachOnce(looked.flatMap(({ found }) => found)),
    missing: looked.flatMap(({ patient, found }) => (found.length === 0 ? [patient] : [])),
  }
}

/** What another hospital answers badly leaves something missing; a fault of this program is told. */
function orNone(error: unknown): [] {
  if (!isAppError(error)) throw error
  return []
}

/** How long the home of requests alone is waited for, and how long copies are after it, ms: one list waits for all. */
const PATIENCE = { home: 3_000, copies: 7_000 }

/**
 * One's requests at `home`; while that hospital does not answer (`away`), as copies show them. `missing`: some of it nobody showed.
 * Answers within ten seconds.
 */
export async function requestsAtHome<R extends Request>(
  link: Asked,
  home: string,
  patients: readonly Handle[],
  list: (origin: string) => Promise<readonly R[]>,
): Promise<{ found: readonly R[]; missing: boolean; away: boolean }> {
  try {
    return { found: await soon(list(home), PATIENCE.home), missing: false, away: false }
  } catch (error) {
    const found = orNone(error)
    if (!isAway(error)) return { found, missing: true, away: false }
  }
  const copied = requestsAtCopies(link, patients, list).then(({ found, missing }) => ({
    found,
    missing: missing.length > 0,
    away: true,
  }))
  return soon(copied, PATIENCE.copies).catch((error) => ({ found: orNone(error), missing: true, away: true }))
}
