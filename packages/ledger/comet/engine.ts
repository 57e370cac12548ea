/** The CometBFT engine: the same machine and the same face as the embedded one; CometBFT decides the order (architecture §5). */
import { AppError, isAppError } from '@salus/base/errors'
import { systemCode } from '@salus/base/system'
import { digest } from '@salus/crypto/hash'
import { canonical } from '../canonical.ts'
import type { Block, Engine, Genesis } from '../contract.ts'
import { ledgerModules, turn } from '../embedded.ts'
import type { LedgerCode, TxResult } from '../errors.ts'
import { parseHeader, rootOf } from '../header.ts'
import { createMachine, type Machine } from '../machine.ts'
import type { Module } from '../module.ts'
import { createApplication } from './application.ts'
import { type CometStore, openCometStore, type Standing } from './comet.store.ts'
import { type CometRpc, createRpc, type Status } from './rpc.ts'
import { type Listen, serveAbci } from './server.ts'
import { createWaiting } from './waiting.ts'
import { APP_VERSION, wireOf } from './wire.ts'

export type CometOptions = {
  /** The SQLite file, created if absent; a file of the embedded engine is taken over by `takeOver` first. */
  readonly path: string
  readonly genesis: Genesis
  /** `members`, `checkpoints` and `apps` when not given; the same list at every member. */
  readonly modules?: readonly Module[]
  /** Where CometBFT finds this machine. */
  readonly abci: Listen
  /** Where CometBFT listens, on this machine: `http://127.0.0.1:port`. */
  readonly rpc: string
  /** How long a submitter waits for a block, ms. */
  readonly patience?: number
  /** Hears of a fault that stopped the machine; what follows is refused with `engine-halted`. */
  readonly fault?: (error: unknown) => void
  readonly snapshotEvery?: number
  /** The rules that the chain began with; those of a chain that begins now when not given. */
  readonly rules?: number
}

export type CometEngine = Engine & {
  /** As CometBFT's `proxy_app`. */
  readonly address: string
  /** What CometBFT's process says of itself; undefined while it does not answer. */
  process(): Promise<(Status & { readonly peers: number }) | undefined>
}

const PATIENCE = 60_000
const PAGE = 100
/** A snapshot of the state is taken at these heights: small, and a member that joins needs a recent one. */
const SNAPSHOT_EVERY = 50

const broken = () => new AppError<LedgerCode>('chain-broken')

/** Opens the file and listens for CometBFT; throws `genesis-other` or `chain-broken` rather than go on from a doubtful file. */
export async function createComet(options: CometOptions): Promise<CometEngine> {
  const { genesis, modules = ledgerModules, snapshotEvery = SNAPSHOT_EVERY } = options
  const machine = createMachine(modules, genesis, { snapshotEvery })
  const store = openCometStore(options.path)
  try {
    const standing = await takeUp(store, machine, genesis)
    return await engineOf(options, { machine, store, standing })
  } catch (error) {
    await store.close()
    throw error
  }
}

type Opened = { readonly machine: Machine; readonly store: CometStore; readonly standing: Standing }

/** Brings the machine to the stored state. CometBFT's handshake holds its app hash against the chain's. */
async function takeUp(store: CometStore, machine: Machine, genesis: Genesis): Promise<Standing> {
  const first = await store.genesis()
  if (first === undefined) {
    const { time, appHash } = machine.info()
    const begun = { base: 0, height: 0, time, appHash, previous: rootOf(genesis) }
    await store.begin(canonical(genesis), machine.save(), begun)
    return begun
  }
  if (first !== canonical(genesis)) throw new AppError<LedgerCode>('genesis-other')
  const standing = await store.standing()
  // A file of the embedded engine is taken over by its administrator's own word, never by being opened.
  if (!standing || !machine.restore(await store.saved(), standing.appHash)) throw broken()
  return standing
}

type Listeners = Set<(block: Block) => void>

async function engineOf(options: CometOptions, { machine, store, standing }: Opened): Promise<CometEngine> {
  const { genesis, modules = ledgerModules, patience = PATIENCE, fault = () => undefined } = options
  const { rules = APP_VERSION } = options
  const wire = wireOf(rules)
  const rpc = createRpc(options.rpc, wire)
  const listeners: Listeners = new Set()
  const waiting = createWaiting({ machine, rpc, patience })
  const committed = (block: Block, results: readonly TxResult[]) => {
    waiting.committed(block, results)
    // An empty block says that the one before is proven: nothing anybody waits for.
    if (block.txs.length > 0) for (const listener of listeners) Promise.resolve(block).then(listener)
  }
  const application = createApplication({ machine, store, genesis, rules, wire, standing, committed })
  const server = await serveAbci(options.abci, application, async (error) => {
    // Bytes from a stranger end their connection only; a fault of ours ends the engine.
    if (isAppError(error) && error.code === 'abci-invalid') return
    // Where nothing of the block was kept, CometBFT gives it again when it is started again: with room, it is taken.
    if (systemCode(error) === 'disk-full' && (await untouched({ machine, store }).catch(() => false)))
      waiting.refuse('disk-full', error)
    else waiting.stop('engine-halted', error)
    fault(error)
  })
  let closing: Promise<void> | undefined
  return {
    ...reads(machine, store, listeners),
    address: server.address,
    submit: (tx) => waiting.submit(tx),
    verify: () => replay(store, genesis, modules),
    process: () => processOf(rpc),
    close: () => (closing ??= stop(waiting, server, store)),
  }
}

const processOf = async (rpc: CometRpc) => {
  try {
    return { ...(await rpc.status()), peers: await rpc.peers() }
  } catch {
    return undefined
  }
}

/** Do the file and the memory stand at the same block? */
async function untouched({ machine, store }: Omit<Opened, 'standing'>): Promise<boolean> {
  const [kept, { height, appHash }] = [await store.standing(), machine.info()]
  return kept?.height === height && kept.appHash === appHash
}

/** What is answered from the committed state and the file. */
function reads(machine: Machine, store: CometStore, listeners: Listeners) {
  const blocks: Engine['blocks'] = async (from, limit = PAGE) =>
    (await store.blocks(from, limit)).map(({ height, time, txs, header }) => ({
      ...{ height, time, txs, header },
      appHash: parseHeader(header).appHash,
    }))
  return {
    alone: false,
    query: async (path: string, data?: string) => machine.query(path, data),
    info: async () => machine.info(),
    find: (name: string) => store.find(name),
    blocks,
    onCommit(listener: (block: Block) => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** From nothing but the genesis and the texts. After a join by a snapshot the earlier blocks are the others': nothing to replay. */
async function replay(store: CometStore, genesis: Genesis, modules: readonly Module[]) {
  const [first] = await store.blocks(1, 1)
  const { height = 0 } = (await store.standing()) ?? {}
  if (first?.height !== 1) return { height, transactions: 0 }
  const fresh = createMachine(modules, genesis)
  let transactions = 0
  for (let from = 1; from <= height; from += PAGE) {
    for (const block of await store.blocks(from, Math.min(PAGE, height - from + 1))) {
      if (fresh.info().height + 1 !== block.height || !fresh.processProposal(block)) throw broken()
      if (fresh.finalizeBlock(block).appHash !== parseHeader(block.header).appHash) throw broken()
      fresh.commit()
      transactions += block.txs.length
    }
    await turn()
  }
  if (fresh.info().height !== height) throw broken()
  return { height, transactions }
}

async function stop(waiting: ReturnType<typeof createWaiting>, server: { close(): Promise<void> }, store: CometStore) {
  waiting.stop('engine-closed')
  await server.close()
  await store.close()
}

/** Hands a closed file of the embedded engine over to CometBFT: its history and app hash become the chain's beginning. */
export async function takeOver({
  path,
  genesis,
  modules = ledgerModules,
}: Pick<CometOptions, 'path' | 'genesis' | 'modules'>): Promise<Standing> {
  const machine = createMachine(modules, genesis)
  const store = openCometStore(path)
  try {
    if ((await store.genesis()) !== canonical(genesis)) throw new AppError<LedgerCode>('genesis-other')
    if (await store.standing()) throw new AppError<LedgerCode>('ledger-moved')
    const saved = await store.saved()
    const [last] = saved.height > 0 ? await store.blocks(saved.height, 1) : []
    const appHash = last ? parseHeader(last.header).appHash : machine.info().appHash
    if (!machine.restore(saved, appHash)) throw broken()
    const { height, time } = machine.info()
    const previous = last ? digest(last.header) : rootOf(genesis)
    const standing = { base: height, height, time, appHash, previous }
    await store.takeOver(standing)
    return standing
  } finally {
    await store.close()
  }
}
