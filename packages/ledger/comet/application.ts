/**
 * The machine behind ABCI 2.0: each of the sixteen requests, answered. What was decided becomes durable in Commit and nowhere
 * else, so that this file is never ahead of CometBFT (spec/abci, "crash recovery").
 */
import { type Bytes, base64url, fromBase64url, text, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { field, parseWith, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { canonical } from '../canonical.ts'
import type { Block, Genesis, Header } from '../contract.ts'
import type { TxResult } from '../errors.ts'
import type { Machine } from '../machine.ts'
import type { Finalized, Proposal } from '../running.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Speculation } from '../speculate.ts'
import type { CometStore, Standing } from './comet.store.ts'
import type { Answers, RequestKind, Requests, Time, WireSnapshot } from './messages.ts'
import type { Wire } from './wire.ts'

export type Application = {
  readonly [K in RequestKind]: (request: Requests[K]) => Answers[K] | Promise<Answers[K]>
} & {
  /** Begins work that depends on the text alone, before the request's turn has come. */
  ahead(request: { readonly kind: RequestKind; readonly body: unknown }): void
}

export type ApplicationPorts = {
  readonly machine: Machine
  readonly store: CometStore
  readonly genesis: Genesis
  /** The rules the chain began with, and how its transactions are carried. */
  readonly rules: number
  readonly wire: Wire
  /** Where the file stood when it was opened. */
  readonly standing: Standing
  /** A block is durable. */
  readonly committed: (block: Block, results: readonly TxResult[]) => void
}

const CODESPACE = 'salus'

/** Milliseconds, rounded down; times of the chain only grow, so rounded ones do not go back. */
const msOf = (time: Time | undefined): number => (time ? time.seconds * 1000 + Math.floor(time.nanos / 1_000_000) : 0)

const proposalOf = ({ textOf }: Wire, { height, time, txs }: Requests['finalize_block']): Proposal => ({
  height,
  time: msOf(time),
  txs: txs.map(textOf),
})

/** A refusal as CometBFT hands it on: code 1, our own code and facts as text. */
const answerOf = (result: TxResult) =>
  result.code === 'ok' ? { code: 0 } : { code: 1, log: canonical(result), codespace: CODESPACE }

const updatesOf = (keys: readonly { key: string; power: number }[]) =>
  keys.map(({ key, power }) => ({ pub_key: { ed25519: fromBase64url(key) }, power }))

const wireOf = ({ height, format, chunks, hash, metadata }: Snapshot): WireSnapshot => ({
  ...{ height, format, chunks },
  hash: fromBase64url(hash),
  metadata: utf8(metadata),
})

function snapshotOf(wire: WireSnapshot): Snapshot | undefined {
  if (wire.format !== 1) return undefined
  try {
    const { height, chunks, hash, metadata } = wire
    return { height, format: 1, chunks, hash: base64url(hash), metadata: text(metadata) }
  } catch (error) {
    if (!isAppError(error)) throw error
    return undefined
  }
}

/** What CometBFT's own genesis file says of ours, so that two of them never run one chain. */
export const appStateOf = (genesis: Genesis) => ({ genesis: digest(canonical(genesis)) })

const appState = z.strictObject({ genesis: field.digest })

function sameGenesis(genesis: Genesis, bytes: Uint8Array): boolean {
  try {
    return parseWith(appState, bytes).genesis === appStateOf(genesis).genesis
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}

// Numbers of spec/abci.
const RECHECK = 1
const ACCEPT = 1
const REJECT = 2
const OFFER = { accept: 1, reject: 3, 'reject-format': 4 } as const
const APPLY = { accept: 1, retry: 3, 'reject-snapshot': 5 } as const

/** Joins the parts over one machine and one file. */
export function createApplication(ports: ApplicationPorts): Application {
  const { machine } = ports
  const at: At = { standing: ports.standing }
  return {
    ...blocks(ports, at),
    ...snapshots(ports, at),
    ...pool(ports, at),
    echo: ({ message }) => ({ message }),
    flush: () => ({}),
    info: () => {
      // CometBFT begins anew with an empty mempool: what waited in the one before counts no more.
      at.speculation = undefined
      const { base, height, appHash } = at.standing
      return {
        ...{ data: 'salus', version: String(ports.rules), app_version: ports.rules },
        // What was reached before CometBFT took over is the beginning of its chain: its first block comes after.
        last_block_height: height === base ? 0 : height,
        last_block_app_hash: height === base ? new Uint8Array() : fromBase64url(appHash),
      }
    },
    init_chain: (request) => initChain(ports, at, request),
    query: ({ path, data }) => query(machine, path, data),
    extend_vote: () => ({}),
    verify_vote_extension: ({ vote_extension }) => ({ result: vote_extension.length === 0 ? ACCEPT : REJECT }),
  }
}

/** What changes: where the file stands, the block that was decided last, and what waits over the committed state. */
type At = { standing: Standing; decided?: Decided | undefined; speculation?: Speculation | undefined }
type Decided = { readonly block: Proposal; readonly finalized: Finalized }

/** Another chain, another genesis, or a beginning at another height: this machine is not of that chain, and says so by stopping. */
function initChain(
  { machine, genesis }: ApplicationPorts,
  { standing }: At,
  { chain_id, app_state_bytes, initial_height }: Requests['init_chain'],
): Answers['init_chain'] {
  if (chain_id !== genesis.chain || !sameGenesis(genesis, app_state_bytes)) throw new Error('genesis of another chain')
  if (Math.max(initial_height, 1) !== standing.base + 1 || standing.height !== standing.base)
    throw new Error('another beginning')
  return { validators: updatesOf(machine.validators()), app_hash: fromBase64url(machine.info().appHash) }
}

/** Peers that no organisation has registered are turned away; a chain that registers none yet takes any. */
function query(machine: Machine, path: string, data: Uint8Array): Answers['query'] {
  const [, scope, kind, by, value = ''] = path.split('/')
  if (scope === 'p2p' && kind === 'filter')
    return by === 'addr' || isRegistered(machine, value) ? { code: 0 } : { code: 1 }
  try {
    const answer = machine.query(path, text(data))
    return { code: 0, value: utf8(canonical(answer)), height: machine.info().height }
  } catch (error) {
    if (!isAppError(error)) throw error
    return answerOf(error)
  }
}

function isRegistered(machine: Machine, id: string): boolean {
  const peers = machine.query('members/peers') as readonly { peer: string }[]
  return peers.length === 0 || peers.some(({ peer }) => peer === id)
}

/** What a request brings that may be new; what is looked at again is not. */
function textsIn(kind: RequestKind, body: unknown): readonly Uint8Array[] {
  if (kind !== 'check_tx') return (body as { txs?: Uint8Array[] }).txs ?? []
  const { tx, type } = body as Requests['check_tx']
  return type === RECHECK ? [] : [tx]
}

/** The mempool's question. Signatures are verified on other threads, from the moment the request came. */
function pool({ machine, wire: { textOf } }: ApplicationPorts, at: At) {
  return {
    ahead({ kind, body }: Parameters<Application['ahead']>[0]) {
      for (const tx of textsIn(kind, body)) void machine.checkAhead(textOf(tx)).catch(() => undefined)
    },
    async check_tx({ tx, type }: Requests['check_tx']) {
      const token = textOf(tx)
      // Looked at again after a block: thousands at once, so only by number and sender. What a block made impossible otherwise is
      // left out by whoever proposes, and goes when its number is used.
      if (type === RECHECK) return answerOf(machine.checkTx(token))
      const first = await machine.checkAhead(token)
      if (first.code !== 'ok') return answerOf(first)
      at.speculation ??= machine.speculate()
      return answerOf(at.speculation(token))
    },
  }
}

/** Proposing, judging, running and keeping a block. */
function blocks({ machine, store, genesis, wire, committed }: ApplicationPorts, at: At) {
  const verified = (txs: readonly string[]) => Promise.all(txs.map((tx) => machine.checkAhead(tx)))
  return {
    async prepare_proposal(request: Requests['prepare_proposal']) {
      const proposal = proposalOf(wire, request)
      await verified(proposal.txs)
      const { txs } = machine.prepareProposal({ ...proposal, maxBytes: request.max_tx_bytes })
      return { txs: txs.map(wire.bytesOf) }
    },
    async process_proposal(request: Requests['process_proposal']) {
      const proposal = proposalOf(wire, request)
      await verified(proposal.txs)
      return { result: machine.processProposal(proposal) ? ACCEPT : REJECT }
    },
    async finalize_block(request: Requests['finalize_block']) {
      const block = proposalOf(wire, request)
      await verified(block.txs)
      const finalized = machine.finalizeBlock(block)
      at.decided = { block, finalized }
      return {
        tx_results: finalized.results.map(answerOf),
        validator_updates: updatesOf(finalized.validators),
        app_hash: fromBase64url(finalized.appHash),
      }
    },
    async commit() {
      if (!at.decided) throw new Error('nothing decided')
      await keep({ machine, store, genesis, committed }, at, at.decided)
      // Blocks are kept: a member that joins replays them all, and an auditor reads them.
      return { retain_height: 0 }
    },
  }
}

/** Durable first, then in memory, then told. */
async function keep(
  { machine, store, genesis, committed }: Omit<ApplicationPorts, 'standing' | 'rules' | 'wire'>,
  at: At,
  { block, finalized }: Decided,
): Promise<void> {
  const { height, time, txs } = block
  const { appHash, changes, log } = finalized
  const header = headerOf(genesis.chain, at.standing.previous, block, finalized)
  const next: Standing = { ...at.standing, height, time, appHash, previous: digest(header) }
  await store.append({ height, time, header, txs, changes, log }, next)
  machine.commit()
  at.standing = next
  at.decided = undefined
  at.speculation = undefined
  committed({ height, time, txs, appHash }, finalized.results)
}

/** What stands in the place of the embedded engine's signed header: the validators' signatures are in CometBFT's own store. */
function headerOf(
  chain: string,
  previous: Header['previous'],
  { height, time }: Proposal,
  { appHash, txRoot, txSize }: Finalized,
): string {
  const header: Header = { chain, height, time, previous, appHash, txRoot, txSize }
  return canonical(header)
}

/** State sync: CometBFT's light client vouches for the app hash, and the machine takes nothing else. */
function snapshots({ machine, store }: ApplicationPorts, at: At) {
  let trusted = ''
  return {
    list_snapshots: () => ({ snapshots: machine.listSnapshots().map(wireOf) }),
    offer_snapshot({ snapshot, app_hash }: Requests['offer_snapshot']) {
      const offered = snapshot && snapshotOf(snapshot)
      if (!offered) return { result: OFFER['reject-format'] }
      trusted = base64url(app_hash as Bytes)
      return { result: OFFER[machine.offerSnapshot({ snapshot: offered, appHash: trusted })] }
    },
    load_snapshot_chunk: (wanted: Requests['load_snapshot_chunk']) => ({
      chunk: machine.loadChunk(wanted) ?? new Uint8Array(),
    }),
    async apply_snapshot_chunk({ index, chunk, sender }: Requests['apply_snapshot_chunk']) {
      const answer = machine.applyChunk({ index, chunk: new Uint8Array(chunk) })
      const { height, time, appHash } = machine.info()
      if (answer === 'accept' && appHash === trusted && height !== at.standing.height) {
        at.standing = { ...at.standing, height, time, appHash }
        await store.adopt(machine.save(), at.standing)
        at.speculation = undefined
      }
      const bad = answer === 'retry' ? { refetch_chunks: [index], reject_senders: [sender] } : {}
      return { result: APPLY[answer], ...bad }
    },
  }
}
