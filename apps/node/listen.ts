/** A node on a port: HTTP or TLS, bounded connections, a clean stop. */
import { readFileSync } from 'node:fs'
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { systemClock, systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { composeNode, type SalusNode } from './compose.ts'
import type { LogLine } from './http.ts'
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
  /** How often the journal's head goes on the ledger when something was added, milliseconds; ten seconds when not given. */
  readonly advanceMs?: number
  /** How long connections may take; see slow.ts. */
  readonly patience?: Patience
}

export type Listening = { readonly node: SalusNode; readonly url: string; readonly stop: () => Promise<void> }

const ADVANCE_MS = 10_000
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
  const timers = [
    setInterval(() => void advance(), advanceMs),
    // A witness that was away is asked again: nobody need write something for it.
    setInterval(() => void node.witness().catch(() => undefined), advanceMs),
    setInterval(() => void node.tidy().catch(() => undefined), TIDY_MS),
  ]
  for (const one of timers) one.unref()
  return () => timers.forEach(clearInterval)
}

/** Composes and listens; rejects with `port-taken` when somebody else has the port. */
export async function listenNode(options: ListenOptions): Promise<Listening> {
  const { dir, keys, erased, host, port, tls, log = () => {}, preparing = false } = options
  const places = { dir, ...(keys ? { keys } : {}), ...(erased ? { erased } : {}) }
  const node = await composeNode({ ...places, clock: systemClock, random: systemRandom, log, preparing })
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
  const { port: actual } = server.address() as AddressInfo
  return {
    node,
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    async stop() {
      stopDriving()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await node.close()
    },
  }
}
