/** Bits flipped, files cut short, pages torn, at random places in every file a node owns: found, named, and never served. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { type TestContext, test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { formatVkey, noteKey } from '@salus/journal/note'
import { endJournal, keepEvidence } from '@salus/node-app/evidence'
import { follow } from '@salus/node-app/followed'
import { startNode } from '@salus/node-app/testing'
import { deskAuthor, world, write } from '../tests/people.ts'
import { story } from '../tests/story.ts'
import { createChance, timeLeft } from './budget.ts'
import { damage, type Fault } from './fault.ts'
import { type Answers, examined, lies, type Opened, opened, peopleOf } from './served.ts'

/** Rounds over each file and kind of fault, time permitting. */
const ROUNDS = 12
/** A lock, and the memory that SQLite shares between processes: nothing in them is ever believed. */
const unowned = (name: string) => name.endsWith('-shm') || name.startsWith('node.lock')

const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => relative(dir, join(one.parentPath, one.name)))
    .filter((name) => !unowned(name))

/** A folder with its memory of erasures, which stands beside it. */
function copyNode(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  cpSync(`${from}-erased.log`, `${to}-erased.log`)
}

function removeNode(dir: string): void {
  for (const one of [dir, `${dir}-erased.log`]) rmSync(one, { recursive: true, force: true })
}

/** A node with a day behind it: its folder after a clean stop, and as a kill would leave it. */
async function makeFolders() {
  const at = await startNode()
  const w = world(at)
  const told = await story(w)
  // What was shown once and is contained, and a log that is cosigned here: files of their own.
  const known = at.node.journal.log.size()
  await keepEvidence(at.dir, { known, note: at.node.journal.checkpoint() })
  assert.equal(await follow(at.dir, formatVkey(noteKey('journal.other.example', systemRandom(32)))), 'followed')
  const old = mkdtempSync(join(tmpdir(), 'salus-old-'))
  cpSync(at.dir, old, { recursive: true })
  await write(await deskAuthor(w), told.other.keys.handle, 'results', { resourceType: 'Observation', note: 'sample' })
  // Into the files themselves; what is written after it stays in the write-ahead logs of a killed node.
  await at.node.sources.settle()
  await at.node.views.settle()
  await write(await deskAuthor(w), told.other.keys.handle, 'results', { resourceType: 'Observation', note: 'last' })
  await at.node.advance()
  const killed = mkdtempSync(join(tmpdir(), 'salus-killed-'))
  copyNode(at.dir, killed)
  await at.node.close()
  return { people: peopleOf(at, told), stopped: at.dir, killed, old, origin: at.origin }
}

const kinds = ['flip', 'cut', 'torn'] as const

/** One row of the report: where, what was done, and who found it. */
type Row = { file: string; fault: Fault['kind']; by: string }

const foundBy = ({ refused, said, wrong }: Opened, doctor: readonly string[]): string => {
  if (refused) return `start: ${refused}`
  if (said.length > 0) return `start said ${said.join(' ')}`
  if (wrong.length > 0) return `read: ${[...new Set(wrong)].join(' ')}`
  return doctor.length > 0 ? `doctor: ${doctor.join(' ')}` : 'nobody: nothing stood there'
}

type Place = {
  readonly dir: string
  readonly people: ReturnType<typeof peopleOf>
  readonly truth: Answers
  readonly views: string | undefined
}

/** A file that people write too is not known by its bytes: one line break less at its end is no damage. */
function saysTheSame(...paths: readonly [string, string]): boolean {
  const [before, now] = paths.map((path) => readFileSync(path, 'utf8').trim())
  return before === now
}

/** Damages a copy of the folder, asks doctor, starts it, asks for everything; throws where something false was served. */
async function round({ dir, people, truth, views }: Place, file: string, fault: Fault): Promise<Row | undefined> {
  const copies = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'salus-damaged-'))) as [string, string]
  try {
    for (const copy of copies) {
      copyNode(dir, copy)
      if (!damage(join(copy, file), fault, join(folders.old, file))) return undefined
      if (file === 'followed.json' && saysTheSame(join(dir, file), join(copy, file))) return undefined
    }
    const doctor = await examined(copies[0])
    const seen = await opened(copies[1], people)
    const told = `${file} ${JSON.stringify(fault)}`
    assert.deepEqual(lies(truth, seen), [], `${told}: something false was served`)
    // Nobody signs the views: where they alone are damaged, each row is as it was, asked for or not.
    if (file.startsWith('views.db')) assert.ok(seen.views === views, `${told}: a false row was believed`)
    assert.ok(![seen.refused, ...seen.wrong, ...doctor].includes('internal'), `${told}: refused without a name`)
    return { file, fault: fault.kind, by: foundBy(seen, doctor) }
  } finally {
    for (const copy of copies) removeNode(copy)
  }
}

/** How often each file's damage was found by whom. */
function tableOf(rows: readonly Row[]): string[] {
  const lines = Map.groupBy(rows, (one) => `${one.file.padEnd(18)} ${one.fault.padEnd(4)} ${one.by}`)
  return [...lines]
    .map(([line, all]) => `${String(all.length).padStart(4)} x ${line}`)
    .sort((a, b) => (a.slice(6) < b.slice(6) ? -1 : 1))
}

const folders = await makeFolders()
const chance = createChance()

/** Goes over all files again and again, each fault once, until the rounds or the time are over. */
async function rounds(t: TestContext, place: Place, files: readonly string[], part: number): Promise<Row[]> {
  const rows: Row[] = []
  let left = ROUNDS * files.length * kinds.length
  for (let i = 0; i < ROUNDS; i++) {
    for (const file of files) {
      for (const kind of kinds) {
        if (!timeLeft(part)) {
          await t.test('every fault in every file', (rest) => rest.skip(`${left} faults left, the time was used up`))
          return rows
        }
        left--
        const row = await round(place, file, { kind, at: chance.below(2 ** 31) })
        if (row) rows.push(row)
      }
    }
  }
  return rows
}

const placeOf = async (dir: string): Promise<Place> => {
  const copy = mkdtempSync(join(tmpdir(), 'salus-truth-'))
  copyNode(dir, copy)
  const { answers, views, refused } = await opened(copy, folders.people)
  assert.equal(refused, undefined)
  const unanswered = [...answers].filter(([, said]) => said.startsWith('refused'))
  assert.ok(answers.size > 40)
  assert.deepEqual(unanswered, [], 'all is answered')
  removeNode(copy)
  return { dir, people: folders.people, truth: answers, views }
}

test('a stopped node: whatever changed in any of its files is found and named, and nothing false is served', async (t) => {
  t.diagnostic(`seed ${chance.seed}`)
  const files = filesOf(folders.stopped)
  for (const one of ['sources.db', 'ledger.db', 'views.db', 'last.json', 'node.json', 'genesis.json', 'followed.json'])
    assert.ok(files.includes(one), one)
  assert.ok(files.some((one) => one.startsWith('evidence/')))
  const rows = await rounds(t, await placeOf(folders.stopped), files, 0.5)
  for (const line of tableOf(rows)) t.diagnostic(line)
  assert.deepEqual(
    rows.filter((one) => one.by.startsWith('nobody')),
    [],
    'every damage was found by somebody',
  )
  for (const file of files)
    assert.ok(
      rows.some((one) => one.file === file),
      `${file} was damaged`,
    )
})

test('a killed node: what was signed is served as it was or not at all', async (t) => {
  // The views more often: of all that a killed node leaves, they alone are signed by nobody.
  const files = [...filesOf(folders.killed), ...Array.from({ length: 4 }, () => 'views.db')]
  assert.ok(existsSync(join(folders.killed, 'sources.db-wal')), 'a kill leaves the write-ahead log')
  const rows = await rounds(t, await placeOf(folders.killed), files, 0.9)
  for (const line of tableOf(rows)) t.diagnostic(line)
  for (const one of ['sources.db-wal', 'views.db', 'views.db-wal'])
    assert.ok(
      rows.some(({ file }) => file === one),
      `${one} was damaged`,
    )
})

test('a log that was closed for good opens never again, whatever becomes of the file that says so', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-closed-'))
  copyNode(folders.stopped, dir)
  assert.ok(await endJournal(dir, folders.origin, Date.now()))
  for (const kind of ['flip', 'cut'] as const) {
    for (let i = 0; i < ROUNDS; i++) {
      const copy = mkdtempSync(join(tmpdir(), 'salus-closed-'))
      copyNode(dir, copy)
      damage(join(copy, 'closed.json'), { kind, at: chance.below(2 ** 31) })
      const { refused } = await opened(copy, folders.people)
      assert.ok(refused === 'journal-ended' || refused === 'marker-damaged', String(refused))
      removeNode(copy)
    }
  }
  removeNode(dir)
})
