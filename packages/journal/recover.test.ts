import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { isAppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { capPages, damageLeaf, damageTile, dumpTables, forgetStatement } from './sample.store.ts'
import { createFault, createPerson, openTestJournal, type Person, type TestJournal } from './testing.ts'
import { verifyCheckpoint, verifyReceipt } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-recover-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const fresh = () => mkdtempSync(join(folder, 'one-'))
const failed = (error: unknown) => isAppError(error) && error.code === 'journal-failed'
const closed = (error: unknown) => isAppError(error) && error.code === 'journal-closed'
const LEAF = /INSERT INTO leaf/
const TILE = /INTO tile/

const copyViews = (from: string, to: string) => {
  for (const suffix of ['', '-wal']) copyFileSync(join(from, `views.db${suffix}`), join(to, `views.db${suffix}`))
}
const dropViews = (dir: string) => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `views.db${suffix}`), { force: true })
}
const dump = (sql: Sql) => sql.tx(dumpTables)

async function founded({ journal }: TestJournal): Promise<Person> {
  const person = await createPerson()
  await journal.accept({ items: [await person.found()] })
  return person
}
async function writes({ journal }: TestJournal, person: Person, count: number): Promise<void> {
  const items = await Promise.all(Array.from({ length: count }, (_, i) => person.write(`sample ${i}`)))
  for (let at = 0; at < count; at += 100) await journal.accept({ items: items.slice(at, at + 100) })
}
/** Sends the same until it is accepted, as a device does; the receipts verify. */
async function sendAgain(at: TestJournal, items: Awaited<ReturnType<Person['write']>>[]) {
  const all = await Promise.all(items.map((one) => at.journal.accept({ items: [one] })))
  for (const [i, [receipt]] of all.entries()) await verifyReceipt(items[i]!.statement, receipt!, [at.key])
  return all.map(([receipt]) => receipt!)
}
/** The head is signed, and the files hold exactly what it says when they are read anew. */
async function whole(dir: string, at: TestJournal): Promise<void> {
  const before = await verifyCheckpoint(at.journal.checkpoint(), [at.key])
  const tables = { sources: await dump(at.sources), views: await dump(at.views) }
  assert.equal(before.size, tables.sources.leaf!.length)
  await at.close()
  dropViews(dir)
  const again = await openTestJournal(dir)
  assert.deepEqual(await verifyCheckpoint(again.journal.checkpoint(), [again.key]), before)
  assert.deepEqual({ sources: await dump(again.sources), views: await dump(again.views) }, tables)
  await again.close()
}

test('J14 views that are dropped are made again, row for row, also after an erasure', async () => {
  const dir = fresh()
  const at = await openTestJournal(dir)
  const [one, two] = [await founded(at), await founded(at)]
  await writes(at, one, 600)
  await writes(at, two, 30)
  await at.journal.accept({ items: [await two.erase()] })
  await writes(at, one, 3)
  await whole(dir, at)
})

test('J14 views behind the sources after a crash are caught up', async () => {
  const [dir, aside] = [fresh(), fresh()]
  const at = await openTestJournal(dir)
  const person = await founded(at)
  await writes(at, person, 20)
  copyViews(dir, aside)
  await writes(at, person, 700)
  const [note, tables] = [at.journal.checkpoint(), await dump(at.views)]
  await at.close()
  dropViews(dir)
  copyViews(aside, dir)
  const again = await openTestJournal(dir)
  assert.equal(again.journal.checkpoint(), note)
  assert.deepEqual(await dump(again.views), tables)
  await sendAgain(again, [await person.write('goes on')])
  await whole(dir, again)
})

test('J16 views put back from before an erasure do not remember who was erased', async () => {
  const [dir, aside] = [fresh(), fresh()]
  const at = await openTestJournal(dir)
  const [gone, stays] = [await founded(at), await founded(at)]
  await writes(at, gone, 5)
  await writes(at, stays, 5)
  copyViews(dir, aside)
  await at.journal.accept({ items: [await gone.erase()] })
  const tables = await dump(at.views)
  await at.close()
  dropViews(dir)
  copyViews(aside, dir)
  const again = await openTestJournal(dir)
  assert.deepEqual(await dump(again.views), tables)
  await again.close()
})

test('J14 sources older than their views are an old backup: the log is not resumed', async () => {
  const [dir, aside] = [fresh(), fresh()]
  const at = await openTestJournal(dir)
  const person = await founded(at)
  await at.sources.settle()
  copyFileSync(join(dir, 'sources.db'), join(aside, 'sources.db'))
  await writes(at, person, 5)
  await at.close()
  copyFileSync(join(aside, 'sources.db'), join(dir, 'sources.db'))
  await assert.rejects(openTestJournal(dir), closed)
})

test('J15 a damaged tile is made again, never signed', async () => {
  const dir = fresh()
  const at = await openTestJournal(dir)
  const person = await founded(at)
  await writes(at, person, 300)
  const note = at.journal.checkpoint()
  const tables = await dump(at.views)
  await at.views.tx((v) => damageTile(v, 1, 0))
  await at.close()
  const again = await openTestJournal(dir)
  assert.equal(again.journal.checkpoint(), note)
  assert.deepEqual(await dump(again.views), tables)
  await again.close()
})

for (const [what, erased, refused] of [
  ['whose statement was erased', true, closed],
  ['whose statement is there', false, { code: 'content-damaged' }],
] as const) {
  test(`J15 a changed leaf ${what} is never signed again: without views the journal does not open`, async () => {
    const dir = fresh()
    const at = await openTestJournal(dir)
    await writes(at, await founded(at), 10)
    await at.sources.tx(async (s) => {
      await damageLeaf(s, 4)
      if (erased) await forgetStatement(s, 4)
    })
    await at.close()
    dropViews(dir)
    await assert.rejects(openTestJournal(dir), refused)
  })
}

for (const [file, pattern] of [
  ['sources', LEAF],
  ['views', TILE],
] as const) {
  for (const when of ['before', 'after'] as const) {
    test(`J12 a commit of ${file} that fails ${when} it is on disk loses nothing that was acknowledged`, async () => {
      const dir = fresh()
      const fault = createFault(pattern)
      const at = await openTestJournal(dir, { wrap: { [file]: fault.wrap } })
      const person = await founded(at)
      const acked = await person.write('acknowledged')
      const [old] = await at.journal.accept({ items: [acked] })
      const items = await Promise.all(Array.from({ length: 8 }, (_, i) => person.write(`in the group ${i}`)))
      fault.arm(when)
      const results = await Promise.allSettled(items.map((one) => at.journal.accept({ items: [one] })))
      for (const [i, one] of results.entries()) {
        if (one.status === 'fulfilled') await verifyReceipt(items[i]!.statement, one.value[0]!, [at.key])
        else assert.ok(failed(one.reason))
      }
      const lost = results.filter((one) => one.status === 'rejected').length
      // Only where the sources rolled back was anything lost; else the group counts, whatever the views said.
      assert.equal(lost > 0, file === 'sources' && when === 'before')
      const size = at.journal.log.size()
      const receipts = await sendAgain(at, [acked, ...items])
      assert.equal(receipts[0]!.index, old!.index)
      assert.equal(at.journal.log.size(), size + lost)
      await whole(dir, at)
    })
  }
}

test('J12 a full disk in the middle of a group loses nothing and writes nothing by halves', async () => {
  for (const file of ['sources', 'views'] as const) {
    const dir = fresh()
    const at = await openTestJournal(dir)
    const person = await founded(at)
    await writes(at, person, 3)
    const large = 'large '.repeat(10_000)
    const items = await Promise.all(
      Array.from({ length: 6 }, (_, i) => person.write(i % 2 ? `small ${i}` : `${large}${i}`)),
    )
    await at[file].tx((tx) => capPages(tx, 20))
    const results = await Promise.allSettled(items.map((one) => at.journal.accept({ items: [one] })))
    const lost = results.filter((one) => one.status === 'rejected')
    assert.ok(lost.length > 0, 'the disk was full')
    for (const one of lost) assert.ok(failed(one.reason))
    for (const [i, one] of results.entries()) {
      if (one.status === 'fulfilled') await verifyReceipt(items[i]!.statement, one.value[0]!, [at.key])
    }
    await at[file].tx((tx) => capPages(tx, 1_000_000))
    await sendAgain(at, items)
    await whole(dir, at)
  }
})

test('J12 a recovery that fails refuses everything, until the disk is read again', async () => {
  const dir = fresh()
  const fault = createFault(TILE)
  const at = await openTestJournal(dir, { wrap: { views: fault.wrap } })
  const person = await founded(at)
  const items = [await person.write('a'), await person.write('b')]
  fault.arm('before', 2)
  for (const one of items) await assert.rejects(at.journal.accept({ items: [one] }), failed)
  await assert.rejects(at.journal.receiptAt(0), failed)
  assert.equal((await verifyCheckpoint(at.journal.checkpoint(), [at.key])).size, 1, 'what was signed stays true')
  assert.equal(await at.journal.catchUp(), 1, 'the first of them was in the sources')
  const receipts = await sendAgain(at, items)
  assert.deepEqual(
    receipts.map((one) => one.index),
    [1, 2],
  )
  await whole(dir, at)
})

test('J12 an answer that fails after the group is durable costs the answer only', async () => {
  const dir = fresh()
  let broken = false
  const settle = (sql: Sql): Sql => ({
    ...sql,
    settle: async () => {
      if (broken) throw new Error('the disk failed (a fault of the test)')
      await sql.settle()
    },
  })
  const at = await openTestJournal(dir, { wrap: { sources: settle } })
  const [gone, stays] = [await founded(at), await founded(at)]
  const items = [await stays.write('a'), await stays.write('b')]
  broken = true
  const results = await Promise.allSettled(
    [await gone.erase(), ...items].map((one) => at.journal.accept({ items: [one] })),
  )
  assert.ok(
    results.some((one) => one.status === 'rejected' && failed(one.reason)),
    'no receipt before it is settled',
  )
  broken = false
  await sendAgain(at, items)
  await whole(dir, at)
})

test('J14 catching up while groups are written harms neither', async () => {
  const dir = fresh()
  const at = await openTestJournal(dir)
  const person = await founded(at)
  let writing = true
  let caught = 0
  const catching = async () => {
    while (writing) {
      assert.equal(await at.journal.catchUp(), 0)
      caught++
      await setImmediate()
    }
  }
  const all = [catching(), catching()]
  for (let i = 0; i < 60; i++)
    await sendAgain(at, [await person.write(`sample ${i}`), await person.write(`other ${i}`)])
  writing = false
  await Promise.all(all)
  assert.ok(caught > 20, `${caught} times in between`)
  await whole(dir, at)
})
