import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Adoption } from './adopt.ts'
import { adoptedTo, saveShared, sharedWith } from './adopted.store.ts'
import { MAX_MOVES, type Move } from './contract.ts'
import { ALWAYS, handedFrom } from './handing.ts'
import { type Lent, lentFrom } from './mirror.store.ts'
import { lastStay, type Stay, saveStay } from './moved.store.ts'
import {
  begun,
  hand,
  handed,
  home,
  NAMES,
  type Name,
  notes,
  projector,
  refusedWith,
  same,
  take,
  type World,
} from './moved.testing.ts'
import { returnHome } from './moves.ts'
import { chainAfter } from './sources.store.ts'
import { parseStatement } from './statement.ts'
import { openTestJournal } from './testing.ts'

/** From which entry on each of a log's entries is handed to another, that was always given the chain. */
async function starts(w: World, from: Name, to: Name) {
  return w[from].sources.tx(async (s) => {
    const rows = await chainAfter(s, w.person.handle, 0, 500)
    const found = []
    for (const row of rows) found.push(await handedFrom(s, projector.kindOf(row.type), row, NAMES[to], 0))
    return { rows, found }
  })
}

test('J34 a log that the chain came to and left at once gives it from its beginning: nobody else can', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await take(w, 'b', await w.person.move(NAMES.a, { aud: NAMES.b }))
  const { rows, found } = await starts(w, 'b', 'a')
  const came = rows.at(-2)?.idx
  assert.deepEqual(found.slice(-2), [came, came], 'at the entry that brought it, the chain is given')
  await hand(w, 'b', 'a')
  await take(w, 'a', await w.person.write('home again'))
  await w.close()
})

test('J34 what was done where nobody had heard of the move is handed to the home of then too, whenever it asks', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await take(w, 'c', await w.person.see('between', { aud: NAMES.c }))
  // The new home has asked c before c knew of it; now c knows.
  await hand(w, 'b', 'c')
  assert.equal(await home(w, 'c'), NAMES.b)
  const { rows, found } = await starts(w, 'c', 'a')
  const nth = rows.findIndex(({ token }) => /between/.test(atob(token.split('.')[1] ?? '')))
  assert.equal(found[nth], ALWAYS)
  await w.close()
})

test('J34 an erasure reaches whoever had the chain from the old home and has not heard of the new one', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  // The last that the old home hands on; who had it is written down.
  await hand(w, 'a', 'c')
  await w.a.sources.tx((s) => saveShared(s, NAMES.c, [w.person.handle]))
  assert.deepEqual(await w.a.sources.tx((s) => sharedWith(s, w.person.handle)), [NAMES.c])
  await take(w, 'b', await w.person.erase({ aud: NAMES.b }))
  for (const [from, to] of [
    ['b', 'a'],
    ['a', 'c'],
  ] as const) {
    const { idx = -1 } = (await w[from].sources.tx((s) => s.get<{ idx: number }>('SELECT idx FROM departed'))) ?? {}
    const found = await w[from].journal.partingAt(idx)
    const at = { origin: NAMES[from], at: found?.stored.at, receipt: found?.receipt }
    await w[to].journal.adopt([{ statement: found?.stored.token, packets: [], home: at } as Adoption])
    for (const table of ['stay', 'moved', 'adopted', 'statement'])
      assert.deepEqual(await w[to].sources.tx((s) => s.all(`SELECT * FROM ${table}`)), [], `${to}: ${table}`)
  }
  await w.close()
})

test('J34 what is held back on its way is asked for from its beginning: its first entry says how it came', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  for (const one of (await handed(w, 'b')).slice(0, 2)) await w.a.journal.adopt([one])
  assert.equal(await w.a.sources.tx((s) => adoptedTo(s, w.person.handle, NAMES.b)), 0)
  await hand(w, 'b', 'a')
  assert.equal(await w.a.sources.tx((s) => adoptedTo(s, w.person.handle, NAMES.b)), (await handed(w, 'b')).length)
  await w.close()
})

test('J34 a home that gives a wrong number, or another’s, is refused by name', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  const all = await handed(w, 'b')
  const telling = (nth: number, shown: number): Adoption =>
    ({ ...all[nth], home: { ...all[nth]?.home, shown } }) as Adoption
  const [first, second] = all
  await w.d.journal.adopt([first as Adoption])
  for (const shown of [1, 0, 2 ** 40 + 2, 2 ** 41 + 2])
    await assert.rejects(w.d.journal.adopt([telling(1, shown)]), refusedWith('home-gap'), String(shown))
  await w.d.journal.adopt([second as Adoption])
  // What b read: not the number of another, nor one that only its own log gives.
  const look = all.findIndex(({ home: at }) => (at?.shown ?? 0) > 2 ** 41)
  assert.equal(look, 2)
  for (const shown of [2, 2 ** 40 + 3, 2 ** 50])
    await assert.rejects(w.d.journal.adopt([telling(look, shown)]), refusedWith('home-gap'), String(shown))
  for (const one of all.slice(2, -1)) await w.d.journal.adopt([one])
  // The move itself: its own receipt says its number.
  await assert.rejects(w.d.journal.adopt([telling(all.length - 1, 6)]), refusedWith('home-gap'))
  await w.d.journal.adopt(all.slice(-1))
  // Who had it from the old home knows better.
  await assert.rejects(w.c.journal.adopt([first as Adoption, telling(1, 9)]), refusedWith('home-gap'))
  await hand(w, 'b', 'c')
  for (const at of ['c', 'd'] as const) await same(w, at)
  await w.close()
})

test('J34 an old home that goes on after its last word is taken no further, and spoils nothing of the new one’s', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await hand(w, 'a', 'c')
  await w.a.sources.tx((s) => s.run('DELETE FROM stay'))
  for (const words of ['6', '7', '8', '9']) await take(w, 'a', await w.person.write(`stays at a ${words}`))
  await assert.rejects(hand(w, 'a', 'c'), refusedWith('home-elsewhere'))
  await take(w, 'b', await w.person.write('three', { aud: NAMES.b }))
  await hand(w, 'b', 'c')
  assert.equal(await home(w, 'c'), NAMES.b)
  await same(w, 'c')
  await w.close()
})

test('J34 whoever has moved as often as can be shown moves no more', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await w.b.sources.tx(async (s) => {
    const stay = await lastStay(s, w.person.handle)
    const moves = Array.from({ length: MAX_MOVES }, () => stay?.moves[0] as Move)
    await saveStay(s, w.person.handle, { ...(stay as Stay), moves })
  })
  await assert.rejects(take(w, 'b', await w.person.move(NAMES.c, { aud: NAMES.b })), refusedWith('home-moves-over'))
  await take(w, 'b', await w.person.write('stays', { aud: NAMES.b }))
  await w.close()
})

test('J34 a log that is made again takes no number from its keepers that something else has, or that none could be', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await hand(w, 'b', 'c')
  const lent = await w.c.sources.tx((s) => lentFrom(s, NAMES.b, 0, 500))
  await w.d.sources.tx(async (s) => {
    const back = (nth: number, shown: number) => {
      const { home: idx, chain, number, token, salt } = lent[nth] as Lent
      const row = { idx, chain, number, token, salt, type: parseStatement(token).type, entry: salt }
      return returnHome(s, projector, { own: NAMES.b, row, shown, moves: [] })
    }
    await back(0, 1)
    for (const shown of [1, 3, 2 ** 40]) await assert.rejects(back(1, shown), refusedWith('home-gap'), String(shown))
    await back(1, 2)
  })
  await w.close()
})

test('J34 an old home that is put back from before the move learns of it by its own receipt, and takes nothing', async () => {
  const w = await begun()
  const before = mkdtempSync(join(tmpdir(), 'salus-moved-back-'))
  await w.a.sources.settle()
  cpSync(w.dirs.a as string, before, { recursive: true })
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await take(w, 'b', await w.person.write('three', { aud: NAMES.b }))
  const back = await openTestJournal(before, { clock: w.clock, homes: [w.b.key, w.c.key, w.d.key] })
  const there = { ...w, a: back }
  assert.equal(await home(there, 'a'), undefined, 'it knows nothing yet')
  await hand(there, 'b', 'a')
  assert.equal(await home(there, 'a'), NAMES.b)
  await assert.rejects(take(there, 'a', await w.person.write('too late')), refusedWith('home-elsewhere'))
  assert.ok((await notes(there, 'a')).some((one) => one.endsWith('three')))
  await same(there, 'a')
  await back.close()
  await w.close()
})

test('J34 what is sent while the home leaves is taken before the last word, or not at all', async () => {
  const w = await begun()
  const all = [
    w.person.write('first', {}),
    w.person.move(NAMES.b),
    w.person.write('second', {}),
    w.person.move(NAMES.c),
  ].map(async (one) => take(w, 'a', await one))
  const said = await Promise.allSettled(all)
  const taken = said.filter((one) => one.status === 'fulfilled').length
  for (const one of said) if (one.status === 'rejected') refusedWith('home-elsewhere')(one.reason)
  const rows = await w.a.sources.tx((s) => chainAfter(s, w.person.handle, 4, 500))
  assert.equal(rows.length, taken, 'beside the four of before')
  assert.equal(rows.filter((one) => one.type === 'SampleMoved').length, 1)
  const last = rows.at(-1)
  assert.equal(last?.type, 'SampleMoved')
  await same(w, 'a')
  await w.close()
})
