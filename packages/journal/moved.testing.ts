/** For tests of chains that move (J34): four logs that know each other, a person, and what one log hands another. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAppError } from '@salus/base/errors'
import { manualClock } from '@salus/base/testing'
import type { Adoption } from './adopt.ts'
import { homeOf } from './adopted.store.ts'
import type { Receipt, SubmissionItem } from './contract.ts'
import { toldOf } from './home.ts'
import { inspectSources } from './inspect.ts'
import { createProjector } from './project.ts'
import { dumpTables, notesIn } from './sample.store.ts'
import { chainAfter } from './sources.store.ts'
import { createPerson, openTestJournal, SAMPLE_ORIGIN, sampleSlice, type TestJournal } from './testing.ts'
import { clearViews } from './tiles.store.ts'

export const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(isAppError(error), String(error))
  assert.equal(error.code, code)
  return true
}
export const NAMES = {
  a: SAMPLE_ORIGIN,
  b: 'journal.b.example',
  c: 'journal.c.example',
  d: 'journal.d.example',
} as const
export type Name = keyof typeof NAMES
export const names = Object.keys(NAMES) as Name[]
export const projector = createProjector([sampleSlice])

/** Four logs that know each other's keys, and a person. */
export async function consortium() {
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
export type World = Awaited<ReturnType<typeof consortium>>

/** The person's chain as a log hands it on, whole. */
export async function handed(w: World, from: Name): Promise<Adoption[]> {
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
export async function hand(w: World, from: Name, to: Name, only: 'all' | 'looks' = 'all'): Promise<void> {
  for (const one of await handed(w, from)) {
    const look = projector.read({ token: one.statement }).statement.type === 'SampleSeen'
    if (only === 'all' || look) await w[to].journal.adopt([one])
  }
}

export const take = async (w: World, at: Name, item: SubmissionItem) => w[at].journal.accept({ items: [item] })
export const home = async (w: World, at: Name) => (await w[at].sources.tx((s) => homeOf(s, w.person.handle)))?.origin
export const notes = async (w: World, at: Name) =>
  (await w[at].views.tx(notesIn)).map(({ number, words }) => `${number} ${words}`)

/** Nothing was lost or written that a new start would not write. */
export async function same(w: World, at: Name): Promise<void> {
  const { views, journal, sources, key } = w[at]
  const before = await views.tx(dumpTables)
  await views.tx(clearViews)
  await journal.catchUp()
  assert.deepEqual(await views.tx(dumpTables), before, `${at}: the views, made again`)
  const policy = { logs: [], nodes: new Map(), quorum: 'none' }
  assert.deepEqual((await inspectSources(sources, [sampleSlice], { key, policy })).faults, {})
}

/** At home at a; b and c have all of it; b and c have looked, of which a knows only the one at c. */
export async function begun(): Promise<World> {
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
