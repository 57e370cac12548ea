/** A log that shows less than it did, or one history to some and another to others: every hospital's administrator is told, by name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { mirrorEntries, mirroredOf, mirrorRow, saveMirrorRow } from '@salus/journal/mirror'
import { formatCheckpoint, signNote } from '@salus/journal/note'
import { rootOf } from '@salus/journal/regain'
import { witnessRequest } from '@salus/journal/witness'
import type { Live } from '@salus/ledger/live'
import { readFounded } from '@salus/node-app/found'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { newPatient, world } from './people.ts'

async function three() {
  const { clock, advance } = manualClock()
  const all = await startConsortium(['saint-roch', 'cabinet-lilas', 'hopital-nord'], { clock, witnessed: true })
  const [a, b, c] = all as [TestHospital, TestHospital, TestHospital]
  await newPatient(world(a, clock))
  for (const one of [b, c]) await one.node.replica.pull()
  return { all, a, b, c, advance, wa: world(a, clock) }
}

/** Which of the others' journals are in doubt there, and as what. */
async function doubts({ fetch }: Pick<TestHospital, 'fetch'>, advance: (ms: number) => void): Promise<string[]> {
  advance(1_000)
  const live = (await (await fetch('http://node.test/consortium/live', {})).json()) as Live
  assert.deepEqual(
    [...new Set(live.doubts.map(({ alarm }) => alarm))],
    live.alarms.filter((one) => /^other-/.test(one)),
  )
  return live.doubts.map(({ org, alarm }) => `${org} ${alarm}`)
}

/** A checkpoint of A's own key over entries that its log never held. */
async function forged({ dir, node, origin }: TestHospital) {
  const { logKey } = await readFounded(dir)
  const size = node.journal.log.size()
  return signNote(
    formatCheckpoint({ origin, size, root: systemRandom(32) }),
    logKey.key,
    async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', logKey.privateKey, message)),
  )
}

test('N31 a log that shows less than it showed is named at every other hospital, until it shows it again', async () => {
  const { all, a, b, c, advance, wa } = await three()
  const less = a.node.journal.checkpoint()
  await newPatient(wa)
  for (const one of [b, c]) await one.node.replica.pull()
  let short = true
  const reach: ReturnType<typeof reachIn> = async (url, init) =>
    short && url === `${a.url}/journal/checkpoint` ? new Response(less) : reachIn(all)(url, init)
  const [again, also] = [await b.reopen({ reach }), await c.reopen({ reach })]
  for (const one of [again, also]) {
    await one.node.replica.pull()
    assert.deepEqual(await doubts(one, advance), ['saint-roch-node other-behind'])
  }
  short = false
  for (const one of [again, also]) {
    await one.node.replica.pull()
    assert.deepEqual(await doubts(one, advance), [])
  }
  for (const one of [again, also, a]) await one.node.close()
})

test('N31 two histories under one key, one of them shown to a single witness: all are told, for good, and the log’s own node closes', async () => {
  const { all, a, b, c, advance } = await three()
  const note = await forged(a)
  const answer = await b.fetch('http://node.test/witness/add-checkpoint', {
    ...{ method: 'POST', body: witnessRequest(0, [], note), headers: { 'content-type': 'text/plain' } },
  })
  assert.equal((await b.fetch('http://node.test/health', {})).status, 200)
  assert.notEqual(answer.status, 200, 'it is not cosigned where the entries are known')
  // One round each: nobody showed it to the third.
  await b.node.replica.pull()
  await c.node.replica.pull()
  for (const one of [b, c]) assert.deepEqual(await doubts(one, advance), ['saint-roch-node other-split'])
  const again = await c.reopen({ reach: reachIn(all) })
  await again.node.replica.pull().catch(() => undefined)
  assert.deepEqual(await doubts(again, advance), ['saint-roch-node other-split'], 'it is not forgotten')
  await a.node.replica.pull().catch(() => undefined)
  advance(1_000)
  const own = (await (await a.fetch('http://node.test/consortium/live', {})).json()) as Live
  assert.ok(own.alarms.includes('journal-shut'))
  for (const one of [again, b]) await one.node.close()
  await a.node.close().catch(() => undefined)
})

test('N31 what no log signed, or what the log does hold, accuses nobody', async () => {
  const { a, b, c, advance, wa } = await three()
  const old = a.node.journal.checkpoint()
  await newPatient(wa)
  for (const one of [b, c]) await one.node.replica.pull()
  const stranger = (await forged(a)).replace(
    /— (\S+) (\S+)/,
    (_, name, line) => `— ${name} ${line.slice(0, 8)}${'A'.repeat(80)}`,
  )
  for (const note of [old, stranger]) {
    const body = witnessRequest(0, [], note)
    await b.fetch('http://node.test/witness/add-checkpoint', { method: 'POST', body })
    await b.node.replica.pull()
    await c.node.replica.pull()
    for (const one of [b, c]) assert.deepEqual(await doubts(one, advance), [])
  }
  for (const one of [a, b, c]) await one.node.close()
})

test('N31 J32 a copy that was damaged here accuses nobody: it is fetched again, and goes on', async () => {
  const { all, a, b, c, advance, wa } = await three()
  const damage = () =>
    b.node.sources.tx(async (s) => {
      const row = (await mirrorRow(s, a.origin, 0)) as Uint8Array
      row[40] = (row[40] ?? 0) ^ 1
      await saveMirrorRow(s, a.origin, 0, row)
    })
  await damage()
  // While it is not known yet, what A truly signed is judged against nothing that is damaged.
  const body = witnessRequest(0, [], a.node.journal.checkpoint())
  await b.fetch('http://node.test/witness/add-checkpoint', { method: 'POST', body })
  assert.deepEqual(await doubts(b, advance), [])
  const again = await b.reopen({ reach: reachIn(all) })
  await newPatient(wa)
  const { lied, away } = await again.node.replica.pull()
  assert.deepEqual([lied, away], [{}, []])
  assert.deepEqual(await doubts(again, advance), [])
  const size = (await again.node.sources.tx((s) => mirroredOf(s, a.origin)))?.size
  assert.equal(size, a.node.journal.log.size())
  const whole = await again.node.sources.tx((s) => mirrorEntries(s, a.origin, 0, size ?? 0))
  assert.deepEqual(rootOf(whole, size ?? 0), await a.node.views.tx((v) => a.node.journal.log.root(v, size ?? 0)))
  for (const one of [again, a, c]) await one.node.close()
})

test('N31 an honest checkpoint that anybody shows again does not push out one that still has to be judged', async () => {
  const { a, b, c, advance, wa } = await three()
  const old = a.node.journal.checkpoint()
  await newPatient(wa)
  const note = await forged(a)
  // More entries than B has yet: it cannot tell, and keeps it.
  for (const shown of [note, old, old])
    await b.fetch('http://node.test/witness/add-checkpoint', { method: 'POST', body: witnessRequest(1, [], shown) })
  await b.node.replica.pull()
  assert.deepEqual(await doubts(b, advance), ['saint-roch-node other-split'])
  for (const one of [b, c]) await one.node.close()
  await a.node.close().catch(() => undefined)
})
