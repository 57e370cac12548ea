/** A node on a port: HTTP or TLS, bounded connections, a clean stop. */
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { bundleIn } from './apps.ts'
import { composeNode, type SalusNode } from './compose.ts'
import type { LogLine } from './http.ts'
import type { Checked } from './mend.ts'
import type { Pulled } from './replica.ts'
import { endSlowly, limitsOf, PATIENCE, type Patience } from './slow.ts'

export type { LogLine } from './http.ts'

export type ListenOptions = {
  readonly dir: string
  /** See NodePorts. */
  readonly keys?: string
  readonly erased?: string
  readonly host: string
  readonly port: number
  readonly log?: (line: LogLine) => void
  readonly tls?: { cert: string; key: string }
  /** See NodePorts. */
  readonly preparing?: boolean
  /** See NodePorts. */
  readonly web?: string
  /** Where the market's objects are, a `file:` URL; `store` in its folder when not given. */
  readonly store?: string
  /** How often the journal's head goes on the ledger when something was added, milliseconds; ten seconds when not given. */
  readonly advanceMs?: number
  /** How long connections may take; see slow.ts. */
  readonly patience?: Patience
}

export type Listening = { readonly node: SalusNode; readonly url: string; readonly stop: () => Promise<void> }

const ADVANCE_MS = 10_000
/** How often those are looked for who were not woken within the minute. */
const PUSH_MS = 15_000
/** How often it is looked whether something kept is past its date. */
const TIDY_MS = 600_000

function createServer(node: SalusNode, { tls, patience = PATIENCE, log = () => {} }: ListenOptions): Server {
  const listener = getRequestListener(node.app.fetch)
  const limits = limitsOf(patience)
  const server = tls
    ? (createHttps(
        { ...limits, cert: readFileSync(tls.cert), key: readFileSync(tls.key) },
        listener,
      ) as unknown as Server)
    : createHttp(limits, listener)
  server.maxConnections = 2_000
  endSlowly(server, patience, log)
  return server
}

/** How often everything that is held is compared with what was signed. */
const CHECK_MS = 3_600_000

/** Says what holds a replica back when that changes: by its code, never whose. */
function tellOf(log: (line: LogLine) => void): (pulled: Pulled) => void {
  let before = ''
  return ({ held, lied, away }) => {
    const now = [...Object.keys(held), ...Object.keys(lied), ...(away.length > 0 ? ['node-unreachable'] : [])].sort()
    if (now.join() === before) return
    before = now.join()
    for (const code of now) log({ route: 'replica.pull', status: 503, ms: 0, code })
  }
}

const tellDamage =
  (log: (line: LogLine) => void) =>
  ({ found }: Checked): void => {
    if (Object.keys(found).length > 0) log({ route: 'replica.check', status: 500, ms: 0, code: 'content-damaged' })
  }

/** What needs a clock: heads to the ledger, witnesses asked again, what is past its date. Gives what stops it. */
function drive(node: SalusNode, { advanceMs = ADVANCE_MS, log = () => {} }: ListenOptions): () => void {
  const advance = () =>
    node.advance().then(
      () => {
        node.state.ledger = 'current'
      },
      () => {
        // Heads that no longer reach the ledger are the end of a promise to patients: /health says so, and the log.
        node.state.ledger = 'failing'
        log({ route: 'ledger.advance', status: 500, ms: 0, code: 'ledger-failing' })
      },
    )
  const told = tellOf(log)
  const timers = [
    setInterval(() => void advance(), advanceMs),
    // A witness that was away is asked again: nobody need write something for it.
    setInterval(() => void node.witness().catch(() => undefined), advanceMs),
    setInterval(() => void node.push().catch(() => undefined), PUSH_MS),
    setInterval(() => void node.tidy().catch(() => undefined), TIDY_MS),
    setInterval(() => void node.replica.pull().then(told, () => undefined), advanceMs),
    setInterval(() => void node.replica.check().then(tellDamage(log), () => undefined), CHECK_MS),
  ]
  for (const one of timers) one.unref()
  return () => timers.forEach(clearInterval)
}

/** How soon a word that found no block is said again, milliseconds. */
const AGAIN_MS = 5_000

/**
 * N17 What is served stands on the ledger; where that cannot be, the node goes on and says so. Where others decide too it is said
 * again until it stands: they may not have come yet.
 */
async function publish(
  node: SalusNode,
  web: string,
  log: (line: LogLine) => void,
  stopped: AbortSignal,
): Promise<void> {
  const bundle = bundleIn(web)
  for (let first = true; !stopped.aborted; first = false) {
    try {
      return await node.publish(bundle)
    } catch {
      if (first) log({ route: 'ledger.publish', status: 500, ms: 0, code: 'ledger-failing' })
      if (node.ledger.alone) return
    }
    await setTimeout(AGAIN_MS, undefined, { signal: stopped, ref: false }).catch(() => undefined)
  }
}

/** Composes and listens; rejects with `port-taken` when somebody else has the port. */
export async function listenNode(options: ListenOptions): Promise<Listening> {
  const { dir, keys, erased, host, port, tls, log = () => {}, preparing = false, web, store } = options
  const places = { dir, ...(keys ? { keys } : {}), ...(erased ? { erased } : {}), ...(web ? { web } : {}) }
  const objects = store ? { store } : {}
  const node = await composeNode({ ...places, ...objects, clock: systemClock, random: systemRandom, log, preparing })
  const server = createServer(node, options)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (cause) {
    await node.close()
    const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
    throw taken ? new AppError('port-taken', { port }, { cause }) : cause
  }
  const stopDriving = drive(node, options)
  const stopping = new AbortController()
  const published = web ? publish(node, web, log, stopping.signal) : undefined
  // Where others decide too, their word may be long in coming: this node answers meanwhile.
  if (node.ledger.alone) await published
  const { port: actual } = server.address() as AddressInfo
  return {
    node,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    async stop() {
      stopDriving()
      stopping.abort()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await node.close()
    },
  }
}
