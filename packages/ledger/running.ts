/** A machine at work: its committed state, the block it has run but not committed, and the steps between them. */
import { base64url, concat, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { digest, sha256 } from '@salus/crypto/hash'
import { createFrontier, type Frontier, type FrontierState, leafHash } from '@salus/crypto/merkle'
import { canonical } from './canonical.ts'
import { type Genesis, genesis as genesisSchema, type Info, type Validator } from './contract.ts'
import type { LedgerCode, TxResult } from './errors.ts'
import { execute, inSequence, OK, type Rules } from './execute.ts'
import type { BlockContext, Module, View } from './module.ts'
import type { Saved } from './snapshot.ts'
import { type Changes, createLayer, createRows, type Layer, type Store, viewOf } from './state.ts'
import { createReader } from './transaction.ts'
import { createTree, type Tree } from './tree.ts'

/** Transactions at a height and block time (ms since 1970). */
export type Proposal = { readonly height: number; readonly time: number; readonly txs: readonly string[] }

/** A decided block's outcome; `changes` and `log` are what an engine makes durable before it calls `commit`. */
export type Finalized = {
  readonly results: readonly TxResult[]
  readonly appHash: string
  readonly txRoot: string
  readonly txSize: number
  readonly changes: Changes
  readonly log: FrontierState
  /** What this block changes of who votes, in key order: the new power, 0 where the vote goes. */
  readonly validators: readonly Validator[]
}

// Committed. `tree` alone may run ahead by one finalized block; `abandon` takes it back.
type State = { rows: Store; tree: Tree; log: Frontier; height: number; time: number; appHash: string }
type Pending = { block: Proposal; finalized: Finalized }

const LOG = 'machine/log'
const GENESIS = 'machine/genesis'
const fail = (code: LedgerCode) => new AppError<LedgerCode>(code)

// The log first, the state second: both 32 bytes, so there is one way to read the 64.
const hashOf = (log: Frontier, tree: Tree): string => base64url(sha256(concat(log.root(), tree.root())))

// Everything derived (tree, frontier, hash) is computed again from the rows, never taken from the outside.
function stateOf(saved: Saved): State {
  const rows = createRows(saved.rows)
  const tree = createTree(rows.entries())
  const log = createFrontier(saved.log)
  return { rows, tree, log, height: saved.height, time: saved.time, appHash: hashOf(log, tree) }
}

// Modules write in the order given; each may read what those before it wrote.
function genesisState(modules: readonly Module[], genesis: Genesis): State {
  const layer = createLayer(createRows())
  layer.put(GENESIS, digest(canonical(genesis)))
  for (const module of modules) {
    const draft = createLayer(layer, module.name)
    module.genesis?.(draft, genesis)
    for (const [key, text] of draft.changes) layer.changes.set(key, text)
  }
  const rows = [...layer.changes].filter((row): row is [string, string] => row[1] !== null)
  return stateOf({ rows, log: { size: 0, hashes: [] }, height: 0, time: genesis.time })
}

function checkedGenesis(value: Genesis): Genesis {
  try {
    return checkWith(genesisSchema, value)
  } catch (error) {
    throw isAppError(error) ? new AppError<LedgerCode>('genesis-invalid', error.facts) : error
  }
}

/** One chain at work in memory. */
export type Running = {
  readonly chain: string
  /** Digest and time of the genesis. */
  readonly genesis: string
  readonly begun: number
  readonly rules: Rules
  /** The module that knows who votes; none where nobody does. */
  readonly elects: Module | undefined
  state: State
  pending: Pending | undefined
  /** What the last proposal came to: the same block, decided, need not be run a second time. */
  prepared?: Prepared | undefined
}

/** A proposal that was run over the committed state: `txs` are those that hold, `layer` is what they change. */
type Prepared = {
  readonly height: number
  readonly time: number
  readonly txs: readonly string[]
  readonly layer: Layer
}

/** The machine has not been told its genesis yet. */
export function missing(): never {
  throw fail('genesis-invalid')
}

/** Height 0 of the chain that `value` begins; throws `genesis-invalid`. */
export function begin(modules: readonly Module[], value: Genesis): Running {
  const genesis = checkedGenesis(value)
  const keyOf = modules.find((module) => module.keyOf)?.keyOf ?? missing()
  const state = genesisState(modules, genesis)
  const rules = { read: createReader(modules, genesis.chain), keyOf }
  const { chain, time: begun } = genesis
  const elects = modules.find((module) => module.validators)
  return { chain, genesis: digest(canonical(genesis)), begun, rules, elects, state, pending: undefined }
}

/** As ABCI's Info. */
export const infoOf = ({ chain, state: { height, time, appHash } }: Running): Info => ({ chain, height, time, appHash })

/** The committed state, to be kept or sent. */
export const save = ({ rows, log, height, time }: State): Saved => ({
  height,
  time,
  rows: rows.entries(),
  log: log.state(),
})

const votes = ({ elects }: Running, view: View) => elects?.validators?.(view) ?? new Map<string, number>()
const byKey = (a: Validator, b: Validator) => (a.key < b.key ? -1 : 1)

/** Who votes in the committed state, in key order. */
export const validatorsOf = (running: Running): Validator[] =>
  [...votes(running, viewOf(running.state.rows))].map(([key, power]) => ({ key, power })).sort(byKey)

// Both ends are read only where the electing module's own rows changed: most blocks hold heads and nothing else.
function electedBy(running: Running, layer: Layer): Validator[] {
  const own = `${running.elects?.name}/`
  if (![...layer.changes.keys()].some((key) => key.startsWith(own))) return []
  const before = votes(running, viewOf(running.state.rows))
  const after = votes(running, layer)
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((key) => ({ key, power: after.get(key) ?? 0 }))
    .filter(({ key, power }) => power !== (before.get(key) ?? 0))
    .sort(byKey)
}

/** Does a block of this height and time come next? Equal times may follow: CometBFT's first block has the genesis'. */
export const follows = (state: State, { height, time }: Proposal): boolean =>
  height === state.height + 1 && Number.isSafeInteger(time) && time >= state.time

const contextOf = ({ height, time }: Proposal): BlockContext => ({ height, time })

/** Runs the given texts over a copy and keeps those that hold, up to the limits. */
export function prepare(running: Running, proposal: Proposal & { maxBytes?: number; maxTxs?: number }) {
  const { txs, maxBytes = Number.MAX_SAFE_INTEGER, maxTxs = Number.MAX_SAFE_INTEGER } = proposal
  const layer = createLayer(running.state.rows)
  const block = contextOf(proposal)
  const results: (TxResult | undefined)[] = txs.map(() => undefined)
  const picked: string[] = []
  let bytes = 0
  for (const index of inSequence(running.rules.read, txs)) {
    const tx = txs[index] as string
    // The first that does not fit ends the block: passing it over would let later ones starve it.
    if (picked.length >= maxTxs || bytes + tx.length > maxBytes) break
    const result = execute(running.rules, layer, tx, block)
    results[index] = result
    if (result.code !== 'ok') continue
    picked.push(tx)
    bytes += tx.length
  }
  running.prepared = { height: block.height, time: block.time, txs: picked, layer }
  return { txs: [...picked], results }
}

/** Takes what the proposal of this very block came to, if it was the last thing proposed over this state. */
function takePrepared(running: Running, { height, time, txs }: Proposal): Layer | undefined {
  const { prepared } = running
  running.prepared = undefined
  const same =
    prepared?.height === height &&
    prepared.time === time &&
    prepared.txs.length === txs.length &&
    prepared.txs.every((tx, i) => tx === txs[i])
  return same ? prepared.layer : undefined
}

/** Runs a block over the committed state, or takes it over from its proposal: the same texts over the same rows. */
function run(running: Running, block: Proposal): { layer: Layer; results: TxResult[] } {
  const ready = takePrepared(running, block)
  if (ready) return { layer: ready, results: block.txs.map(() => OK) }
  const layer = createLayer(running.state.rows)
  return { layer, results: block.txs.map((tx) => execute(running.rules, layer, tx, contextOf(block))) }
}

/**
 * Is every transaction of the block accepted?
 * An honest proposer leaves out what would be refused, so a block that holds such a thing has no honest proposer.
 */
export function acceptsAll(running: Running, proposal: Proposal): boolean {
  const { rules, state } = running
  const layer = createLayer(state.rows)
  const block = contextOf(proposal)
  const all = proposal.txs.every((tx) => execute(rules, layer, tx, block) === OK)
  // What was just run need not be run again when it is decided.
  if (all) running.prepared = { ...block, txs: [...proposal.txs], layer }
  return all
}

/** Runs a decided block; one that was run before and not committed is forgotten. Throws `block-order`. */
export function finalize(running: Running, block: Proposal): Finalized {
  const { state } = running
  abandon(running)
  if (!follows(state, block)) throw fail('block-order')
  const { layer, results } = run(running, block)
  const log = createFrontier(state.log.state())
  // Only accepted transactions enter the log: a refused text, whatever it says, leaves no trace in any hash (L4).
  for (const [index, tx] of block.txs.entries()) if (results[index] === OK) log.append(leafHash(utf8(tx)))
  if (log.size > state.log.size) layer.put(LOG, { height: block.height, size: log.size, time: block.time })
  state.tree.apply(layer.changes)
  const finalized: Finalized = {
    results,
    appHash: hashOf(log, state.tree),
    txRoot: base64url(log.root()),
    txSize: log.size,
    changes: layer.changes,
    log: log.state(),
    validators: electedBy(running, layer),
  }
  running.pending = { block, finalized }
  return finalized
}

/** Takes a block that was finalized and never committed back out of the tree: the rows still hold what was before. */
function abandon(running: Running): void {
  if (!running.pending) return
  const { rows, tree } = running.state
  const before = [...running.pending.finalized.changes.keys()].map((key) => [key, rows.text(key) ?? null] as const)
  tree.apply(new Map(before))
  running.pending = undefined
}

/** Makes the block that was run last the committed state; throws `nothing-to-commit`. */
export function commit(running: Running): Info {
  const { pending, state } = running
  if (!pending) throw fail('nothing-to-commit')
  const { block, finalized } = pending
  state.rows.apply(finalized.changes)
  state.log = createFrontier(finalized.log)
  state.height = block.height
  state.time = block.time
  state.appHash = finalized.appHash
  running.pending = undefined
  running.prepared = undefined
  return infoOf(running)
}

/**
 * Takes over a stored state if it has this app hash and our genesis.
 * The app hash vouches for the rows, the rows for the log's size: with it the frontier has one reading only.
 */
export function restore(running: Running, saved: Saved, appHash: string): boolean {
  let state: State
  try {
    state = stateOf(saved)
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
  const view = viewOf(state.rows)
  const log = view.get<{ size: number; time: number }>(LOG) ?? { size: 0, time: 0 }
  if (state.appHash !== appHash || view.get(GENESIS) !== running.genesis || log.size !== state.log.size) return false
  running.state = { ...state, time: Math.max(running.begun, log.time, saved.time) }
  running.pending = undefined
  running.prepared = undefined
  return true
}
