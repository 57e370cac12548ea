/** A record longer than one answer is handed over page by page: each entry once, in order, from wherever the last page ended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { manualClock } from '@salus/base/testing'
import { setCircle } from '@salus/directory/device/circle'
import { findKeyring } from '@salus/directory/device/verify'
import { submit } from '@salus/journal/device'
import { REPLICA_LETTERS, REPLICA_PAGE, type ReplicaPage } from '@salus/journal/replica'
import { reachIn, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { deposit } from '@salus/records/device/author'
import { entriesOf } from './hospitals.ts'
import { deskAuthor, newPatient, world } from './people.ts'

/** Pages that B is given of `count` documents of so many letters that a patient of A wants there. */
async function handed(count: number, letters: number) {
  const { clock } = manualClock()
  const pages: ReplicaPage[] = []
  const opened: TestHospital[] = []
  const reach = async (url: string, init: RequestInit) => {
    const answer = await reachIn(opened)(url, init)
    const { pathname, searchParams } = new URL(url)
    assert.notEqual(pathname, '/replica/chain', 'nothing was left out that must be asked for again')
    const kept = pathname === '/replica/entries' && searchParams.get('only') !== 'stops' && url.startsWith(a.url)
    if (kept) pages.push((await answer.clone().json()) as ReplicaPage)
    return answer
  }
  opened.push(...(await startConsortium(['saint-roch', 'cabinet-lilas'], { clock, reach })))
  const [a, b] = opened as [TestHospital, TestHospital]
  const patient = await newPatient(world(a, clock))
  const { handle } = patient.keys
  const desk = await deskAuthor(world(a, clock))
  const { keyring } = await findKeyring(desk.link, handle)
  const fhir = utf8(JSON.stringify({ resourceType: 'Basic', text: 'x'.repeat(letters) }))
  const made = Array.from({ length: count }, () => deposit(desk.link, desk, keyring, { category: 'results', fhir }))
  const items = (await Promise.all(made)).map((one) => one.item)
  for (let at = 0; at < count; at += 50) await submit(desk.link.call, desk.link.logs, items.slice(at, at + 50))
  await setCircle(patient.link, patient.keys, ['cabinet-lilas'] as never)
  const { held, away, lied } = await b.node.replica.pull()
  assert.deepEqual([held, away, lied], [{}, [], {}])
  assert.equal(await entriesOf(b, handle), await entriesOf(a, handle))
  const tokens = pages.flatMap((one) => one.entries.map(({ statement }) => statement))
  assert.equal(new Set(tokens).size, tokens.length, 'each once')
  for (const one of opened) await one.node.close()
  return pages.map(({ entries }) => ({
    count: entries.length,
    letters: entries.reduce((sum, one) => sum + (one.small?.length ?? 0), 0),
  }))
}

test('N22 a page holds so many entries, and the next goes on within the chain', async () => {
  const pages = await handed(REPLICA_PAGE + 30, 10)
  assert.equal(pages[0]?.count, REPLICA_PAGE)
  assert.ok(pages.length > 1)
})

test('N22 a page holds so many letters, one entry more at most', async () => {
  const pages = await handed(195, 16_000)
  assert.ok(pages.length > 1)
  assert.ok(
    pages.every((one) => one.count < REPLICA_PAGE),
    JSON.stringify(pages),
  )
  for (const one of pages) assert.ok(one.letters < REPLICA_LETTERS + 40_000, String(one.letters))
  assert.ok((pages[0]?.letters ?? 0) > REPLICA_LETTERS / 2)
})
