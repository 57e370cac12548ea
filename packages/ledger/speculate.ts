/** What would become of texts that wait, taken one after the other over the committed state: the mempool's view (ABCI's CheckTx). */

import type { TxResult } from './errors.ts'
import { check, execute, lastSeq, OK, type Rules } from './execute.ts'
import type { BlockContext } from './module.ts'
import { createLayer, type Rows } from './state.ts'

/** Answers for one text; what it would change counts for those asked after it. */
export type Speculation = (tx: string) => TxResult

/**
 * A text whose turn it is is run whole, so that it is refused now and by name; one that came early is only looked at.
 * Nothing of it reaches the state.
 */
export function speculate(rules: Rules, rows: Rows, block: BlockContext): Speculation {
  const layer = createLayer(rows)
  return (tx) => {
    const first = check(rules, layer, tx)
    if (first !== OK) return first
    const { org, seq } = rules.read(tx).tx
    return seq === lastSeq(layer, org) + 1 ? execute(rules, layer, tx, block) : OK
  }
}
