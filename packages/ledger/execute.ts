/** Runs one transaction over a layer: all of it or nothing (rule L4). Pure: state in, changes out. */
import { AppError, isAppError } from '@salus/base/errors'
import type { LedgerCode, TxResult } from './errors.ts'
import type { BlockContext, Module, Tx, View } from './module.ts'
import { createLayer, type Layer } from './state.ts'
import type { Reader } from './transaction.ts'

/** How texts are read and whose key is whose. */
export type Rules = { readonly read: Reader; readonly keyOf: NonNullable<Module['keyOf']> }

export const OK: TxResult = { code: 'ok' }

/** Transactions of one organisation that may wait at once: `check` accepts a sequence number that far ahead. */
const WINDOW = 1000

const refuse = (code: LedgerCode) => new AppError<LedgerCode>(code)
const seqKey = (org: string) => `machine/seq/${org}`

/** The number of the last transaction of `org`, 0 when there was none; kept when it leaves, so old ones stay old. */
export const lastSeq = (state: View, org: string): number => state.get<number>(seqKey(org)) ?? 0

// A removed organisation has no key here, so nothing it signs gets further (rule L6).
function checkSender(rules: Rules, state: View, tx: Tx): void {
  const key = rules.keyOf(state, tx.org)
  if (key === undefined) throw refuse('org-unknown')
  if (key !== tx.key) throw refuse('key-other')
}

/** Could `token` stand in a coming block? Schema, signature, key, and a sequence number not yet used. */
export function check(rules: Rules, state: View, token: string): TxResult {
  return attempt(() => {
    const { tx } = rules.read(token)
    checkSender(rules, state, tx)
    const last = lastSeq(state, tx.org)
    if (tx.seq <= last) throw refuse('seq-replayed')
    if (tx.seq > last + WINDOW) throw refuse('seq-gap')
  })
}

/** The part of `check` that depends on the text alone, its signature checked on another thread. */
export const checkAhead = (rules: Rules, token: string): Promise<TxResult> =>
  rules.read.ahead(token).then(() => OK, refusal)

/** Applies `token` to `layer`; a refused one leaves it as it was, and does not use up its sequence number. */
export function execute(rules: Rules, layer: Layer, token: string, block: BlockContext): TxResult {
  return attempt(() => {
    const { tx, row, module } = rules.read(token)
    checkSender(rules, layer, tx)
    const last = lastSeq(layer, tx.org)
    if (tx.seq !== last + 1) throw refuse(tx.seq <= last ? 'seq-replayed' : 'seq-gap')
    const draft = createLayer(layer, module.name)
    row.authorise?.(draft, tx)
    row.apply(draft, tx, block)
    for (const [key, text] of draft.changes) layer.changes.set(key, text)
    layer.put(seqKey(tx.org), tx.seq)
  })
}

// Only a named refusal is a result. Anything else is a fault of ours, and must stop the machine rather than fork it.
function attempt(work: () => void): TxResult {
  try {
    work()
    return OK
  } catch (error) {
    return refusal(error)
  }
}

function refusal(error: unknown): TxResult {
  if (!isAppError(error)) throw error
  return { code: error.code, facts: error.facts }
}

/**
 * `tokens` with each organisation's own in the order of their sequence numbers, at the places that organisation holds:
 * gossip may turn them round, and a gap would refuse what only came early. Unreadable ones keep their place.
 */
export function inSequence(read: Reader, tokens: readonly string[]): number[] {
  const order = tokens.map((_, index) => index)
  const places = new Map<string, { place: number; seq: number }[]>()
  for (const [place, token] of tokens.entries()) {
    attempt(() => {
      const { org, seq } = read(token).tx
      const own = places.get(org)
      if (own) own.push({ place, seq })
      else places.set(org, [{ place, seq }])
    })
  }
  for (const own of places.values()) {
    const sorted = [...own].sort((a, b) => a.seq - b.seq || a.place - b.place)
    for (const [nth, { place }] of own.entries()) order[place] = (sorted[nth] as { place: number }).place
  }
  return order
}
