/** Which stores keep a copy of a record, as this home knows it: for the person whose record it is, and for nobody else (D40). */
import { type Bound, bind } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { circleOf, movedTo } from '@salus/directory/circle'
import { orgName, type Roots } from '@salus/directory/consortium'
import { circleEndpoint, type Store } from '@salus/directory/stores'
import { homeOf, sharedWith } from '@salus/journal/adopted'
import { writersOf } from './entitled.store.ts'
import type { PeerAddress, Peers } from './peers.ts'

export type CirclePorts = {
  readonly views: Sql
  readonly sources: Sql
  readonly roots: Roots
  readonly peers: Peers
  /** Where nodes are asked. */
  readonly addresses: () => readonly PeerAddress[]
  /** The log of this node. */
  readonly own: string
}

/** What is known of one record. */
/** `athome`: this node's own log is the record's home. */
type Known = {
  readonly home: string
  readonly athome: boolean
  readonly named: string[]
  readonly part: string[]
  readonly shared: string[]
}

/** One node: the organisations it stands for that have to do with the record; of one that only keeps what it had, the first. */
function storesOf(node: ReturnType<Peers>[number], here: boolean, known: Known): Store[] {
  const { home, athome, named, part, shared } = known
  const given = here || shared.includes(node.origin)
  const mine = node.orgs.filter((org) => named.includes(org) || part.includes(org) || (here && org === home))
  // Of another legal entity than its node, the hospital that began the record keeps it there all the same.
  const kept = here && athome ? [...new Set([home, ...mine])] : mine
  const orgs = kept.length > 0 || !given ? kept : node.orgs.slice(0, 1)
  return orgs.map((org) => ({
    ...{ org: org as never, origin: node.origin, home: here === athome && org === home, given },
    ...{ part: part.includes(org), named: named.includes(org) },
  }))
}

/** Every store of the record of `handle`, which began with the organisation `began`. */
export async function storesFor(ports: CirclePorts, handle: string, began: string): Promise<Store[]> {
  const { views, sources, roots, peers, addresses, own } = ports
  const [named, part] = await views.tx(async (v) => [await circleOf(v, handle), await writersOf(v, handle)] as const)
  const home = (await views.tx((v) => movedTo(v, handle))) ?? began
  const stands = await sources.tx(async (s) => ({
    shared: await sharedWith(s, handle),
    athome: (await homeOf(s, handle)) === undefined,
  }))
  const known = { home, named, part, ...stands }
  const urls = new Map(addresses().map(({ origin, url }) => [origin, url]))
  const found = peers().flatMap((node) => {
    const url = node.origin === own ? undefined : urls.get(node.origin)
    return storesOf(node, node.origin === own, known).map((one) => ({ ...one, ...(url === undefined ? {} : { url }) }))
  })
  // Whom the patient named and who has no node yet: nothing is copied there until it has.
  const nowhere = named.filter((org) => found.every((one) => one.org !== org))
  const bare = nowhere.map((org) => ({ org, home: org === home, part: part.includes(org), named: true, given: false }))
  return [...found, ...bare].map((one) => {
    const name = orgName(roots, one.org)
    return name === undefined ? one : { ...one, name }
  })
}

export const circleRoutes = (ports: CirclePorts): Bound[] => [
  bind(circleEndpoint, async ({ principal }) => {
    if (!('handle' in principal)) throw new AppError('not-allowed')
    return { stores: await storesFor(ports, principal.handle, principal.org) }
  }),
]
