/** A record that is at home with another hospital, reached through the node one always asks; and its copies, for when that one is away. */
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { replicaEndpoints } from '@salus/journal/replica'
import type { DirectoryCode } from '../contract.ts'
import type { Link } from './link.ts'

type Asked = Pick<Link, 'call' | 'roots'>

/** Nobody answers there, or what answers cannot serve now. */
const awayCodes: ReadonlySet<string> = new Set([
  ...['home-away', 'hospital-away', 'hospital-silent', 'node-unreachable', 'node-answer-unreadable', 'node-busy'],
  ...['journal-closed', 'journal-failed', 'disk-full'],
])

/** Is this because the other hospital does not answer now? */
export const isAway = (error: unknown): boolean => isAppError(error) && awayCodes.has(error.code)

/** How long a hospital may take to begin to answer before it counts as away, ms: somebody waits. */
const PATIENCE = 8_000

/** What another hospital is asked, for a moment only; throws `hospital-away` after it. */
export async function soon<T>(work: Promise<T>, patience = PATIENCE): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('hospital-away')), patience)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

async function askedAround({ call, roots }: Asked, chain: Handle, wanted: { copies?: true } = {}) {
  const { origins, copies, silent } = await call(replicaEndpoints.home, { input: { chain, ...wanted } })
  const isNamed = (origin: string) => roots.journals.some((journal) => journal.origin === origin)
  return { origins: origins.filter(isNamed), copies: copies.filter(isNamed), silent }
}

/** Where `check` finds it, first of all. Whoever claims it without having it is passed over. */
async function firstOf(origins: readonly string[], check: (origin: string) => Promise<unknown>) {
  for (const origin of origins) {
    try {
      await check(origin)
      return origin
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }
  return undefined
}

/**
 * The journal in which the record is at home: the first of those that nodes claim to be it, that the pinned roots name, and at which
 * `check` finds it. Undefined where nobody knows it; `hospital-silent` where somebody who may know it does not answer, `home-away`
 * where such a one must be its home, since a copy is found.
 */
export async function findHome(
  link: Asked,
  chain: Handle,
  check: (origin: string) => Promise<unknown>,
): Promise<string | undefined> {
  const { origins, copies, silent } = await askedAround(link, chain)
  const found = await firstOf(origins, check)
  if (found !== undefined) return found
  if (silent === 0 && origins.length === 0) return undefined
  const copy = await firstOf(copies, check)
  throw new AppError<DirectoryCode>(copy === undefined ? 'hospital-silent' : 'home-away')
}

/** Journals of the nodes that say they keep a copy, of those that the pinned roots name; whether they do shows when they are asked. */
export const copiesOf = async (link: Asked, chain: Handle): Promise<string[]> =>
  (await askedAround(link, chain, { copies: true })).copies
