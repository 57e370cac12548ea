/** Each hospital keeps the bare entries of the others' logs: proven, cut off anywhere and taken up again; a log that lies is named. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64url, concat } from '@salus/base/bytes'
import { manualClock } from '@salus/base/testing'
import { logKeys } from '@salus/directory/consortium'
import { type Mirrored, mirrorEntries, mirroredOf, mirrorLength } from '@salus/journal/mirror'
import { rootOf } from '@salus/journal/regain'
import { leaves } from '@salus/journal/sources'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { quiet } from './hospitals.ts'
import { intake, world } from './people.ts'

/** A with more than a tile of entries, and B. */
async function two(entries: number) {
  const { clock } = manualClock()
  const all = await startConsortium(['saint-roch', 'cabinet-lilas'], { clock })
  const [a, b] = all as [TestHospital, TestHospital]
  const wa = world(a, clock)
  const grow = async (count: number) => {
    for (let i = 0; i < count; i++) await intake(wa)
  }
  await grow(entries)
  const close = async () => {
    for (const one of all) await one.node.close()
  }
  return { all, a, b, grow, close }
}

const mirrored = (b: Pick<TestHospital, 'node'>, origin: string) =>
  b.node.sources.tx(async (s) => {
    const head: Mirrored | undefined = await mirroredOf(s, origin)
    const length = await mirrorLength(s, origin)
    return { size: head?.size ?? 0, length, entries: await mirrorEntries(s, origin, 0, length) }
  })

/** B has exactly A's entries. */
async function same(b: Pick<TestHospital, 'node'>, a: TestHospital): Promise<void> {
  const size = a.node.journal.log.size()
  const here = await mirrored(b, a.origin)
  assert.deepEqual([here.size, here.length], [size, size])
  const theirs = concat(...(await a.node.sources.tx((s) => leaves(s, 0, size))))
  assert.equal(base64url(here.entries), base64url(theirs))
}

test('J32 a round brings the bare entries of the others’ logs, over the end of a tile, also after a restart, and nothing twice', async () => {
  const w = await two(250)
  await quiet(w.b)
  await same(w.b, w.a)
  await w.grow(10)
  await quiet(w.b)
  await same(w.b, w.a)
  const asked: string[] = []
  const again = await w.b.reopen({
    reach: (url, init) => {
      asked.push(url)
      return reachIn(w.all)(url, init)
    },
  })
  await again.node.replica.pull()
  assert.equal(asked.filter((url) => url.includes('/tile/')).length, 0, 'it has them')
  await w.grow(1)
  await again.node.replica.pull()
  assert.deepEqual(
    asked.filter((url) => url.includes('/tile/')).map((url) => new URL(url).pathname),
    ['/journal/tile/entries/001.p/5'],
  )
  await same(again, w.a)
  await again.node.close()
  await w.a.node.close()
})

test('J32 cut off in the middle it goes on there; an entry that the log did not sign is not kept, and its log is named', async () => {
  const w = await two(260)
  let [fail, flip] = [true, false]
  const again = await w.b.reopen({
    reach: async (url, init) => {
      if (fail && url.endsWith('/001.p/4')) throw new TypeError('cut off')
      const answer = await reachIn(w.all)(url, init)
      if (!flip || !url.includes('/entries/') || !url.includes('/tile/')) return answer
      const bytes = new Uint8Array(await answer.arrayBuffer())
      bytes[20] = (bytes[20] ?? 0) ^ 1
      return new Response(bytes)
    },
  })
  assert.deepEqual((await again.node.replica.pull()).lied, {}, 'who does not answer does not lie')
  const { size, length } = await mirrored(again, w.a.origin)
  assert.deepEqual([size, length], [0, 256], 'what has come stays, and is not believed yet')
  ;[fail, flip] = [false, true]
  const { lied, away } = await again.node.replica.pull()
  assert.deepEqual([lied, away], [{ 'proof-invalid': 1 }, [w.a.origin]])
  assert.deepEqual((await mirrored(again, w.a.origin)).length, 0, 'nothing of it is kept')
  flip = false
  assert.deepEqual((await again.node.replica.pull()).away, [])
  await same(again, w.a)
  await again.node.close()
  await w.a.node.close()
})

test('J32 a log that is shorter than it was, or has another past, is named; what was proven stays', async () => {
  const w = await two(5)
  const short = w.a.node.journal.checkpoint()
  await w.grow(3)
  await quiet(w.b)
  let change: 'shorter' | 'past' = 'shorter'
  const again = await w.b.reopen({
    reach: async (url, init) => {
      if (change === 'shorter' && url.endsWith('/journal/checkpoint')) return new Response(short)
      const answer = await reachIn(w.all)(url, init)
      if (change === 'shorter' || !url.includes('/tile/entries/')) return answer
      const bytes = new Uint8Array(await answer.arrayBuffer())
      bytes[5] = (bytes[5] ?? 0) ^ 1
      return new Response(bytes)
    },
  })
  assert.deepEqual((await again.node.replica.pull()).lied, { 'journal-behind': 1 })
  change = 'past'
  await w.grow(1)
  assert.deepEqual((await again.node.replica.pull()).lied, { 'proof-invalid': 1 })
  const { size, entries } = await mirrored(again, w.a.origin)
  assert.equal(size, 8)
  assert.equal(
    base64url(rootOf(entries, 8)),
    base64url(await w.a.node.views.tx((v) => w.a.node.journal.log.root(v, 8))),
  )
  assert.equal(logKeys(w.a.node.roots).length, 2)
  await again.node.close()
  await w.a.node.close()
})
