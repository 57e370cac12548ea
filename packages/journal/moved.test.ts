import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import type { Adoption } from './adopt.ts'
import { adoptedTo, homeOf, saveShared, sharedWith } from './adopted.store.ts'
import { MAX_MOVES, type Move, type Receipt, type SubmissionItem } from './contract.ts'
import { ALWAYS, handedFrom } from './handing.ts'
import { toldOf } from './home.ts'
import { inspectSources } from './inspect.ts'
import { type Lent, lentFrom } from './mirror.store.ts'
import { lastStay, type Stay, saveStay } from './moved.store.ts'
import { returnHome } from './moves.ts'
import { createProjector } from './project.ts'
import { dumpTables } from './sample.store.ts'
import { chainAfter } from './sources.store.ts'
import { parseStatement } from './statement.ts'
import { createPerson, openTestJournal, SAMPLE_ORIGIN, sampleSlice, type TestJournal } from './testing.ts'
import { clearViews } from './tiles.store.ts'

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}
const NAMES = { a: SAMPLE_ORIGIN, b: 'journal.b.example', c: 'journal.c.example', d: 'journal.d.example' } as const
type Name = keyof typeof NAMES
const names = Object.keys(NAMES) as Name[]
const projector = createProjector([sampleSlice])

/** Four logs that know each other's keys, and a person. */
async function consortium() {
  const { clock } = manualClock()
  const dirs = Object.fromEntries(names.map((one) => [one, mkdtempSync(join(tmpdir(), `salus-moved-${one}-`))]))
  const keys = new Map<Name, TestJournal['key']>()
  for (const one of names) {
    const opened = await openTestJournal(dirs[one] as string, { origin: NAMES[one], clock })
    keys.set(one, opened.key)
    await opened.close()
  }
  const logs = {} as Record<Name, TestJournal>
  for (const one of names) {
    const homes = names.flatMap((other) => (other === one ? [] : [keys.get(other) as TestJournal['key']]))
    logs[one] = await openTestJournal(dirs[one] as string, { origin: NAMES[one], homes, clock })
  }
  const person = await createPerson({ clock, random: (n) => crypto.getRandomValues(new Uint8Array(n)) })
  const close = () => Promise.all(names.map((one) => logs[one].close()))
  return { ...logs, dirs, person, clock, close }
}
type World = Awaited<ReturnType<typeof consortium>>

/** The person's chain as a log hands it on, whole. */
async function handed(w: World, from: Name): Promise<Adoption[]> {
  const { journal, sources } = w[from]
  const rows = await sources.tx((s) => chainAfter(s, w.person.handle, 0, 500))
  return Promise.all(
    rows.map(async (row) => {
      const told = await sources.tx((s) => toldOf(s, projector.kindOf(row.type), row))
      const receipt = (await journal.receiptAt(row.idx))?.receipt as Receipt
      return {
        statement: row.token,
        packets: [],
        home: { origin: NAMES[from], at: row.at, receipt, ...told },
      } as Adoption
    }),
  )
}

/** Everything that `from` has, once more, to `to`; what was done there only, where `only` says so. */
async function hand(w: World, from: Name, to: Name, only: 'all' | 'looks' = 'all'): Promise<void> {
  for (const one of await handed(w, from)) {
    const look = projector.read({ token: one.statement }).statement.type === 'SampleSeen'
    if (only === 'all' || look) await w[to].journal.adopt([one])
  }
}

const take = async (w: World, at: Name, item: SubmissionItem) => w[at].journal.accept({ items: [item] })
const home = async (w: World, at: Name) => (await w[at].sources.tx((s) => homeOf(s, w.person.handle)))?.origin
const notes = async (w: World, at: Name) =>
  (await w[at].views.tx((v) => v.all('SELECT number, words FROM sample_note ORDER BY number, words'))).map(
    ({ number, words }) => `${number} ${words}`,
  )

/** Nothing was lost or written that a new start would not write. */
async function same(w: World, at: Name): Promise<void> {
  const { views, journal, sources, key } = w[at]
  const before = await views.tx(dumpTables)
  await views.tx(clearViews)
  await journal.catchUp()
  assert.deepEqual(await views.tx(dumpTables), before, `${at}: the views, made again`)
  const policy = { logs: [], nodes: new Map(), quorum: 'none' }
  assert.deepEqual((await inspectSources(sources, [sampleSlice], { key, policy })).faults, {})
}

/** At home at a; b and c have all of it; b and c have looked, of which a knows only the one at c. */
async function begun(): Promise<World> {
  const w = await consortium()
  await take(w, 'a', await w.person.found())
  await take(w, 'a', await w.person.write('one'))
  for (const to of ['b', 'c'] as const) await hand(w, 'a', to)
  await take(w, 'c', await w.person.see('c looked', { aud: NAMES.c }))
  await hand(w, 'c', 'a', 'looks')
  await take(w, 'b', await w.person.see('b looked', { aud: NAMES.b }))
  await take(w, 'a', await w.person.write('two'))
  return w
}

test('J34 a home moves: the old one takes nothing more, the new one goes on where it ended, the others follow', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await assert.rejects(take(w, 'a', await w.person.write('too late')), refusedWith('home-elsewhere'))
  await assert.rejects(take(w, 'b', await w.person.write('too early', { aud: NAMES.b })), refusedWith('home-elsewhere'))
  await hand(w, 'a', 'b')
  assert.deepEqual([await home(w, 'a'), await home(w, 'b'), await home(w, 'c')], [NAMES.b, undefined, NAMES.a])
  await take(w, 'b', await w.person.write('three', { aud: NAMES.b }))
  for (const to of ['a', 'c', 'd'] as const) await hand(w, 'b', to)
  assert.deepEqual([await home(w, 'a'), await home(w, 'c'), await home(w, 'd')], [NAMES.b, NAMES.b, NAMES.b])
  await take(w, 'b', await w.person.write('four', { aud: NAMES.b }))
  for (const to of ['a', 'c', 'd'] as const) await hand(w, 'b', to)
  // One number for one thing, whoever is asked; what was read at b and told to nobody has one of its own.
  const seen = (all: string[]) =>
    all.filter((one) => Number(one.split(' ')[0]) < 2 ** 40 || / b looked/.test(one)).sort()
  const known = seen(await notes(w, 'd'))
  assert.deepEqual(
    known,
    ['2 one', '2199023255555 b looked', '3 c looked', '4 two', '5 to journal.b.example', '7 three', '8 four'].sort(),
  )
  for (const at of ['a', 'c'] as const) assert.deepEqual(seen(await notes(w, at)), known, at)
  assert.deepEqual(seen(await notes(w, 'b')), [...known, '1099511627779 b looked'].sort())
  for (const at of names) await same(w, at)
  await w.close()
})

test('J34 it moves on, and back: what each home took stands in the log of the next', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  for (const to of ['a', 'c'] as const) await hand(w, 'b', to)
  await take(w, 'c', await w.person.see('c again', { aud: NAMES.c }))
  await take(w, 'b', await w.person.write('at b', { aud: NAMES.b }))
  await take(w, 'b', await w.person.move(NAMES.c, { aud: NAMES.b }))
  await hand(w, 'b', 'c')
  assert.equal(await home(w, 'c'), undefined)
  await take(w, 'c', await w.person.write('at c', { aud: NAMES.c }))
  // a hears of both moves at once, d begins here.
  for (const to of ['a', 'b', 'd'] as const) await hand(w, 'c', to)
  assert.deepEqual([await home(w, 'a'), await home(w, 'b'), await home(w, 'd')], [NAMES.c, NAMES.c, NAMES.c])
  await take(w, 'c', await w.person.move(NAMES.a, { aud: NAMES.c }))
  await hand(w, 'c', 'a')
  assert.equal(await home(w, 'a'), undefined)
  await take(w, 'a', await w.person.write('home again'))
  for (const to of ['b', 'c', 'd'] as const) await hand(w, 'a', to)
  const words = (all: string[]) => new Set(all.map((one) => one.slice(one.indexOf(' ') + 1)))
  for (const at of ['b', 'c', 'd'] as const) {
    assert.equal(await home(w, at), SAMPLE_ORIGIN)
    assert.deepEqual(words(await notes(w, at)), words(await notes(w, 'a')), at)
  }
  for (const at of names) await same(w, at)
  await w.close()
})

test('J34 nobody is believed to be the home without the old one’s receipt for the person’s own word', async () => {
  const w = await begun()
  await hand(w, 'a', 'b')
  const [first] = await handed(w, 'b')
  assert.equal(first?.home?.moves, undefined)
  await assert.rejects(w.d.journal.adopt([first as Adoption]), refusedWith('home-gap'), 'what was for another log')
  const move = await w.person.move(NAMES.b)
  const [receipt] = await take(w, 'a', move)
  const at = Math.floor(w.clock() / 1000)
  const proof = { statement: move.statement, at, receipt: receipt as Receipt }
  const claiming = (moves: unknown[], more = {}): Adoption =>
    ({ ...first, home: { ...first?.home, shown: 1, moves, ...more } }) as Adoption
  const refuses = (moves: unknown[], code: string) =>
    assert.rejects(w.d.journal.adopt([claiming(moves)]), refusedWith(code))
  const other = await w.person.move(NAMES.b)
  await refuses([{ ...proof, statement: other.statement }], 'home-receipt-invalid')
  await refuses([{ ...proof, receipt: first?.home?.receipt }], 'home-receipt-invalid')
  await refuses([proof, proof], 'home-receipt-invalid')
  const [stray] = await handed(w, 'a').then((all) => all.filter((one) => one.home?.receipt.number === 2))
  await refuses([{ statement: stray?.statement, at, receipt: stray?.home?.receipt }], 'home-receipt-invalid')
  // To somebody else's log: c hands the same chain, and the move leads to b.
  const [atC] = await handed(w, 'c')
  const stolen = { ...atC, home: { ...atC?.home, shown: 1, moves: [proof] } } as Adoption
  await assert.rejects(w.d.journal.adopt([stolen]), refusedWith('home-receipt-invalid'))
  await w.d.journal.adopt([claiming([proof])])
  assert.equal(await home(w, 'd'), NAMES.b)
  await w.close()
})

test('J34 the old home keeps what opens the new one’s log, and hears of an erasure', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await take(w, 'b', await w.person.write('three', { aud: NAMES.b }))
  await hand(w, 'b', 'a')
  const lent = await w.a.sources.tx((s) => lentFrom(s, NAMES.b, 0, 500))
  const rows = await w.b.sources.tx((s) => chainAfter(s, w.person.handle, 0, 500))
  assert.deepEqual(
    lent.map(({ home, number, token }) => ({ home, number, token })),
    rows.map(({ idx, number, token }) => ({ home: idx, number, token })),
  )
  assert.deepEqual(await w.b.sources.tx((s) => sharedWith(s, w.person.handle)), [SAMPLE_ORIGIN])
  await take(w, 'b', await w.person.erase({ aud: NAMES.b }))
  const left = await w.b.sources.tx((s) => s.all("SELECT name FROM pragma_table_list WHERE name IN ('stay', 'moved')"))
  assert.equal(left.length, 2)
  for (const table of ['stay', 'moved', 'adopted', 'statement'])
    assert.deepEqual(await w.b.sources.tx((s) => s.all(`SELECT * FROM ${table}`)), [], table)
  await w.close()
})

test('J34 whoever has not heard of the move hands on what was done there to the old home, and it reaches the new one', async () => {
  const w = await begun()
  await take(w, 'a', await w.person.move(NAMES.b))
  await hand(w, 'a', 'b')
  await take(w, 'c', await w.person.see('late at c', { aud: NAMES.c }))
  await hand(w, 'c', 'a', 'looks')
  const late = (await handed(w, 'a')).filter(({ statement }) => /late/.test(atob(statement.split('.')[1] ?? '')))
  assert.equal(late.length, 1)
  await w.b.journal.adopt(late)
  assert.ok((await notes(w, 'b')).some((one) => one.endsWith('late at c')))
  await w.close()
})

test('J34 a log that nobody knows is no home', async () => {
  const w = await begun()
  await assert.rejects(take(w, 'a', await w.person.move('journal.nobody.example')), refusedWith('home-unknown'))
  await assert.rejects(take(w, 'a', await w.person.move(SAMPLE_ORIGIN)), refusedWith('home-unknown'))
  await take(w, 'a', await w.person.write('still at home'))
  await w.close()
})

test('J34 a chain moves thirty times at most: each move is shown to whoever mirrors it', async () => {
  const w = await consortium()
  await take(w, 'a', await w.person.found())
  await hand(w, 'a', 'b')
  for (let n = 0; n < 30; n++) {
    const [from, to] = n % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)
    await take(w, from, await w.person.move(NAMES[to], { aud: NAMES[from] }))
    await hand(w, from, to)
    await hand(w, to, from)
  }
  await assert.rejects(take(w, 'a', await w.person.move(NAMES.b)), refusedWith('home-moves-over'))
  await take(w, 'a', await w.person.write('still taken'))
  await hand(w, 'a', 'd')
  assert.equal(await home(w, 'd'), SAMPLE_ORIGIN)
  for (const at of ['a', 'd'] as const) await same(w, at)
  await w.close()
})

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
