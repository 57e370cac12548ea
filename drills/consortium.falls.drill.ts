/** Four hospitals: one away, two away, lines cut, and kill -9 at random moments under load. Nothing acknowledged is lost, nothing forks. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { noComet } from '@salus/ledger/comet/testing'
import { createChance, timeLeft } from './budget.ts'
import { blocksOf, checkChains, type Net, publish, startNet, write } from './net.ts'

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

test('kill -9 of nodes and of CometBFT, alone and together, under load: nothing acknowledged is lost', {
  skip,
}, async (t) => {
  assert.ok(net)
  const chance = createChance()
  t.diagnostic(`seed ${chance.seed}`)
  const writers = all.map((nth) => write(net, nth))
  let kills = 0
  try {
    for (; kills < KILLS && timeLeft(); kills++) {
      const before = writers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0)
      for (let tries = 0; writers.reduce((sum, one) => sum + one.acknowledged.length, 0) < before + 4; tries++) {
        assert.ok(
          tries < 1_200,
          `blocks come again: ${JSON.stringify([...writers.map(({ refused }) => [...refused]), await net.running.status()])}`,
        )
        await wait(50)
      }
      await wait(chance.below(chance.pick([20, 300, 1_500])))
      // Mostly one; now and then two or all at once.
      const many = chance.pick([1, 1, 1, 2, 4])
      const hit = new Set(Array.from({ length: many }, () => 1 + chance.below(4)))
      const part = chance.pick(['node', 'comet', undefined] as const)
      await Promise.all([...hit].map((nth) => net.running.member(nth).kill(part)))
      await wait(chance.below(chance.pick([10, 1_000])))
      for (const nth of hit) net.running.member(nth).start()
    }
  } finally {
    for (const one of writers) await one.stop()
  }
  const seen = await checkChains(net, writers)
  t.diagnostic(`${kills} kills; ${JSON.stringify(seen)}; ${JSON.stringify(writers.map(({ refused }) => [...refused]))}`)
  assert.ok(seen.transactions >= 4 * kills)
  await t.test(`all ${KILLS} kills`, (each) => {
    if (kills < KILLS) each.skip(`${KILLS - kills} kills left, the time was used up`)
  })
})
