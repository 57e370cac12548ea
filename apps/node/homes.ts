/** Where a record is at home (N32): known here, or asked of the other nodes; each says only of its own. */

import { utf8 } from '@salus/base/bytes'
import { type Bound, bind } from '@salus/base/endpoint'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Sql } from '@salus/base/sqlite'
import { homeOf } from '@salus/journal/adopted'
import { replicaEndpoints as at } from '@salus/journal/replica'
import { chainAfter } from '@salus/journal/sources'
import type { Fetch, PeerAddress, SignNode } from './peers.ts'

export type HomesPorts = {
  readonly sources: Sql
  readonly own: string
  readonly others: () => readonly PeerAddress[]
  readonly sign: SignNode
  readonly fetch: Fetch
}

/** The log it is at home in, as far as is known here. */
const knownHere = ({ sources, own }: HomesPorts, chain: Handle): Promise<string | undefined> =>
  sources.tx(
    async (s) => (await homeOf(s, chain))?.origin ?? ((await chainAfter(s, chain, 0, 1)).length > 0 ? own : undefined),
  )

/** Is it at home there? In the body, so that no path names anybody. A node that is away, or cannot be read, says no. */
async function isHomeOf(
  { sign, fetch }: HomesPorts,
  { origin, url: base }: PeerAddress,
  chain: Handle,
): Promise<boolean> {
  const { method, path, output } = at.home
  const url = `${base}${path}`
  const body = utf8(JSON.stringify({ chain }))
  try {
    const headers = { ...(await sign({ method, url, to: origin, body })), 'content-type': 'application/json' }
    const answer = await fetch(url, { method, headers, body, redirect: 'error' })
    return answer.ok && checkWith(output, await answer.json()).origin === origin
  } catch {
    return false
  }
}

export const homeRoutes = (ports: HomesPorts): Bound[] => [
  bind(at.home, async ({ principal, input: { chain } }) => {
    const here = await knownHere(ports, chain)
    if (principal.role === 'node') return { origin: here === ports.own ? here : null }
    if (here !== undefined) return { origin: here }
    const others = ports.others()
    const said = await Promise.all(others.map((peer) => isHomeOf(ports, peer, chain)))
    return { origin: others[said.indexOf(true)]?.origin ?? null }
  }),
]
