/** The single sequencer: groups what waits into blocks and acknowledges a block only once it is durable (rule L10). */
import type { Clock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { systemCode } from '@salus/base/system'
import { digest } from '@salus/crypto/hash'
import { type Block, MAX_BLOCK_TXS, type Placed } from './contract.ts'
import type { LedgerStore } from './embedded.store.ts'
import type { LedgerCode, TxResult } from './errors.ts'
import { type Signer, signHeader } from './header.ts'
import type { Machine } from './machine.ts'

// A submitter whose answer is still owed.
type Waiting = {
  readonly tx: string
  /** Settles once `verdict`, what is to be said of the text alone, is there. */
  readonly ready: Promise<void>
  verdict?: TxResult
  readonly resolve: (placed: Placed) => void
  readonly reject: (error: Error) => void
}
type Ports = {
  readonly machine: Machine
  readonly store: LedgerStore
  readonly clock: Clock
  readonly signer: Signer
  /** Digest of the last header's text, or of the genesis. */
  readonly previous: Digest
  readonly committed: (block: Block) => void
}
/** The one place where an order is decided. */
export type Sequencer = {
  submit(tx: string): Promise<Placed>
  /** Finishes the block at work, refuses what still waits. */
  stop(): Promise<void>
}

// A module's own code goes out as it is.
const refusal = ({ code, facts }: TxResult) => new AppError(code, facts)
const stopped = (code: LedgerCode, cause?: unknown) => new AppError<LedgerCode>(code, {}, { cause })

/** Accepts, orders, signs, stores. One block is at work at a time; whatever arrives meanwhile makes the next. */
export function createSequencer(ports: Ports): Sequencer {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let over: AppError<LedgerCode> | undefined
  let previous = ports.previous

  async function drain(): Promise<void> {
    // One turn of the event loop, so that requests that came together share a block and its one disk flush.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0 && !over) {
      const came = waiting.splice(0, MAX_BLOCK_TXS)
      // Begun when each came, on other threads, while the block before was made.
      await Promise.all(came.map(({ ready }) => ready))
      try {
        previous = await makeBlock(ports, previous, admitted(ports, came))
      } catch (cause) {
        const why = await failure(ports, cause)
        if (why.code === 'engine-halted') over = why
        for (const { reject } of came) reject(why)
      }
    }
    if (over) for (const { reject } of waiting.splice(0)) reject(over)
    running = undefined
  }

  return {
    async submit(tx) {
      if (over) throw over
      return new Promise((resolve, reject) => {
        waiting.push(begin(ports.machine, { tx, resolve, reject }))
        running ??= drain()
      })
    },
    async stop() {
      over ??= stopped('engine-closed')
      await running
    },
  }
}

/** What is to be said of the text alone is found out on other threads, from now on. */
function begin(machine: Machine, submitter: Pick<Waiting, 'tx' | 'resolve' | 'reject'>): Waiting {
  const ready = machine.checkAhead(submitter.tx).then(
    (verdict) => {
      one.verdict = verdict
    },
    (error) => {
      // A fault of ours, no refusal: this one fails with it, and holds nobody up.
      one.verdict = { code: 'tx-invalid' }
      submitter.reject(error)
    },
  )
  const one: Waiting = { ...submitter, ready }
  return one
}

/** After a fault the file and the memory may differ (a second process): only a fresh opening settles which; not after a full disk. */
async function failure(ports: Ports, cause: unknown): Promise<AppError<LedgerCode>> {
  const full = systemCode(cause) === 'disk-full' && (await untouched(ports).catch(() => false))
  return stopped(full ? 'disk-full' : 'engine-halted', cause)
}

/** Refused here, one never takes a place in a block. What passes is checked again against the block's own state. */
function admitted({ machine }: Ports, group: readonly Waiting[]): Waiting[] {
  return group.filter(({ tx, verdict, reject }) => {
    const first = verdict?.code === 'ok' ? machine.checkTx(tx) : (verdict ?? { code: 'tx-invalid' })
    if (first.code !== 'ok') reject(refusal(first))
    return first.code === 'ok'
  })
}

/** After a full disk: the block is not in the file, and the machine forgets what was never committed (L9). */
const untouched = async ({ machine, store }: Ports): Promise<boolean> =>
  (await store.blocks(machine.info().height + 1, 1)).length === 0

/**
 * Proposal, run, signature, disk, memory, answers: in that order, so that a kill between two of them loses only what
 * nobody was told of. Gives the digest of the new header, or the old one where nothing of `group` held.
 */
async function makeBlock(ports: Ports, previous: Digest, group: readonly Waiting[]): Promise<Digest> {
  const { machine, store, signer } = ports
  const at = next(ports)
  const { txs, results } = machine.prepareProposal({ ...at, txs: group.map(({ tx }) => tx) })
  let last = previous
  if (txs.length > 0) {
    const { appHash, txRoot, txSize, changes, log } = machine.finalizeBlock({ ...at, txs })
    const { chain } = machine.info()
    const header = await signHeader(signer, { chain, ...at, previous, appHash, txRoot, txSize })
    await store.append({ ...at, header, txs, changes, log })
    machine.commit()
    last = digest(header)
    ports.committed({ ...at, txs, appHash, header })
  }
  settle(group, results, txs, at)
  return last
}

// Strictly later than the last block, whatever the clock does: rules may compare block times (rule L9).
function next({ machine, clock }: Ports): { height: number; time: number } {
  const { height, time } = machine.info()
  return { height: height + 1, time: Math.max(time + 1, Math.trunc(clock())) }
}

// After the block is durable, refusals too: some were refused because of what stands in that very block.
function settle(
  group: readonly Waiting[],
  results: readonly (TxResult | undefined)[],
  txs: readonly string[],
  at: { height: number; time: number },
): void {
  const places = new Map(txs.map((tx, index) => [tx, index]))
  for (const [nth, { tx, resolve, reject }] of group.entries()) {
    const result = results[nth]
    if (result?.code === 'ok') resolve({ ...at, index: places.get(tx) as number, digest: digest(tx) })
    else reject(refusal(result ?? { code: 'tx-invalid' }))
  }
}
