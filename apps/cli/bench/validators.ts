/** Four validators on this machine, or as many as asked for: each a CometBFT with an application beside it, ours or the Go key-value store of CometBFT. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { abciCli, cometbft, findAbciCli, findCometbft } from '@salus/ledger/comet/binary'
import { makeHome, writeConfig, writeGenesis } from '@salus/ledger/comet/home'
import { type CometProcess, startComet } from '@salus/ledger/comet/process'
import type { Genesis } from '@salus/ledger/contract'
import { freePorts } from '../consortium/plan.ts'

const MACHINE = join(import.meta.dirname, 'machine.ts')

/** What is missing for these benches; Go builds the peer once. */
export const lacksComet = (): string | undefined =>
  findCometbft() && findAbciCli() ? undefined : 'CometBFT and abci-cli (Go builds them)'

export type Validators = {
  readonly rpc: readonly string[]
  /** CPU seconds that all of them have used. */
  cpuSeconds(): number
  /** Resident memory, MB: of an application, of a CometBFT. */
  memory(): { readonly application: number; readonly comet: number }
  /** Bytes that the first one's CometBFT keeps for ever: blocks, and what each came to. */
  disk(): Promise<number>
  stop(): Promise<void>
}

/** Ticks of /proc are hundredths of a second on Linux. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

function startApplication(
  kind: 'salus' | 'kvstore',
  program: string,
  at: { folder: string; genesis: Genesis; abci: string; rpc: string },
) {
  const { folder, genesis, abci, rpc } = at
  if (kind === 'kvstore') {
    const words = ['kvstore', '--address', `unix://${abci}`, '--persist', join(folder, 'kv'), '--log_level', 'error']
    return spawn(program, words, { stdio: 'ignore' })
  }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MACHINE], {
    stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
  })
  child.stdin?.end(JSON.stringify({ path: join(folder, 'ledger.db'), genesis, abci, rpc }))
  return child
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder)
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size)))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Starts `count` of a kind; the same configuration for both. */
export async function startValidators(kind: 'salus' | 'kvstore', genesis: Genesis, count = 4): Promise<Validators> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-'))
  const program = await cometbft()
  const peer = kind === 'kvstore' ? await abciCli() : ''
  const ports = await freePorts(2 * count)
  const each = Array.from({ length: count }, (_, i) => ({
    ...{ folder: join(dir, String(i)), home: join(dir, String(i), 'comet'), abci: join(dir, `${i}.sock`) },
    ...{ rpc: ports[2 * i] as number, p2p: ports[2 * i + 1] as number },
  }))
  const identities = []
  for (const { home } of each) identities.push(await makeHome(home))
  const applications: ChildProcess[] = []
  const comets: CometProcess[] = []
  for (const [i, { folder, home, abci, rpc, p2p }] of each.entries()) {
    const peers = identities.flatMap(({ peer: id }, other) =>
      other === i ? [] : [`${id}@127.0.0.1:${each[other]?.p2p}`],
    )
    await writeGenesis(home, { genesis, validators: identities.map(({ validator }) => validator) })
    await writeConfig(home, { abci: `unix://${abci}`, rpc, p2p, peers, demonstration: true })
    applications.push(startApplication(kind, peer, { folder, genesis, abci, rpc: `http://127.0.0.1:${rpc}` }))
    comets.push(startComet(program, home))
  }
  const rpc = each.map((one) => `http://127.0.0.1:${one.rpc}`)
  await Promise.all(rpc.map((url) => ready(url, count - 1)))
  const pids = [...applications.map(({ pid = 0 }) => pid), ...comets.map(({ pid }) => pid)]
  return {
    rpc,
    cpuSeconds: () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0),
    memory: () => ({ application: Math.round(rssOf(pids[0] ?? 0)), comet: Math.round(rssOf(comets[0]?.pid ?? 0)) }),
    async disk() {
      const stores = ['blockstore.db', 'state.db'].map((name) => bytesIn(join(each[0]?.home ?? '', 'data', name)))
      return (await Promise.all(stores)).reduce((sum, bytes) => sum + bytes, 0)
    },
    async stop() {
      await Promise.all(comets.map((one) => one.kill()))
      await Promise.all(applications.map(end))
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Ours ends when it is let go of; theirs has no such channel. */
function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  const ended = new Promise<void>((done) => child.once('exit', () => done()))
  if (child.connected) child.disconnect()
  else child.kill('SIGKILL')
  return ended
}

/** It answers, and hears the others. */
async function ready(url: string, others: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const response = await fetch(`${url}/net_info`).catch(() => undefined)
    const said = (await response?.json().catch(() => undefined)) as { result?: { n_peers: string } } | undefined
    if (Number(said?.result?.n_peers) === others) return
    await new Promise((wait) => setTimeout(wait, 100))
  }
  throw new Error('the validators do not hear each other')
}
