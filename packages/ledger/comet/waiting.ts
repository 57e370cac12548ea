/** Submitters whose block has not come: a transaction is acknowledged when it is seen in a committed block, never before (L10). */
import { AppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import type { Block, Placed } from '../contract.ts'
import type { LedgerCode, TxResult } from '../errors.ts'
import type { Machine } from '../machine.ts'
import { createEarly, type Early } from './early.ts'
import type { CometRpc } from './rpc.ts'

type Ports = {
  readonly machine: Machine
  readonly rpc: Pick<CometRpc, 'broadcast'>
  /** ms. */
  readonly patience: number
}

type Waiter = { readonly resolve: (placed: Placed) => void; readonly reject: (error: Error) => void }
type Waits = { readonly tx: string; readonly waiters: Waiter[]; asked: number }

export type Waiting = {
  submit(tx: string): Promise<Placed>
  committed(block: Block, results: readonly TxResult[]): void
  /** Whoever waits is told this; what comes later is tried as ever. */
  refuse(code: LedgerCode, cause?: unknown): void
  stop(code: LedgerCode, cause?: unknown): void
}

/** Given again to CometBFT after this long without a block: its mempool is memory, and was lost if it was killed. */
const AGAIN = 3_000

const refusal = ({ code, facts }: TxResult) => new AppError(code, facts)

type Settle = (name: string, work: (waiter: Waiter) => void) => void

/** Whoever waits for the text is refused, and its number is free again. */
const lostOf = (early: Early, settle: Settle) => (name: string, tx: string, error: Error) => {
  early.refused(tx)
  settle(name, ({ reject }) => reject(error))
}

/** Throws what is to be said of the text now. */
async function admitted(machine: Machine, tx: string): Promise<void> {
  const first = await machine.checkAhead(tx)
  const answer = first.code === 'ok' ? machine.checkTx(tx) : first
  if (answer.code !== 'ok') throw refusal(answer)
}

const settleOf =
  (waits: Map<string, Waits>): Settle =>
  (name, work) => {
    const found = waits.get(name)
    waits.delete(name)
    for (const waiter of found?.waiters ?? []) work(waiter)
  }

export function createWaiting({ machine, rpc, patience }: Ports): Waiting {
  const waits = new Map<string, Waits>()
  const early = createEarly(machine)
  let over: AppError<LedgerCode> | undefined
  const settle = settleOf(waits)
  const lost = lostOf(early, settle)
  const give = async (name: string, { tx }: Waits) => {
    const answer = await rpc.broadcast(tx)
    if (answer.code !== 'ok') lost(name, tx, refusal(answer))
  }
  const again = everyAgain(waits, give)
  return {
    async submit(tx) {
      if (over) throw over
      await admitted(machine, tx)
      await early.turn(tx)
      if (over) throw over
      const name = digest(tx)
      const placed = waitFor(waits, name, tx, patience)
      const one = waits.get(name)
      if (one) give(name, one).catch((error) => lost(name, tx, error))
      return placed
    },
    committed(block, results) {
      if (waits.size === 0) return
      tell(block, results, settle)
      refuseHopeless(machine, waits, settle)
    },
    refuse(code, cause) {
      for (const [name, { tx }] of [...waits]) lost(name, tx, new AppError<LedgerCode>(code, {}, { cause }))
    },
    stop(code, cause) {
      over ??= new AppError<LedgerCode>(code, {}, { cause })
      clearInterval(again)
      for (const name of [...waits.keys()]) settle(name, ({ reject }) => reject(over as Error))
    },
  }
}

/** Gives what waits to CometBFT again from time to time. */
function everyAgain(waits: ReadonlyMap<string, Waits>, give: (name: string, one: Waits) => Promise<void>) {
  const timer = setInterval(() => {
    const now = performance.now()
    for (const [name, one] of waits) {
      if (now - one.asked < AGAIN) continue
      one.asked = now
      // Not there at the moment: the next round asks again, and patience ends it.
      give(name, one).catch(() => undefined)
    }
  }, AGAIN / 3)
  return timer.unref()
}

/** Those whose transaction stands in the block. */
function tell(block: Block, results: readonly TxResult[], settle: Settle): void {
  for (const [index, tx] of block.txs.entries()) {
    const name = digest(tx)
    const result = results[index]
    const placed = { height: block.height, index, time: block.time, digest: name }
    if (result?.code === 'ok') settle(name, ({ resolve }) => resolve(placed))
    else if (result) settle(name, ({ reject }) => reject(refusal(result)))
  }
}

/** The second submitter of the same text waits for the same block. */
function waitFor(waits: Map<string, Waits>, name: string, tx: string, patience: number): Promise<Placed> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const found = waits.get(name)
      const at = found?.waiters.indexOf(waiter) ?? -1
      if (!found || at < 0) return
      found.waiters.splice(at, 1)
      if (found.waiters.length === 0) waits.delete(name)
      reject(new AppError<LedgerCode>('ledger-waiting'))
    }, patience)
    const waiter: Waiter = {
      resolve: (placed) => {
        clearTimeout(timer)
        resolve(placed)
      },
      reject: (error) => {
        clearTimeout(timer)
        reject(error)
      },
    }
    const found = waits.get(name)
    if (found) found.waiters.push(waiter)
    else waits.set(name, { tx, waiters: [waiter], asked: performance.now() })
  })
}

/** What the block that just came made impossible will stand in no block: its submitter learns it now, and by name. */
function refuseHopeless(machine: Machine, waits: ReadonlyMap<string, Waits>, settle: Settle): void {
  const speculation = machine.speculate()
  for (const [name, { tx }] of [...waits]) {
    const answer = speculation(tx)
    if (answer.code !== 'ok') settle(name, ({ reject }) => reject(refusal(answer)))
  }
}
