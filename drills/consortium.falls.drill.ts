/** Four hospitals: one away, two away, lines cut, and kill -9 at random moments under load. Nothing acknowledged is lost, nothing forks. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { noComet } from '@salus/ledger/comet/testing'
import { type Chance, createChance, timeLeft } from './budget.ts'
import { came } from './load.ts'
import { blocksOf, checkChains, type Net, publish, startNet, type Writer, write } from './net.ts'
import { headsOn, startWork, type Working } from './work.ts'

const skip = noComet()
/** A few by default; all fifty on demand. */
const KILLS = process.env.SALUS_DRILL_FULL === '1' ? 50 : 15
const net: Net | undefined = skip ? undefined : await startNet()
after(() => net?.stop())
const all = [1, 2, 3, 4]

const heights = async (numbers: readonly number[]) =>
  Promise.all(numbers.map(async (nth) => (await (net as Net).height(nth)) ?? -1))

/** No block comes for three seconds, although something waits. */
async function assertStill(numbers: readonly number[]): Promise<void> {
  // What was under way when the line fell may still come.
  await wait(1_500)
  const before = await heights(numbers)
  await wait(3_000)
  assert.deepEqual(await heights(numbers), before, 'no new block')
}

test('one of four away: everything goes on; two away: no block, no fork, what is local is read; both back: it goes on by itself', {
  skip,
}, async () => {
  assert.ok(net)
  const desk = await net.desk(1)
  await publish(desk, 1)
  await net.running.member(4).kill()
  const one = await publish(desk, 2)
  await net.running.member(3).kill()
  const waiting = publish(desk, 3)
  waiting.catch(() => undefined)
  await assertStill([1, 2])
  assert.equal((await net.running.status()).quorum, false)
  // Reads of what is here go on.
  assert.ok((await blocksOf(desk)).length >= one.height)
  net.running.member(3).start()
  net.running.member(4).start()
  assert.ok((await waiting).height > one.height, 'what waited was taken by itself')
  await net.settle()
  await checkChains(net, [])
})

test('lines cut two and two, then three and one, then whole: no fork, and all come to the same', { skip }, async () => {
  assert.ok(net)
  const [one, three, four] = [await net.desk(1), await net.desk(3), await net.desk(4)]
  await publish(one, 10)
  net.running.partition([
    [1, 2],
    [3, 4],
  ])
  const waiting = [publish(one, 11), publish(three, 11)]
  for (const each of waiting) each.catch(() => undefined)
  await assertStill(all)
  net.running.partition([])
  await Promise.all(waiting)
  net.running.partition([[1, 2, 3], [4]])
  const apart = publish(four, 12)
  apart.catch(() => undefined)
  await publish(one, 13)
  await publish(three, 14)
  const [mine = 0, , , theirs = 0] = await heights(all)
  assert.ok(theirs < mine, 'whoever is alone stays where it was')
  net.running.partition([])
  await apart
  await net.settle()
  await checkChains(net, [])
})

/** Hospitals where people deposit, ask, approve, read and take back meanwhile. */
const WORKING = [1, 2]

const ERRANDS = ['deposit', 'approve', 'read', 'revoke'] as const

/** One kill: mostly of one hospital, now and then of two or all, a part of it or both. */
async function strike({ running }: Net, chance: Chance, working: readonly Working[]): Promise<void> {
  const many = chance.pick([1, 1, 1, 2, 4])
  const hit = new Set(Array.from({ length: many }, () => 1 + chance.below(4)))
  const part = chance.pick(['node', 'comet', undefined] as const)
  if (part !== 'comet') for (const one of working) if (hit.has(one.nth)) one.fell()
  await Promise.all([...hit].map((nth) => running.member(nth).kill(part)))
  await wait(chance.below(chance.pick([10, 1_000])))
  for (const nth of hit) running.member(nth).start()
}

/** Work goes on at all four desks, and at the hospitals with people. */
async function until(writers: readonly Writer[], working: readonly Working[]): Promise<void> {
  const [said, heard] = [
    () => writers.map((one) => one.acknowledged.length),
    () => working.map((one) => one.heard.receipts.size),
  ]
  const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0)
  const [before, worked] = [sum(said()), heard()]
  const goesOn = () => sum(said()) >= before + 4 && heard().every((one, i) => one >= (worked[i] ?? 0) + 3)
  for (let tries = 0; !goesOn(); tries++) {
    const stuck = () => JSON.stringify([said(), heard(), writers.map(({ refused }) => [...refused])])
    assert.ok(tries < 1_200, `blocks and receipts come again: ${stuck()}`)
    await wait(50)
  }
}

test('kill -9 of nodes and of CometBFT, alone and together, under load: nothing acknowledged is lost', {
  skip,
}, async (t) => {
  assert.ok(net)
  const chance = createChance()
  t.diagnostic(`seed ${chance.seed}`)
  const working: Working[] = []
  for (const nth of WORKING) working.push(await startWork(net, nth, chance))
  const writers = all.map((nth) => write(net, nth))
  let kills = 0
  try {
    for (; kills < KILLS && timeLeft(0.6); kills++) {
      await until(writers, working)
      await wait(chance.below(chance.pick([20, 300, 1_500])))
      await strike(net, chance, working)
    }
    // On a fast machine the kills are over before chance came to every errand.
    while (kills === KILLS && !working.every(({ load }) => came(load, ERRANDS)) && timeLeft(0.75)) await wait(200)
  } finally {
    for (const one of [...writers, ...working.map(({ load }) => load)]) await one.stop()
  }
  const seen = await checkChains(net, writers)
  t.diagnostic(`${kills} kills; ${JSON.stringify(seen)}; ${JSON.stringify(writers.map(({ refused }) => [...refused]))}`)
  assert.ok(seen.transactions >= 4 * kills)
  for (const { nth, load, checkPeople } of working) {
    t.diagnostic(`hospital ${nth}: done ${JSON.stringify(load.done)}; cut ${JSON.stringify(load.ended)}`)
    assert.deepEqual([...load.unexplained], [], 'what ended an errand was the fall of its node, or a race')
    t.diagnostic(`hospital ${nth}: there ${JSON.stringify(await checkPeople())}`)
    // Whoever had no time for the kills had none for these either.
    if (kills < KILLS) continue
    assert.ok(came(load, ERRANDS), JSON.stringify(load.done))
  }
  const heads = await headsOn(net, 1)
  await net.running.stop()
  for (const { nth, checkFolder } of working) {
    t.diagnostic(`hospital ${nth}: verified ${JSON.stringify(await checkFolder(heads))}`)
  }
  await t.test(`all ${KILLS} kills`, (each) => {
    if (kills < KILLS) each.skip(`${KILLS - kills} kills left, the time was used up`)
  })
})
