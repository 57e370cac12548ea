/** What the operator of this node puts on the ledger: one transaction at a time, since each has the number after the last. */
import type { Bodies, Engine } from '@salus/ledger/contract'
import { draftTx, signTx } from '@salus/ledger/device'
import type { Founded } from './found.ts'

/** `body` is worked out when its turn has come: from the state that it will stand on. Undefined: there is nothing to say. */
export type Operator = {
  send<T extends keyof Bodies>(type: T, body: () => Promise<Bodies[T] | undefined>): Promise<void>
}

export function createOperator(ledger: Engine, { operatorKey, operator, genesis }: Founded): Operator {
  let last: Promise<unknown> = Promise.resolve()
  return {
    send(type, bodyOf) {
      const sent = last.then(async () => {
        const body = await bodyOf()
        if (!body) return
        const seq = ((await ledger.query('machine/seq', operator)) as number) + 1
        const payload = draftTx({ chain: genesis.chain, org: operator, seq }, type, body)
        await ledger.submit(await signTx(operatorKey.privateKey, operatorKey.publicKey, payload))
      })
      last = sent.catch(() => undefined)
      return sent
    },
  }
}
