/** Reading while the record's home does not answer: at another hospital that keeps a copy (N37). Nothing but reads goes there. */
import { isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { copiesOf, soon } from '@salus/directory/device/elsewhere'
import type { Link } from '@salus/directory/device/link'
import { findKeyring } from '@salus/directory/device/verify'

/** What takes away counts wherever it is known first: no other copy is asked after it. */
const takenAway: ReadonlySet<string> = new Set(['grant-revoked', 'grant-ended', 'request-refused', 'emergency-over'])

const isTakenAway = (error: unknown): boolean => isAppError(error) && takenAway.has(error.code)

type Asked = Pick<Link, 'call' | 'roots'>
type At = { readonly link: Link }

/** Answers of those that gave one; whoever has no copy, or does not show it, is passed over. */
async function answersOf<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const all = await Promise.allSettled(asked)
  for (const one of all)
    if (one.status === 'rejected' && (!isAppError(one.reason) || isTakenAway(one.reason))) throw one.reason
  return all.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

/**
 * The copy that shows most of what `look` finds granted there; undefined where nobody has one. `open` opens a person's session at
 * the node that keeps a journal; the patient's keyring is verified there against the pinned roots, as at a home. Throws what says
 * that it was taken away.
 */
export async function findCopy<P extends At, G extends { readonly records: readonly unknown[] }>(
  link: Asked,
  patient: Handle,
  open: (origin: string) => Promise<P>,
  look: (who: P) => Promise<G>,
): Promise<(G & { readonly who: P; readonly copy: string }) | undefined> {
  const at = async (copy: string) => {
    const who = await open(copy)
    await findKeyring(who.link, patient)
    return { ...(await look(who)), who, copy }
  }
  const found = await answersOf((await copiesOf(link, patient)).map((copy) => soon(at(copy))))
  return found.toSorted((a, b) => b.records.length - a.records.length)[0]
}

/** Of what several hospitals say of one request, the later state. */
type Request = {
  readonly id: string
  readonly patient: string
  readonly status: string
  readonly grant: { readonly revoked: boolean } | null
}
const howFar = ({ status, grant }: Request): number => (grant?.revoked ? 3 : grant ? 2 : status === 'waiting' ? 0 : 1)

/** Each request once: as whoever knows most of it says. */
export function eachOnce<R extends Request>(requests: readonly R[]): R[] {
  const found = new Map<string, R>()
  for (const one of requests) {
    const before = found.get(one.id)
    if (!before || howFar(one) > howFar(before)) found.set(one.id, one)
  }
  return [...found.values()]
}

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
      .catch(() => [])
    return { patient, shown, found: shown.flat().filter((one) => one.patient === patient) }
  })
  const looked = await Promise.all(all)
  return {
    found: eachOnce(looked.flatMap(({ found }) => found)),
    missing: looked.flatMap(({ patient, shown }) => (shown.length === 0 ? [patient] : [])),
  }
}
