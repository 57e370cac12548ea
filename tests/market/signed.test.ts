/** What a browser verifies of a deal (rule R2): all that was signed; a lying node is noticed whatever it changes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task } from '@salus/market/contract'
import type { Trader } from '@salus/market/device'
import { runTask } from '@salus/market/host/run'
import { checkSigned } from '@salus/market/signed'
import { deliverAll, hostOf, order, startWorld } from './world.ts'

const w = await startWorld()
const id = await order(w)
assert.equal(await runTask(hostOf(w), id), 'done')
await deliverAll(w, id)
const { lab } = w.traders
const task = await lab.task(id)
const keyOf = (org: string) => [{ key: w.market.keys.get(org)?.publicKey ?? '' }]
type Sent = { readonly height: number; readonly time: number; readonly tx: string }
const sent: Sent[] = []
for await (const one of lab.transactions()) sent.push(one)
const typeOf = ({ tx }: Sent): string => JSON.parse(Buffer.from(tx.split('.')[1] ?? '', 'base64url').toString()).type

/** The lab's trader over a node that shows other transactions, or another deal. */
const lying = (transactions: readonly Sent[], more: Partial<Trader> = {}): Trader => ({
  ...lab,
  transactions: async function* () {
    yield* transactions
  },
  ...more,
})
const refused = (trader: Trader, what: string, of: Task = task) =>
  assert.rejects(checkSigned(trader, keyOf, of), { code: 'receipt-broken' }, what)

test('R2 every signature of a deal is verified, the enclave’s too', async () => {
  assert.ok((await checkSigned(lying(sent), keyOf, task)) >= 10)
})

test('R2 a word that is dropped or whose signature does not hold is noticed', async () => {
  const needed = ['market.request', 'market.match', 'market.dataset', 'market.analysis', 'market.host', 'task.result']
  for (const type of [...needed, 'task.reserve']) {
    const found = sent.findIndex((one) => typeOf(one) === type)
    assert.notEqual(found, -1, type)
    await refused(lying(sent.filter((_, i) => i !== found)), `${type} dropped`)
    const [head, payload, signature = ''] = sent[found]?.tx.split('.') ?? []
    const tx = `${head}.${payload}.${signature.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))}`
    await refused(lying(sent.with(found, { ...(sent[found] as Sent), tx })), `${type} changed`)
  }
})

test('R2 another deal, another result, an organisation that is not pinned: refused', async () => {
  const deal = await lab.deal(id)
  await refused(lying(sent, { deal: async () => ({ ...deal, params: deal.analysis }) }), 'deal')
  await refused(lying(sent), 'result', { ...task, result: task.deal })
  await refused(lying(sent), 'deal digest', { ...task, deal: task.result ?? '' })
  await assert.rejects(
    checkSigned(lying(sent), (org) => (org === 'sample-host' ? [] : keyOf(org)), task),
    { code: 'receipt-broken' },
  )
})
