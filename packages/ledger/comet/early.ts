/** Texts that came before their turn: held until the one before them was given on, and refused by name where it does not come. */
import { AppError } from '@salus/base/errors'
import type { LedgerCode } from '../errors.ts'
import type { Machine } from '../machine.ts'

export type Early = {
  /** Resolves when it is this text's turn; rejects with `seq-gap`. */
  turn(tx: string): Promise<void>
  /** The mempool has refused what was given last: its number is free again. */
  refused(tx: string): void
}

/** How long the one before may take, ms: requests of one organisation come by several ways. */
const PATIENCE = 2_000

type Held = { readonly seq: number; readonly go: () => void }

export function createEarly(machine: Pick<Machine, 'turnOf'>): Early {
  const given = new Map<string, number>()
  const held = new Map<string, Held[]>()
  const release = (org: string, last: number) => {
    const queue = held.get(org) ?? []
    const next = queue.findIndex(({ seq }) => seq <= last + 1)
    const [one] = next < 0 ? [] : queue.splice(next, 1)
    if (queue.length === 0) held.delete(org)
    one?.go()
  }
  const give = (org: string, seq: number) => {
    given.set(org, Math.max(seq, given.get(org) ?? 0))
    release(org, seq)
  }
  return {
    async turn(tx) {
      const { org, seq, last } = machine.turnOf(tx)
      const before = Math.max(last, given.get(org) ?? 0)
      if (seq > before + 1) await hold(held, org, seq)
      give(org, seq)
    },
    refused(tx) {
      const { org, seq } = machine.turnOf(tx)
      if ((given.get(org) ?? 0) >= seq) given.set(org, seq - 1)
    },
  }
}

function hold(held: Map<string, Held[]>, org: string, seq: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const queue = held.get(org) ?? []
    held.set(org, queue)
    const timer = setTimeout(() => {
      queue.splice(queue.indexOf(one), 1)
      reject(new AppError<LedgerCode>('seq-gap'))
    }, PATIENCE)
    const one: Held = {
      seq,
      go: () => {
        clearTimeout(timer)
        resolve()
      },
    }
    queue.push(one)
  })
}
