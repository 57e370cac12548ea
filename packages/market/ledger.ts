/** The market's ledger module: orders, deals, escrow and credits, integers only (README: rules M1-M20). */
import { checkWith, field } from '@salus/base/schema'
import type { Module, View } from '@salus/ledger/module'
import { accountTypes, balanceOf, type Draw, ledgerOfCredits, treasurerOf } from './ledger/accounts.ts'
import { dealOfTask, matchTypes, taskOf, tasksOf } from './ledger/match.ts'
import { orderOf, ordersOf, orderTypes, vouchersOf } from './ledger/orders.ts'
import { spentOf, taskTypes } from './ledger/tasks.ts'
import { marketReasons } from './reasons.ts'

const id = (data: string) => checkWith(field.statementId, data)

const rows = (state: View, kind: Parameters<typeof ordersOf>[1]) => ordersOf(state, kind).map(([, order]) => order)

/**
 * The module of one chain. Queries: `balance` (organisation), `treasurer`, `credits`, `draws`, `order`, `datasets`, `analyses`
 * (with who vouched), `hosts`, `requests`, `task`, `tasks`, `deal` (of a task).
 */
export const marketModule = (chain: string): Module => ({
  name: 'market',
  types: { ...accountTypes, ...orderTypes, ...matchTypes(chain), ...taskTypes },
  reasons: marketReasons,
  queries: {
    balance: (state, data) => balanceOf(state, checkWith(field.org, data)),
    treasurer: (state) => treasurerOf(state),
    credits: (state) => ledgerOfCredits(state),
    draws: (state) => state.list<Draw>('market/draw/').map(([key, row]) => ({ draw: key.slice(12), ...row })),
    order: (state, data) => orderOf(state, id(data)),
    datasets: (state) => rows(state, 'dataset').map((one) => withSpent(state, one)),
    analyses: (state) =>
      ordersOf(state, 'analysis').map(([, one]) => ({ ...one, vouched: vouchersOf(state, one.body.analysis) })),
    hosts: (state) => rows(state, 'host'),
    requests: (state) => rows(state, 'request'),
    task: (state, data) => taskOf(state, id(data)),
    tasks: (state) => tasksOf(state),
    deal: (state, data) => {
      const task = taskOf(state, id(data))
      return task && dealOfTask(state, chain, task)
    },
  },
})

const withSpent = (state: View, order: ReturnType<typeof rows>[number]) =>
  order.kind === 'dataset' ? { ...order, spent: spentOf(state, order.org, order.body.data) } : order
