/** A whole node for tests: the production `compose()`, driven without a port (architecture §8.7). */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type Random, systemClock, systemRandom } from '@salus/base/clock'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type SuiteId, suiteOf } from '@salus/crypto/suites'
import { signRoots } from '@salus/directory/consortium'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { Signer } from '@salus/journal/statement'
import { composeNode, type NodePorts, type SalusNode } from './compose.ts'
import { foundNode, isFounded } from './found.ts'
import type { LogLine } from './http.ts'

/** An organisation of the test, with its desk's signing key. */
export type TestOrganisation = { readonly org: string; readonly signer: Signer; readonly publicKey: string }

export type TestNode = {
  readonly node: SalusNode
  readonly dir: string
  readonly origin: string
  readonly organisations: readonly TestOrganisation[]
  /** Every line the node logged. */
  readonly lines: LogLine[]
  /** Straight into the app: no socket, the same requests. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Closes it and opens the same folder again. */
  readonly reopen: (more?: Witnessing) => Promise<TestNode>
}

/** Who cosigns: how witnesses are asked, and whose logs this node cosigns. */
type Witnessing = Pick<NodePorts, 'ask' | 'follows'>
export type StartOptions = {
  dir?: string
  clock?: Clock
  random?: Random
  organisations?: readonly string[]
  origin?: string
  /** tlog-policy lines of the roots. */
  policy?: string
  /** The suite of the consortium; SALUS_SUITE runs any test in that one. */
  suite?: SuiteId
} & Witnessing

const kinds = ['hospital', 'practice', 'pharmacy'] as const

/** Founds a node in a fresh folder with the named organisations, and composes it. */
export async function startNode(options: StartOptions = {}): Promise<TestNode> {
  const { clock = systemClock, random = systemRandom, organisations: names = ['saint-roch', 'cabinet-lilas'] } = options
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'salus-'))
  const { suite = process.env.SALUS_SUITE ? (Number(process.env.SALUS_SUITE) as SuiteId) : undefined } = options
  const { origin = 'journal.saint-roch.example' } = options
  const organisations: (TestOrganisation & { privateKey: CryptoKey })[] = []
  for (const org of names) {
    const { publicKey, privateKey } = await generateDeviceKey()
    organisations.push({ org, publicKey, privateKey, signer: { privateKey, kid: deviceThumbprint(publicKey) } })
  }
  if (!isFounded(dir)) {
    await foundNode(dir, {
      ...{ chain: 'test-chain', origin, operator: 'saint-roch-node', time: clock() },
      ...(options.policy === undefined ? {} : { policy: options.policy }),
      ...(suite === undefined ? {} : { suite: suiteOf(suite).id }),
      organisations: organisations.map(({ org, publicKey }, i) => ({
        ...{ org: org as never, name: org, kind: kinds[i % kinds.length] ?? 'hospital', country: 'FR', key: publicKey },
      })),
      sign: (roots) => Promise.all(organisations.map((one) => signRoots(roots, one.privateKey, one.publicKey))),
    })
  }
  const { ask, follows } = options
  const witnessing = { ...(ask ? { ask } : {}), ...(follows ? { follows } : {}) }
  return open({ dir, clock, random, ...witnessing }, origin, organisations)
}

async function open(
  at: { dir: string; clock: Clock; random: Random } & Witnessing,
  origin: string,
  organisations: readonly TestOrganisation[],
): Promise<TestNode> {
  const lines: LogLine[] = []
  const node = await composeNode({ ...at, log: (line) => lines.push(line) })
  return {
    ...{ node, dir: at.dir, origin, organisations, lines },
    fetch: async (url, init) => node.app.fetch(new Request(url, init)),
    async reopen(more = {}) {
      await node.close()
      return open({ ...at, ...more }, origin, organisations)
    },
  }
}
