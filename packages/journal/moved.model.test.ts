/**
 * J34 in any order: a person writes, reads and moves between four logs, which fetch from each other in pieces, as nodes do. Whatever the
 * order, one log at most takes what is new, nothing is lost, and everybody ends with the same numbers. SALUS_SEED repeats one run.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '@salus/base/errors'
import { manualClock, seededRandom } from '@salus/base/testing'
import type { Adoption } from './adopt.ts'
import { adoptedTo, type Cursor, departedFor, homeOf, paidUp, saveShared, sharedWith } from './adopted.store.ts'
import type { Receipt, SubmissionItem } from './contract.ts'
import { handedFrom, handedOf } from './handing.ts'
import { HERE, toldOf } from './home.ts'
import { inspectSources } from './inspect.ts'
import { createProjector } from './project.ts'
import { dumpTables } from './sample.store.ts'
import { chainAfter, logSize, type Stored, statementsBetween } from './sources.store.ts'
import { createPerson, openTestJournal, sampleSlice, type TestJournal } from './testing.ts'
import { clearViews } from './tiles.store.ts'

const names = ['sample', 'b', 'c', 'd'].map((one) => `journal.${one}.example`)
const projector = createProjector([sampleSlice])
/** Each once found something. */
const SEEDS = [8, 12, 13, 25, 26, 27, 65]
const STEPS = 60

type Held = { readonly within: number; readonly of: number }
type Log = TestJournal & {
  readonly name: string
  readonly dir: string
  readonly cursors: Map<string, Cursor>
  readonly held: Map<string, Held>
}
type World = {
  readonly logs: readonly Log[]
  readonly person: Awaited<ReturnType<typeof createPerson>>
  readonly clock: () => number
  readonly below: (n: number) => number
  /** What homes took, in order; what was read, and everything that moved. */
  readonly own: string[]
  readonly reads: string[]
  /** Named for each log from this entry of the first home on. */
  readonly given: Map<string, string>
  at: Log
}

/** What a log says to somebody who may not ask, or has not heard yet. */
// `home-unknown`: what takes away has nothing to take from a chain that is not here.
const NAMED = new Set(['home-elsewhere', 'home-gap', 'signer-unknown', 'home-receipt-missing', 'home-unknown'])
async function named(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    assert.ok(isAppError(error) && NAMED.has(error.code), `no named refusal: ${String(error)}`)
    return error.code
  }
}

async function begin(seed: number): Promise<World> {
  const { clock } = manualClock()
  const random = seededRandom(seed)
  const below = (n: number) => {
    const [a = 0, b = 0] = random(2)
    return (a * 256 + b) % n
  }
  const dirs = names.map(() => mkdtempSync(join(tmpdir(), 'salus-model-')))
  const keys = []
  for (const [i, origin] of names.entries()) {
    const opened = await openTestJournal(dirs[i] as string, { origin, clock })
    keys.push(opened.key)
    await opened.close()
  }
  const logs: Log[] = []
  for (const [i, origin] of names.entries()) {
    const homes = keys.filter((_, other) => other !== i)
    const opened = await openTestJournal(dirs[i] as string, { origin, homes, clock })
    logs.push({ ...opened, name: origin, dir: dirs[i] as string, cursors: new Map(), held: new Map() })
  }
  const person = await createPerson({ clock, random: (n) => crypto.getRandomValues(new Uint8Array(n)) })
  const w: World = { logs, person, clock, below, own: [], reads: [], given: new Map(), at: logs[0] as Log }
  await own(w, await person.found())
  for (let n = 0; n < 3; n++) {
    await own(w, await person.write(`begun ${n}`))
    for (const one of logs.slice(1))
      if (n === 2 || below(2)) w.given.set(one.name, w.given.get(one.name) ?? (w.own.at(-1) as string))
  }
  w.given.set(w.at.name, w.own[0] as string)
  return w
}

async function own(w: World, item: SubmissionItem): Promise<void> {
  await w.at.journal.accept({ items: [item] })
  w.own.push(item.statement)
}

const givenAt = async (w: World, from: Log, to: Log): Promise<number | undefined> => {
  const sql = 'SELECT idx FROM statement WHERE token = ?'
  return (await from.sources.tx((s) => s.get<{ idx: number }>(sql, w.given.get(to.name) ?? '')))?.idx
}

const kindOf = (row: Stored) => projector.kindOf(row.type)

async function adoptionOf({ journal, sources, name }: Log, row: Stored, parting = false): Promise<Adoption> {
  const found = await (parting ? journal.partingAt(row.idx) : journal.receiptAt(row.idx))
  const told = parting ? {} : await sources.tx((s) => toldOf(s, kindOf(row), row))
  const home = { origin: name, at: row.at, receipt: found?.receipt as Receipt, ...told }
  return { statement: row.token, packets: [], home } as Adoption
}

type Piece = { readonly row: Stored; readonly parting: boolean; readonly next: Cursor }

/** What `from` hands to `to` from the cursor on, in the order of its log, as a node does (N22). */
async function pieces(w: World, from: Log, to: Log, { after, within }: Cursor): Promise<Piece[]> {
  const size = await from.sources.tx(logSize)
  const rows = (await from.sources.tx((s) => statementsBetween(s, after, size))).map((row) => ({ row, parting: false }))
  const gone = (await from.sources.tx((s) => departedFor(s, to.name, after))).map((row) => ({ row, parting: true }))
  const given = await givenAt(w, from, to)
  const found: Piece[] = []
  for (const { row, parting } of [...rows, ...gone].sort((a, b) => a.row.idx - b.row.idx)) {
    const next = { after: row.idx + 1, within: 0 }
    if (parting) {
      found.push({ row: row as never, parting, next })
      continue
    }
    const start = await from.sources.tx((s) => handedFrom(s, kindOf(row), row, to.name, given))
    if (start === row.idx) {
      const begun = row.idx === after ? within : 0
      const chain = await from.sources.tx((s) => chainAfter(s, row.chain, begun, 1_000))
      for (const one of chain.filter(({ idx }) => idx <= row.idx))
        found.push({ row: one, parting, next: one.idx === row.idx ? next : { after: row.idx, within: one.number } })
    } else if (start !== undefined && start < row.idx) found.push({ row, parting, next })
  }
  return found
}

async function adoptOne(to: Log, from: Log, item: Adoption, of: number, chain: string): Promise<boolean> {
  if (to.held.has(from.name)) return false
  const code = await named(to.journal.adopt([item]))
  if (code === undefined) return true
  to.held.set(from.name, { of, within: await to.sources.tx((s) => adoptedTo(s, chain, from.name)) })
  return false
}

/** `to` asks `from`, and takes `most` entries at most. Answers how many it took. */
async function pull(w: World, to: Log, from: Log, most = Number.POSITIVE_INFINITY): Promise<number> {
  const cursor = to.cursors.get(from.name) ?? { after: 0, within: 0 }
  await from.sources.tx((s) => paidUp(s, to.name, cursor.after))
  const all = await pieces(w, from, to, cursor)
  // What takes away goes ahead (N23).
  for (const { row, parting } of all.filter((one) => one.row.type === 'SampleErased')) {
    await named(to.journal.stop(row.token, from.name))
    await named(to.journal.adopt([await adoptionOf(from, row, parting)]))
  }
  const some = all.slice(0, most)
  let took = 0
  for (const { row, parting, next } of some) {
    if (!parting) await from.sources.tx((s) => saveShared(s, to.name, [row.chain]))
    const known = await to.sources.tx((s) => s.get('SELECT 1 FROM statement WHERE chain = ?', w.person.handle))
    if (row.type === 'SampleErased' && !known) continue
    if (await adoptOne(to, from, await adoptionOf(from, row, parting), row.idx, row.chain)) took++
    to.cursors.set(from.name, next)
  }
  if (some.length === all.length) to.cursors.set(from.name, { after: await from.sources.tx(logSize), within: 0 })
  return took + (await again(w, to, from))
}

/** A chain that was held back, once more from where it stands. */
async function again(w: World, to: Log, from: Log): Promise<number> {
  const held = to.held.get(from.name)
  if (!held) return 0
  to.held.delete(from.name)
  const [of] = await from.sources.tx((s) => statementsBetween(s, held.of, held.of + 1))
  const given = await givenAt(w, from, to)
  const start = of && (await from.sources.tx((s) => handedFrom(s, kindOf(of), of, to.name, given)))
  if (!of || start === undefined) {
    to.cursors.set(from.name, { after: 0, within: 0 })
    return 0
  }
  const wanted = await from.sources.tx((s) => handedOf(s, of.chain))
  let took = 0
  for (const row of await from.sources.tx((s) => chainAfter(s, of.chain, held.within, 1_000)))
    if (wanted(kindOf(row), row.number) && (await adoptOne(to, from, await adoptionOf(from, row), row.idx, row.chain)))
      took++
  return took
}

const isHome = ({ sources }: Log, handle: string) =>
  sources.tx(async (s) => !(await homeOf(s, handle)) && (await chainAfter(s, handle as never, 0, 1)).length > 0)
const homesOf = async (w: World): Promise<Log[]> => {
  const found: Log[] = []
  for (const one of w.logs) if (await isHome(one, w.person.handle)) found.push(one)
  return found
}

/** One log at most takes what is new; the others say that it is elsewhere. */
async function checkHomes(w: World): Promise<void> {
  const homes = await homesOf(w)
  assert.ok(homes.length <= 1, `several homes: ${homes.map(({ name }) => name)}`)
  assert.ok(homes.every((one) => one === w.at))
}

async function step(w: World, said: string[]): Promise<void> {
  const { logs, person, below } = w
  const [one, other] = [logs[below(4)] as Log, logs[below(4)] as Log]
  const what = below(20)
  const note = (words: string) => said.push(words)
  if (what < 3) {
    note(`write at ${one.name}`)
    const item = await person.write(`w${w.own.length}`, { aud: one.name })
    if ((await named(one.journal.accept({ items: [item] }))) === undefined) {
      assert.equal(one, w.at)
      w.own.push(item.statement)
    }
  } else if (what < 7) {
    note(`read at ${one.name}`)
    const item = await person.see(`r${w.reads.length}`, { aud: one.name })
    if ((await named(one.journal.accept({ items: [item] }))) === undefined) w.reads.push(item.statement)
  } else if (what < 9 && one !== w.at && (await isHome(w.at, person.handle))) {
    if (!(await w.at.sources.tx((s) => sharedWith(s, person.handle))).includes(one.name)) return
    note(`move to ${one.name}`)
    await own(w, await person.move(one.name, { aud: w.at.name }))
    w.at = one
  } else if (what === 9) {
    note(`views of ${one.name} made again`)
    await same(one)
  } else if (one !== other) {
    const most = below(3) ? 1 + below(6) : Number.POSITIVE_INFINITY
    note(`${one.name} fetches ${most} from ${other.name}`)
    await pull(w, one, other, most)
  }
  await checkHomes(w)
}

async function same({ views, journal, sources, key, name }: Log): Promise<void> {
  const before = await views.tx(dumpTables)
  await views.tx(clearViews)
  await journal.catchUp()
  assert.deepEqual(await views.tx(dumpTables), before, `${name}: the views, made again`)
  const policy = { logs: [], nodes: new Map(), quorum: 'none' }
  assert.deepEqual((await inspectSources(sources, [sampleSlice], { key, policy })).faults, {})
}

async function settle(w: World): Promise<void> {
  for (let quiet = 0, rounds = 0; quiet < 2; rounds++) {
    assert.ok(rounds < 30, 'it settles')
    const before = await Promise.all(w.logs.map(({ sources }) => sources.tx(dumpTables)))
    for (const to of w.logs) for (const from of w.logs) if (to !== from) await pull(w, to, from)
    const after = await Promise.all(w.logs.map(({ sources }) => sources.tx(dumpTables)))
    quiet = JSON.stringify(after) === JSON.stringify(before) ? quiet + 1 : 0
  }
}

type Numbers = Map<string, number>

/** By which number a log's views know each statement, where everybody does: its own numbers say nothing to others. */
async function numbersAt({ views, sources, name }: Log): Promise<Numbers> {
  const rows = await sources.tx((s) =>
    s.all<{ idx: number; token: string; type: string }>('SELECT idx, token, type FROM statement'),
  )
  const notes = await views.tx((v) => v.all<{ idx: number; number: number }>('SELECT idx, number FROM sample_note'))
  const found: Numbers = new Map()
  for (const { idx, token, type } of rows) {
    const shown = notes
      .filter((one) => (type === 'SampleSeen' ? Math.floor(one.idx / 1000) : one.idx) === idx)
      .map(({ number }) => number)
      .filter((number) => number < HERE || number >= 2 * HERE)
    assert.ok(type === 'SampleFounded' || shown.length === 1, `${name}: ${type} has ${shown}`)
    if (shown[0] !== undefined) found.set(token, shown[0])
  }
  return found
}

async function checkSettled(w: World): Promise<void> {
  assert.deepEqual(await homesOf(w), [w.at], 'the home is where it was moved to')
  const numbers = await Promise.all(w.logs.map(numbersAt))
  const here = numbers[w.logs.indexOf(w.at)] as Numbers
  for (const one of [...w.own.slice(1), ...w.reads])
    assert.ok(here.has(one), `stands at the home: ${one.slice(0, 300)}`)
  for (const [i, log] of w.logs.entries()) {
    assert.deepEqual(log.held, new Map(), `${log.name} holds nothing back`)
    const home = await log.sources.tx((s) => homeOf(s, w.person.handle))
    assert.equal(home?.origin, log === w.at ? undefined : w.at.name, log.name)
    assert.deepEqual([...(numbers[i] as Numbers)].sort(), [...here].sort(), log.name)
    await same(log)
  }
  const order = w.own.slice(1).map((one) => here.get(one) as number)
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  )
  assert.equal(new Set(here.values()).size, here.size, 'one number for one thing')
}

async function checkErased(w: World, erase: SubmissionItem): Promise<void> {
  await w.at.journal.accept({ items: [erase] })
  for (let round = 0; round < 6; round++)
    for (const to of w.logs) for (const from of w.logs) if (to !== from) await pull(w, to, from)
  for (const log of w.logs) {
    for (const table of ['stay', 'moved', 'adopted', 'home_salt', 'statement', 'departed', 'owed', 'stop'])
      assert.deepEqual(await log.sources.tx((s) => s.all(`SELECT * FROM ${table}`)), [], `${log.name}: ${table}`)
    assert.deepEqual(await log.views.tx((v) => v.all('SELECT * FROM sample_note')), [], log.name)
  }
}

async function run(seed: number): Promise<void> {
  const said: string[] = []
  const w = await begin(seed)
  try {
    for (let n = 0; n < STEPS; n++) await step(w, said)
    if (seed % 3) {
      await settle(w)
      await checkSettled(w)
    }
    if (await isHome(w.at, w.person.handle)) await checkErased(w, await w.person.erase({ aud: w.at.name }))
  } catch (error) {
    throw new Error(`SALUS_SEED=${seed}\n${said.join('\n')}\n${error instanceof Error ? error.stack : String(error)}`, {
      cause: error,
    })
  } finally {
    for (const one of w.logs) {
      await one.close()
      rmSync(one.dir, { recursive: true, force: true })
    }
  }
}

test('J34 in whatever order homes move, logs fetch and people read: one home, one number, nothing lost', async () => {
  const { SALUS_SEED } = process.env
  if (SALUS_SEED !== undefined) return run(Number(SALUS_SEED))
  for (const seed of SEEDS) await run(seed)
})
