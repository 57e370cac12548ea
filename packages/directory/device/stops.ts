/** What is taken back goes to every store from the person's own device (D41), and who has acknowledged is kept with it. */
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { stopEndpoint } from '@salus/journal/stop'
import { circleEndpoint, type Store } from '../stores.ts'
import type { Link } from './link.ts'

/** One node that is told. `at`: acknowledged then; `nothing`: it knows nothing of the person; neither: it waits. */
export type Told = {
  readonly url: string
  readonly orgs: readonly string[]
  /** The home had handed it something when this began. */
  readonly given: boolean
  readonly at?: number
  readonly nothing?: true
}

/** A signed statement that takes something away, on its way to the stores. Plain data. */
export type Stop = {
  readonly statement: string
  /** When it was signed, seconds. */
  readonly at: number
  /** From then on there is nothing left to stop. */
  readonly until?: number
  /** The home was down when it was signed, and has yet to be told. */
  readonly home?: 'waiting'
  readonly stores: readonly Told[]
}

/** D40 The stores of the own record, as the home knows them. */
export const storesOf = async ({ call }: Pick<Link, 'call'>): Promise<readonly Store[]> =>
  (await call(circleEndpoint)).stores

/** Each node once, the home not at all: it has the statement itself, or gets it first. Nobody else is named. */
export function nodesOf(stores: readonly Store[]): Told[] {
  const nodes = new Map<string, Told>()
  for (const { org, url, home, given } of stores) {
    if (home || url === undefined) continue
    const before = nodes.get(url)
    nodes.set(url, { url, orgs: [...(before?.orgs ?? []), org], given: given || before?.given === true })
  }
  return [...nodes.values()]
}

/** Does anybody still have to hear of it? */
export const isWaiting = ({ stores, until }: Stop, now: number): boolean =>
  (until ?? Number.POSITIVE_INFINITY) > now && stores.some((one) => one.at === undefined && !one.nothing)

/** What a store says that knows neither the chain nor its keys. */
const strangers: ReadonlySet<string> = new Set(['signer-unknown', 'home-unknown'])

/**
 * Brings it to each store that has not answered, all at once; gives what is known of each now. A store that was handed the record and
 * does not know its keys is behind: it waits. After an erasure that is what is wanted.
 */
export function carry(link: Pick<Link, 'elsewhere' | 'clock'>, stop: Stop, erasing = false): Promise<Told[]> {
  const tell = async (one: Told): Promise<Told> => {
    if (one.at !== undefined || one.nothing) return one
    try {
      const call = link.elsewhere?.(one.url)
      if (!call) return one
      await call(stopEndpoint, { input: { statement: stop.statement } })
      return { ...one, at: seconds(link.clock()) }
    } catch (error) {
      const unknown = isAppError(error) && strangers.has(error.code)
      return unknown && (erasing || !one.given) ? { ...one, nothing: true } : one
    }
  }
  return Promise.all(stop.stores.map(tell))
}
