/** Where a record is at home, and where a copy is kept (N32, N37): known here, or asked of the other nodes; each says only of its own. */

import { setTimeout as wait } from 'node:timers/promises'
import { utf8 } from '@salus/base/bytes'
import { type Clock, seconds } from '@salus/base/clock'
import { type Bound, bind, type Principal } from '@salus/base/endpoint'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Sql } from '@salus/base/sqlite'
import { homeOf } from '@salus/journal/adopted'
import { replicaEndpoints as at } from '@salus/journal/replica'
import { chainAfter } from '@salus/journal/sources'
import { isGivenTo, isGrantedTo } from './entitled.store.ts'
import { type Fetch, jsonOf, type PeerAddress, type Peers, type SignNode } from './peers.ts'

export type HomesPorts = {
  readonly sources: Sql
  readonly views: Sql
  readonly own: string
  readonly others: () => readonly PeerAddress[]
  /** Every node, with the organisations it stands for. */
  readonly peers: Peers
  readonly sign: SignNode
  readonly fetch: Fetch
  readonly clock: Clock
}

/** The log it is at home in, as far as is known here. */
const knownHere = ({ sources, own }: HomesPorts, chain: Handle): Promise<string | undefined> =>
  sources.tx(
    async (s) => (await homeOf(s, chain))?.origin ?? ((await chainAfter(s, chain, 0, 1)).length > 0 ? own : undefined),
  )

/** How long a node may take to say whether a record is at home there, ms: somebody waits. */
const PATIENCE = 5_000
const MOST_ANSWER = 16_384

type Said = { readonly home: boolean; readonly copy: boolean }

/** Is it at home there, or copied? In the body, so that no path names anybody. Undefined where nobody answers as a node would. */
async function askedOf({ sign, fetch }: HomesPorts, peer: PeerAddress, chain: Handle): Promise<Said | undefined> {
  const { method, path, output } = at.home
  const url = `${peer.url}${path}`
  const body = utf8(JSON.stringify({ chain }))
  try {
    const headers = { ...(await sign({ method, url, to: peer.origin, body })), 'content-type': 'application/json' }
    const answer = await fetch(url, { method, headers, body, redirect: 'error' })
    if (!answer.ok) return undefined
    const { origins, copies } = checkWith(output, await jsonOf(answer, MOST_ANSWER))
    return { home: origins.includes(peer.origin), copy: copies.includes(peer.origin) }
  } catch {
    return undefined
  }
}

/** What the other nodes say, each of its own; `home`, where it is known, need not be asked. */
async function askedAround(ports: HomesPorts, chain: Handle, home?: string) {
  const others = ports.others().filter(({ origin }) => origin !== home)
  const late = wait(PATIENCE, undefined, { ref: false })
  const said = await Promise.all(others.map((peer) => Promise.race([askedOf(ports, peer, chain), late])))
  const those = (which: keyof Said) => others.flatMap(({ origin }, i) => (said[i]?.[which] ? [origin] : []))
  return { origins: those('home'), copies: those('copy'), silent: said.filter((one) => one === undefined).length }
}

/** Is it another hospital that asks: its node, or one of its people in a session here? An organisation without a node is nobody else's. */
function isForeign({ peers, own }: HomesPorts, principal: Principal): boolean {
  if (!('org' in principal)) return true
  const nodes = peers().filter(({ orgs }) => orgs.includes(principal.org))
  return nodes.length > 0 && nodes.every(({ origin }) => origin !== own)
}

/** N37 That a patient is known here is told only where something of the record was given: to that person, or to one of that node's. */
function isTold({ views, clock }: HomesPorts, principal: Principal, chain: Handle): Promise<boolean> {
  const now = seconds(clock())
  return views.tx(async (v) => {
    if (principal.role === 'node') return isGrantedTo(v, chain, principal.orgs, now)
    return 'handle' in principal && (await isGivenTo(v, chain, principal.handle, now))
  })
}

export const homeRoutes = (ports: HomesPorts): Bound[] => [
  bind(at.home, async ({ principal, input: { chain, copies } }) => {
    const { own } = ports
    const home = await knownHere(ports, chain)
    const copied = home !== undefined && home !== own
    if (isForeign(ports, principal)) {
      const told = copied && (await isTold(ports, principal, chain))
      return { origins: home === own ? [own] : [], copies: told ? [own] : [], silent: 0 }
    }
    if (home === undefined) return askedAround(ports, chain)
    const here = { origins: [home], copies: copied ? [own] : [], silent: 0 }
    if (!copied || !copies) return here
    const around = await askedAround(ports, chain, home)
    return { ...here, copies: [own, ...around.copies], silent: around.silent }
  }),
]
