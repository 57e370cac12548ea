/** The deterministic machine, ABCI-2.0-shaped: any engine that orders transactions can drive it (architecture §5). */
import { AppError } from '@salus/base/errors'
import { checkWith, field, z } from '@salus/base/schema'
import { envelope, type Genesis, type Info, type Validator } from './contract.ts'
import type { LedgerCode, TxResult } from './errors.ts'
import { check, checkAhead, lastSeq } from './execute.ts'
import { checkReasons, closedFields } from './fields.ts'
import type { Module } from './module.ts'
import { envelopeReasons } from './reasons.ts'
import {
  acceptsAll,
  begin,
  commit,
  type Finalized,
  finalize,
  follows,
  infoOf,
  missing,
  type Proposal,
  prepare,
  type Running,
  restore,
  save,
  validatorsOf,
} from './running.ts'
import type { Saved } from './snapshot.ts'
import { createSnapshots, type SnapshotCalls } from './snapshots.ts'
import { type Speculation, speculate } from './speculate.ts'
import { viewOf } from './state.ts'

const fail = (code: LedgerCode) => new AppError<LedgerCode>(code)

/** The calls of ABCI 2.0, synchronous: an engine orders, this decides. */
export type Machine = SnapshotCalls & {
  info(): Info
  /** First state, for an engine that brings the genesis itself. */
  initChain(genesis: Genesis): { appHash: string }
  checkTx(tx: string): TxResult
  /** What `checkTx` says of the text alone, worked out on another thread; `checkTx` and all that follow are then quick. */
  checkAhead(tx: string): Promise<TxResult>
  /** Whose text it is, its number, and the last number that stands in the committed state; throws where it cannot be read. */
  turnOf(tx: string): { org: string; seq: number; last: number }
  /** A mempool's view over the committed state: begun anew after every commit. */
  speculate(): Speculation
  /** Picks what a block can hold; `results` answers each given text, undefined where it may come in a later block. */
  prepareProposal(proposal: Proposal & { maxBytes?: number; maxTxs?: number }): {
    txs: string[]
    results: (TxResult | undefined)[]
  }
  /** Would every transaction of this block be accepted, at a height and time that follow? */
  processProposal(proposal: Proposal): boolean
  /** Runs a decided block. Nothing of it can be read until `commit`. */
  finalizeBlock(block: Proposal): Finalized
  commit(): Info
  /** Answers from the committed state; throws `query-unknown`. */
  query(path: string, data?: string): unknown
  /** Who votes on blocks in the committed state, in key order; none on a chain without validators. */
  validators(): Validator[]
  /** The committed state, whole: what `restore` takes. */
  save(): Saved
  /** Goes on from a stored state if it has this app hash and this genesis. */
  restore(saved: Saved, appHash: string): boolean
}

/** Throws `module-invalid` unless every field of every module is closed and has its reason (rules L1, L13). */
export function checkModules(modules: readonly Module[]): void {
  checkReasons(closedFields('tx', z.strictObject(envelope)), envelopeReasons)
  for (const { types, reasons } of modules) {
    const fields = Object.entries(types).flatMap(([type, row]) => closedFields(type, row.schema))
    checkReasons(fields, reasons)
  }
  const names = new Set(['machine', ...modules.map(({ name }) => name)])
  if (names.size !== modules.length + 1) throw fail('module-invalid')
  if (modules.filter(({ keyOf }) => keyOf).length !== 1) throw fail('module-invalid')
  if (modules.filter(({ validators }) => validators).length > 1) throw fail('module-invalid')
}

/** A machine of `modules`; without `genesis` it waits for `initChain`. `snapshotEvery` in blocks. */
export function createMachine(
  modules: readonly Module[],
  genesis?: Genesis,
  { snapshotEvery = 1000 }: { snapshotEvery?: number } = {},
): Machine {
  checkModules(modules)
  const chain = { current: genesis && begin(modules, genesis) }
  const at = () => chain.current ?? missing()
  const snapshots = createSnapshots({
    every: snapshotEvery,
    save: () => save(at().state),
    // A peer's word on the time is not covered by the app hash; the state's own last time is.
    restore: (saved, appHash) => restore(at(), { ...saved, time: 0 }, appHash),
  })
  return {
    ...snapshots,
    info: () => infoOf(at()),
    initChain(value) {
      chain.current = begin(modules, value)
      return { appHash: chain.current.state.appHash }
    },
    checkTx: (tx) => check(at().rules, viewOf(at().state.rows), tx),
    checkAhead: (tx) => checkAhead(at().rules, tx),
    turnOf: (tx) => turnOf(at(), tx),
    speculate: () => speculation(at()),
    prepareProposal: (proposal) => prepare(at(), proposal),
    processProposal: (proposal) => follows(at().state, proposal) && acceptsAll(at(), proposal),
    finalizeBlock: (block) => finalize(at(), block),
    commit() {
      const info = commit(at())
      snapshots.committed(info.height)
      return info
    },
    query: (path, data = '') => query(modules, at(), path, data),
    validators: () => validatorsOf(at()),
    save: () => save(at().state),
    restore: (saved, appHash) => restore(at(), saved, appHash),
  }
}

function turnOf({ rules, state }: Running, tx: string) {
  const { org, seq } = rules.read(tx).tx
  return { org, seq, last: lastSeq(viewOf(state.rows), org) }
}

const speculation = ({ rules, state: { rows, height, time } }: Running): Speculation =>
  speculate(rules, rows, { height: height + 1, time: time + 1 })

// `machine/seq` is the machine's own: how far an organisation has counted.
function query(modules: readonly Module[], { state }: Running, path: string, data: string): unknown {
  const view = viewOf(state.rows)
  if (path === 'machine/seq') return lastSeq(view, checkWith(field.org, data))
  const [name, verb, ...rest] = path.split('/')
  const queries = modules.find((module) => module.name === name)?.queries ?? {}
  const answer = verb && rest.length === 0 && Object.hasOwn(queries, verb) ? queries[verb] : undefined
  if (!answer) throw fail('query-unknown')
  return answer(view, data) ?? null
}
