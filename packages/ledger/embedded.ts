/** The embedded engine: one sequencer in the node's process over one SQLite file (architecture §5, rules L10-L12). */

import type { Clock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { appsModule } from './apps.ts'
import { canonical } from './canonical.ts'
import { checkpointsModule } from './checkpoints.ts'
import type { Block, Engine, Genesis } from './contract.ts'
import { type LedgerStore, openLedgerStore, type StoredBlock } from './embedded.store.ts'
import type { LedgerCode } from './errors.ts'
import { checkPlace, readHeader, rootOf, type Signer, signHeader } from './header.ts'
import { createMachine, type Machine } from './machine.ts'
import { membersModule } from './members.ts'
import type { Module } from './module.ts'
import { createSequencer } from './sequencer.ts'

export type EmbeddedOptions = {
  /** The SQLite file, created if absent. */
  readonly path: string
  readonly genesis: Genesis
  readonly clock: Clock
  /** Signs the headers. */
  readonly signer: Signer
  /** Keys that signed older headers, when the operator has changed its key since. */
  readonly operators?: readonly string[]
  /** `members`, `checkpoints` and `apps` when not given; the same list at every opening. */
  readonly modules?: readonly Module[]
}

/** What this package brings; a node adds its slices' modules. */
export const ledgerModules: readonly Module[] = [membersModule, checkpointsModule, appsModule]

const broken = () => new AppError<LedgerCode>('chain-broken')
/** Blocks read at once. */
const PAGE = 100

type Opened = Required<Omit<EmbeddedOptions, 'path'>> & { readonly store: LedgerStore; readonly machine: Machine }

/** Opens the ledger in `path`; throws `genesis-other` or `chain-broken` rather than go on from a doubtful file. */
export async function createEmbedded(options: EmbeddedOptions): Promise<Engine> {
  await checkSigner(options.signer)
  const { modules = ledgerModules, genesis, signer } = options
  const machine = createMachine(modules, genesis)
  const operators = [signer.publicKey, ...(options.operators ?? [])]
  const store = openLedgerStore(options.path)
  const opened: Opened = { ...options, modules, operators, store, machine }
  try {
    return engineOf(opened, await takeUp(opened))
  } catch (error) {
    await store.close()
    throw error
  }
}

// The verbs over an opened file.
function engineOf(opened: Opened, previous: Digest): Engine {
  const { store, machine, operators } = opened
  const listeners = new Set<(block: Block) => void>()
  const committed = (block: Block) => {
    // Off this path: a listener's fault surfaces as an unhandled rejection and never touches the block.
    for (const listener of listeners) Promise.resolve(block).then(listener)
  }
  const sequencer = createSequencer({ ...opened, previous, committed })
  let closing: Promise<void> | undefined
  return {
    alone: true,
    submit: (tx) => sequencer.submit(tx),
    query: async (path, data) => machine.query(path, data),
    info: async () => machine.info(),
    find: (name) => store.find(name),
    blocks: async (from, limit = PAGE) => (await store.blocks(from, limit)).map((block) => blockOf(block, operators)),
    onCommit(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    verify: () => replay(opened),
    close: () => (closing ??= sequencer.stop().then(() => store.close())),
  }
}

// The app hash is read from the signed header: what is handed out is what the operator signed for.
const blockOf = ({ height, time, txs, header }: StoredBlock, operators: readonly string[]): Block => ({
  height,
  time,
  txs,
  appHash: readHeader(header, operators).appHash,
  header,
})

// A private key of another pair would sign headers nobody can verify, noticed only at the next opening.
async function checkSigner(signer: Signer): Promise<void> {
  const none = digest('')
  const probe = { chain: 'probe', height: 1, time: 0, previous: none, appHash: none, txRoot: none, txSize: 0 }
  try {
    readHeader(await signHeader(signer, probe), [signer.publicKey])
  } catch (cause) {
    throw new AppError<LedgerCode>('signer-invalid', {}, { cause })
  }
}

/** Brings the machine to the stored state after checking it; gives what the next header names as previous. */
async function takeUp({ store, machine, genesis, operators }: Opened): Promise<Digest> {
  // The whole genesis is compared, not its digest: the file says for itself what it was begun with.
  const root = rootOf(genesis)
  const first = await store.genesis()
  if (first === undefined) {
    await store.begin(canonical(genesis), machine.save())
    return root
  }
  if (first !== canonical(genesis)) throw new AppError<LedgerCode>('genesis-other')
  // A second place where blocks are ordered would be a fork.
  if (await store.moved()) throw new AppError<LedgerCode>('ledger-moved')
  const saved = await store.saved()
  const tail = await store.blocks(Math.max(1, saved.height - 1), 2)
  const [last, before] = tail.reverse()
  // No block yet: the state must be the genesis' own.
  if (!last) {
    if (saved.height !== 0 || !machine.restore(saved, machine.info().appHash)) throw broken()
    return root
  }
  const header = readHeader(last.header, operators)
  const { height, time } = saved
  checkPlace(header, { chain: genesis.chain, height, time, previous: before ? digest(before.header) : root })
  // The app hash covers the rows and the log's root, the rows its size: nothing is left for the header to add.
  if (!machine.restore(saved, header.appHash)) throw broken()
  return digest(last.header)
}

/** One turn of the event loop: others are answered during a long replay, and what it no longer needs outside the heap is let go. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

// From nothing but the genesis and the texts; the height is fixed at the start, blocks may go on being made.
async function replay({ store, machine, genesis, modules, operators }: Opened) {
  const { height, appHash } = machine.info()
  const fresh = createMachine(modules, genesis)
  let previous = rootOf(genesis)
  let transactions = 0
  for (let from = 1; from <= height; from += PAGE) {
    for (const block of await store.blocks(from, Math.min(PAGE, height - from + 1))) {
      const header = readHeader(block.header, operators)
      const place = { chain: genesis.chain, height: fresh.info().height + 1, time: block.time, previous }
      checkPlace(header, place)
      runAgain(fresh, block, header)
      previous = digest(block.header)
      transactions += block.txs.length
    }
    await turn()
  }
  const end = fresh.info()
  if (end.height !== height || end.appHash !== appHash) throw broken()
  return { height, transactions }
}

// As a proposal first: refused text leaves no trace in any hash, so only that rule can find it (L4).
function runAgain(machine: Machine, block: StoredBlock, header: { appHash: string; txRoot: string; txSize: number }) {
  if (!machine.processProposal(block)) throw broken()
  const { appHash, txRoot, txSize } = machine.finalizeBlock(block)
  if (appHash !== header.appHash || txRoot !== header.txRoot || txSize !== header.txSize) throw broken()
  machine.commit()
}
