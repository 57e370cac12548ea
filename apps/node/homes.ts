/** Where a record is at home (N32): known here, or asked of the other nodes; each says only of its own. */

import { setTimeout as wait } from 'node:timers/promises'
import { utf8 } from '@salus/base/bytes'
import { type Bound, bind } from '@salus/base/endpoint'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Sql } from '@salus/base/sqlite'
import { homeOf } from '@salus/journal/adopted'
import { replicaEndpoints as at } from '@salus/journal/replica'
import { chainAfter } from '@salus/journal/sources'
import { type Fetch, jsonOf, type PeerAddress, type SignNode } from './peers.ts'

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

/** How long a node may take to say whether a record is at home there, ms: somebody waits. */
const PATIENCE = 5_000
const MOST_ANSWER = 16_384

/** Is it at home there? In the body, so that no path names anybody. Undefined where nobody answers as a node would. */
async function isHomeOf({ sign, fetch }: HomesPorts, { origin, url: base }: PeerAddress, chain: Handle) {
  const { method, path, output } = at.home
  const url = `${base}${path}`
  const body = utf8(JSON.stringify({ chain }))
  try {
    const headers = { ...(await sign({ method, url, to: origin, body })), 'content-type': 'application/json' }
    const answer = await fetch(url, { method, headers, body, redirect: 'error' })
    return answer.ok ? checkWith(output, await jsonOf(answer, MOST_ANSWER)).origins.includes(origin) : undefined
  } catch {
    return undefined
  }
}

export const homeRoutes = (ports: HomesPorts): Bound[] => [
  bind(at.home, async ({ principal, input: { chain } }) => {
    const here = await knownHere(ports, chain)
    if (principal.role === 'node') return { origins: here === ports.own ? [here] : [], silent: 0 }
    if (here !== undefined) return { origins: [here], silent: 0 }
    const others = ports.others()
    const late = wait(PATIENCE, undefined, { ref: false })
    const said = await Promise.all(others.map((peer) => Promise.race([isHomeOf(ports, peer, chain), late])))
    const origins = others.flatMap(({ origin }, i) => (said[i] ? [origin] : []))
    return { origins, silent: said.filter((one) => one === undefined).length }
  }),
]
