/** Invariants of the market under any sequence of acts: whoever acts, in whatever order, and whenever somebody dies. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import fc from 'fast-check'
import { type Order, openStates, priceOf, type Task } from './contract.ts'
import {
  datasetBody,
  fund,
  matched,
  orgName,
  SAMPLE_ORGS,
  type SampleMarket,
  type SampleOrg,
  type Stalls,
  sampleEnclave,
  sampleMarket,
  sampleShare,
  stalls,
} from './testing.ts'

const acts = [
  ...['match', 'decide', 'refuse', 'reserve', 'released', 'held', 'gated', 'deliver', 'fail', 'claim'],
  ...['deposit', 'draw', 'paid', 'close', 'reprice', 'wait'],
] as const
const step = fc.record({
  act: fc.constantFrom(...acts),
  org: fc.constantFrom(...SAMPLE_ORGS),
  pick: fc.nat(7),
  leg: fc.nat(1),
  amount: fc.integer({ min: 1, max: 400 }),
})
type Step = { act: (typeof acts)[number]; org: SampleOrg; pick: number; leg: number; amount: number }
type World = {
  market: SampleMarket
  at: Stalls
  tasks: string[]
  draws: string[]
  enclave: Awaited<ReturnType<typeof sampleEnclave>>
}

const isOpen = ({ state }: Task): boolean => (openStates as readonly string[]).includes(state)

/** What must hold after every block. */
function check({ market, at, tasks }: World): void {
  const { deposited, accounts, aside, out } = market.credits()
  const all = tasks.map((task) => market.task(task))
  const escrow = all.filter(isOpen).reduce((sum, task) => sum + priceOf(task), 0)
  assert.equal(accounts + aside + out + escrow, deposited, 'credits are conserved')
  for (const task of all) {
    const paid = Object.values(task.paid ?? {}).reduce((sum, one) => sum + one, 0)
    assert.ok(paid <= priceOf(task))
    assert.equal(isOpen(task), task.paid === undefined, 'an end is paid once, and only an end')
    if (task.state === 'settled') assert.equal(paid, priceOf(task))
    if (task.state === 'refunded') assert.equal(paid, 0)
    if (task.legs.some(({ reserved }) => reserved)) assert.ok(task.legs.every(({ allowed }) => allowed))
  }
  for (const id of [...at.offers.map(({ order }) => order), at.host.order, at.analysis.order]) {
    const order = market.machine.query('market/order', id) as Order
    assert.ok(order.used >= 0 && order.kind !== 'request' && order.used <= order.body.uses, 'never past its volume')
  }
}

async function play(world: World, { act, org, pick, leg, amount }: Step): Promise<void> {
  const { market, at, tasks, draws, enclave } = world
  const task = (tasks[pick % Math.max(1, tasks.length)] ?? market.id()) as never
  const order = at.offers[leg]?.order as never
  const result = digest('result')
  const sign = async (outcome: 'released' | 'held' | 'refused') => {
    const deal = tasks.length > 0 ? market.task(task).deal : result
    const signature = await enclave.outcome(deal, result, outcome)
    return market.send(org, 'task.result', { task, result, outcome, signature })
  }
  const how: Record<Step['act'], () => Promise<unknown>> = {
    async match() {
      const made = await matched(market, at)
      if (made.code === 'ok') tasks.push(made.task)
    },
    decide: () => market.send(org, 'task.decide', { task, order, allow: true }),
    refuse: () => market.send(org, 'task.decide', { task, order, allow: false }),
    reserve: async () =>
      market.send(org, 'task.reserve', { task, order, units: 1, enclave: enclave.key, verdict: digest('verdict') }),
    released: () => sign('released'),
    held: () => sign('held'),
    gated: () => sign('refused'),
    deliver: () => market.send(org, 'task.deliver', { task, order, share: sampleShare }),
    fail: () => market.send(org, 'task.fail', { task, cause: 'withdrawn' }),
    claim: () => market.send(org, 'task.claim', { task }),
    deposit: () =>
      market.send(org, 'credit.deposit', { deposit: market.id() as never, to: orgName('lab') as never, amount }),
    async draw() {
      const draw = market.id()
      if ((await market.send(org, 'credit.draw', { draw: draw as never, amount })) === 'ok') draws.push(draw)
    },
    paid: () => market.send(org, 'credit.paid', { draw: (draws[pick % Math.max(1, draws.length)] ?? task) as never }),
    close: () => market.send(org, 'market.close', { order }),
    reprice: async () => market.send(org, 'market.dataset', datasetBody(market, { set: at.offers[leg]?.set as never })),
    wait: () => market.send(org, 'task.claim', { task }, amount * 600_000),
  }
  await how[act]()
}

// The usual course, so that random acts meet tasks in every state.
const course: Step[] = [
  { act: 'match', org: 'lab', pick: 0, leg: 0, amount: 1 },
  { act: 'decide', org: 'alpha', pick: 0, leg: 0, amount: 1 },
  { act: 'reserve', org: 'alpha', pick: 0, leg: 0, amount: 1 },
  { act: 'reserve', org: 'beta', pick: 0, leg: 1, amount: 1 },
  { act: 'released', org: 'host', pick: 0, leg: 0, amount: 1 },
  { act: 'deliver', org: 'alpha', pick: 0, leg: 0, amount: 1 },
  { act: 'deliver', org: 'beta', pick: 0, leg: 1, amount: 1 },
]

test('M1 M18 M19 credits are conserved, nobody is paid twice, no order is overdrawn, and every task ends or can be ended', async () => {
  let ended = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(course.length), async (steps, cut) => {
      const market = await sampleMarket()
      await fund(market, 300)
      const at = await stalls(market, [{ byHand: true, uses: 3 }, { uses: 2 }])
      const world: World = { market, at, tasks: [], draws: [], enclave: await sampleEnclave() }
      for (const one of [...course.slice(0, cut), ...steps]) {
        await play(world, one)
        check(world)
      }
      // Everybody dies; the years pass; anybody ends what is left.
      for (const task of world.tasks.filter((one) => isOpen(market.task(one)))) {
        assert.equal(await market.send('gamma', 'task.claim', { task: task as never }, 400 * 86_400_000), 'ok')
        check(world)
      }
      ended += world.tasks.length
      assert.equal(
        world.tasks.some((task) => isOpen(market.task(task))),
        false,
      )
    }),
    { numRuns: 60 },
  )
  assert.ok(ended > 30, `${ended} tasks were played`)
})
