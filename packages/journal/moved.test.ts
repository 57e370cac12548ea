import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Adoption } from './adopt.ts'
import { sharedWith } from './adopted.store.ts'
import type { Receipt } from './contract.ts'
import { lentFrom } from './mirror.store.ts'
import { begun, consortium, hand, handed, home, NAMES, names, notes, refusedWith, same, take } from './moved.testing.ts'
import { chainAfter } from './sources.store.ts'
import { SAMPLE_ORIGIN } from './testing.ts'

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
