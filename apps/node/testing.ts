/** A whole node for tests: the production `compose()`, driven without a port (architecture §8.7). */
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type Clock, type Random, systemClock, systemRandom } from '@salus/base/clock'
import { generateDeviceKey } from '@salus/crypto/keys'
import { type SuiteId, suiteOf } from '@salus/crypto/suites'
import { signRoots } from '@salus/directory/consortium'
import { deviceThumbprint } from '@salus/directory/keyring'
import type { Signer } from '@salus/journal/statement'
import { composeNode, type NodePorts, type SalusNode } from './compose.ts'
import { foundConsortium } from './consortium.ts'
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
  /** Closes it, where it is not closed, and opens the same folder again. */
  readonly reopen: (more?: Witnessing & { readonly closed?: true }) => Promise<TestNode>
}

/** Who cosigns: how witnesses are asked, and whose logs this node cosigns; and where pushes may go. */
type Witnessing = Pick<NodePorts, 'ask' | 'follows' | 'pushesTo' | 'reach'>
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

type OwnOrganisation = TestOrganisation & { readonly privateKey: CryptoKey }

async function newOrganisation(org: string): Promise<OwnOrganisation> {
  const { publicKey, privateKey } = await generateDeviceKey()
  return { org, publicKey, privateKey, signer: { privateKey, kid: deviceThumbprint(publicKey) } }
}

/** Founds a node in a fresh folder with the named organisations, and composes it. */
export async function startNode(options: StartOptions = {}): Promise<TestNode> {
  const { clock = systemClock, random = systemRandom, organisations: names = ['saint-roch', 'cabinet-lilas'] } = options
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'salus-'))
  const { suite = process.env.SALUS_SUITE ? (Number(process.env.SALUS_SUITE) as SuiteId) : undefined } = options
  const { origin = 'journal.saint-roch.example' } = options
  const organisations: OwnOrganisation[] = []
  for (const org of names) organisations.push(await newOrganisation(org))
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
  const { ask, follows, pushesTo } = options
  const witnessing = { ...(ask ? { ask } : {}), ...(follows ? { follows } : {}), ...(pushesTo ? { pushesTo } : {}) }
  return open({ dir, clock, random, ...witnessing }, origin, organisations)
}

/** One hospital of a test's consortium: its node, and the address it is asked at. */
export type TestHospital = TestNode & { readonly org: string; readonly url: string }

/** Straight into the app at that address; what is not there, or closed, does not answer. */
export const reachIn =
  (hospitals: readonly TestHospital[]) =>
  async (url: string, init: RequestInit): Promise<Response> => {
    const found = hospitals.find((one) => url.startsWith(`${one.url}/`))
    if (!found) throw new TypeError('nobody answers')
    return found.fetch(url, init)
  }

/** Opens a hospital's port, for whoever dials: commands, browsers. Ends its connections when it is closed. */
export async function openPort({ node, url }: TestHospital): Promise<() => Promise<void>> {
  const server = createServer(getRequestListener(node.app.fetch))
  await new Promise<void>((open) => server.listen(Number(new URL(url).port), '127.0.0.1', open))
  return () =>
    new Promise((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
}

/** Founds several hospitals over one set of roots and opens each; they reach each other through `fetch`, by address. */
export async function startConsortium(
  names: readonly string[],
  options: Pick<StartOptions, 'clock' | 'random'> & {
    policy?: string
    /** Each cosigns the others' logs. */
    witnessed?: true
    ask?: NodePorts['ask']
    /** Where each is asked, by name; an address that nobody can dial when not given. */
    urls?: Readonly<Record<string, string>>
    /** How they ask each other; straight into the app when not given. */
    reach?: NodePorts['reach']
    /** Folder of the built web apps. */
    web?: string
  } = {},
): Promise<TestHospital[]> {
  const {
    clock = systemClock,
    random = systemRandom,
    policy = 'quorum none\n',
    witnessed,
    ask,
    urls = {},
    web,
  } = options
  const organisations = await Promise.all(names.map(newOrganisation))
  const base = mkdtempSync(join(tmpdir(), 'salus-'))
  const hospitals = organisations.map(({ org, publicKey }) => ({
    ...{ dir: join(base, org), org: org as never, name: org, kind: 'hospital' as const, country: 'FR', key: publicKey },
    ...{ origin: `journal.${org}.example`, url: urls[org] ?? `http://${org}.test` },
  }))
  await foundConsortium(hospitals, {
    ...{ chain: 'test-chain', time: clock(), ...(witnessed ? {} : { policy }) },
    sign: (roots) => Promise.all(organisations.map((one) => signRoots(roots, one.privateKey, one.publicKey))),
  })
  const opened: TestHospital[] = []
  const peers = hospitals.map(({ origin, url }) => ({ origin, url }))
  const reach = options.reach ?? reachIn(opened)
  for (const { dir, origin, org, url } of hospitals) {
    const node = await open(
      { dir, clock, random, peers, reach, ...(ask ? { ask } : {}), ...(web ? { web } : {}) },
      origin,
      organisations,
    )
    opened.push({ ...node, org, url })
  }
  return opened
}

async function open(
  at: Pick<NodePorts, 'dir' | 'clock' | 'random' | 'peers' | 'reach' | 'web'> & Witnessing,
  origin: string,
  organisations: readonly TestOrganisation[],
): Promise<TestNode> {
  const lines: LogLine[] = []
  const node = await composeNode({ ...at, log: (line) => lines.push(line) })
  return {
    ...{ node, dir: at.dir, origin, organisations, lines },
    fetch: async (url, init) => node.app.fetch(new Request(url, init)),
    async reopen({ closed, ...more } = {}) {
      if (!closed) await node.close()
      return open({ ...at, ...more }, origin, organisations)
    },
  }
}
