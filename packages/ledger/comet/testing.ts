/** For tests: validators, each with its machine in this process and its own CometBFT beside it. */
import { existsSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Engine, Genesis } from '../contract.ts'
import type { Module } from '../module.ts'
import { findCometbft, HOW } from './binary.ts'
import { type CometEngine, createComet } from './engine.ts'
import { makeHome, readIdentity, writeConfig, writeGenesis } from './home.ts'
import { type CometProcess, startComet } from './process.ts'
import { createRpc } from './rpc.ts'

/** Why tests that need CometBFT are left out; false where it is there. */
export const noComet = (): string | false => (findCometbft() ? false : `CometBFT is not here: ${HOW}`)

/** A free port of this machine, below those that systems give to connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000)
    const free = await new Promise<boolean>((done) => {
      const server = createServer()
      server.once('error', () => done(false))
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
    })
    if (free) return port
  }
}

type Ports = { rpc: number; p2p: number }
export type TestValidator = { readonly engine: CometEngine; readonly comet: CometProcess; readonly home: string }
export type TestNet = Engine & { readonly validators: readonly TestValidator[] }

export type NetOptions = {
  readonly folder: string
  readonly genesis: Genesis
  readonly modules?: readonly Module[]
  readonly count?: number
  readonly snapshotEvery?: number
}

const homeOf = (folder: string, nth: number): string => join(folder, `comet-${nth}`)

/** One machine and its CometBFT, whose files are written already. */
async function start({ folder, genesis, modules, snapshotEvery }: NetOptions, nth: number, { rpc }: Ports) {
  const home = homeOf(folder, nth)
  const engine = await createComet({
    ...{ path: join(folder, `ledger-${nth}.db`), genesis, abci: { path: join(folder, `abci-${nth}.sock`) } },
    rpc: `http://127.0.0.1:${rpc}`,
    fault: (error) => process.stderr.write(`${error}\n`),
    ...(modules ? { modules } : {}),
    ...(snapshotEvery ? { snapshotEvery } : {}),
  })
  return { engine, home, comet: startComet(findCometbft() ?? '', home) }
}

/**
 * As many validators as `count` says over `folder`; the same folder again is the same chain. What one organisation sends goes in
 * by one of them.
 */
export async function openTestNet(options: NetOptions, tries = 3): Promise<TestNet> {
  try {
    return await openOnce(options)
  } catch (error) {
    if (tries <= 1) throw error
    // Somebody else took a port between the look and the use: other ones are written everywhere.
    rmSync(join(options.folder, 'ports.json'), { force: true })
    return openTestNet(options, tries - 1)
  }
}

async function closeAll(validators: readonly TestValidator[]): Promise<void> {
  // First those that ask, then those that answer.
  await Promise.all(validators.map(({ comet }) => comet.stop()))
  await Promise.all(validators.map(({ engine }) => engine.close()))
}

async function openOnce(options: NetOptions): Promise<TestNet> {
  const { folder, genesis, count = 1 } = options
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  const identities = await Promise.all(numbers.map((nth) => makeHome(homeOf(folder, nth))))
  const ports = await portsOf(folder, count)
  const validators: TestValidator[] = []
  for (const [i, at] of ports.entries()) {
    const home = homeOf(folder, i + 1)
    const peers = identities.flatMap(({ peer }, other) =>
      other === i ? [] : [`${peer}@127.0.0.1:${(ports[other] as Ports).p2p}`],
    )
    await writeGenesis(home, { genesis, validators: identities.map(({ validator }) => validator) })
    const abci = `unix://${join(folder, `abci-${i + 1}.sock`)}`
    await writeConfig(home, { abci, ...at, peers, demonstration: true })
    validators.push(await start(options, i + 1, at))
  }
  await Promise.all(validators.map(ready)).catch(async (error) => {
    await closeAll(validators)
    throw error
  })
  const [first] = validators as [TestValidator]
  return {
    ...first.engine,
    validators,
    async submit(tx) {
      const placed = await (validators[partOf(tx, count)] as TestValidator).engine.submit(tx)
      // What is asked is asked of the first: it must have come that far.
      while ((await first.engine.info()).height < placed.height) await new Promise((wait) => setTimeout(wait, 2))
      return placed
    },
    close: () => closeAll(validators),
  }
}

/** One more, which begins from a snapshot of those that run: its light client trusts a block that the first one names. */
export async function joinTestNet(net: TestNet, options: NetOptions & { readonly nth: number }) {
  const { folder, genesis, nth } = options
  const home = homeOf(folder, nth)
  const known = await portsOf(folder, net.validators.length)
  const identities = await Promise.all(net.validators.map((one) => readIdentity(one.home)))
  const [own = { rpc: 0, p2p: 0 }] = await freshPorts(1)
  const url = (port: number) => `http://127.0.0.1:${port}`
  const rpc = createRpc(url(known[0]?.rpc ?? 0))
  const { height } = await rpc.status()
  const trusted = height - 5
  const peers = identities.map(({ peer }, i) => `${peer}@127.0.0.1:${known[i]?.p2p}`)
  await writeGenesis(home, { genesis, validators: identities.map(({ validator }) => validator) })
  await writeConfig(home, {
    ...{ abci: `unix://${join(folder, `abci-${nth}.sock`)}`, ...own, peers, demonstration: true },
    stateSync: {
      servers: known.slice(0, 2).map((one) => url(one.rpc)),
      height: trusted,
      hash: await rpc.blockHash(trusted),
    },
  })
  const joined = await start(options, nth, own)
  await ready(joined)
  return {
    ...joined,
    async close() {
      await joined.comet.stop()
      await joined.engine.close()
    },
  }
}

async function ready({ engine, comet, home }: TestValidator): Promise<void> {
  let ended = false
  void comet.ended.then(() => {
    ended = true
  })
  while (!(await engine.process())) {
    if (ended) throw new Error(`CometBFT ended: see ${home}`)
    await new Promise((wait) => setTimeout(wait, 30))
  }
}

function partOf(tx: string, count: number): number {
  try {
    const { org } = JSON.parse(Buffer.from(tx.split('.')[1] ?? '', 'base64url').toString()) as { org: string }
    return [...org].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % count
  } catch {
    return 0
  }
}

async function portsOf(folder: string, count: number): Promise<Ports[]> {
  const file = join(folder, 'ports.json')
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8'))
  const ports = await freshPorts(count)
  await mkdir(folder, { recursive: true })
  await writeFile(file, JSON.stringify(ports))
  return ports
}

async function freshPorts(count: number): Promise<Ports[]> {
  const found = new Set<number>()
  while (found.size < 2 * count) found.add(await freePort())
  const ports = [...found]
  return Array.from({ length: count }, (_, i) => ({ rpc: ports[2 * i] as number, p2p: ports[2 * i + 1] as number }))
}
