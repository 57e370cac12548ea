/** What a killed node left: nobody knows how, so nothing of its views is believed (docs/decisions/0015). */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { isWhole, openSqlite, type Sql } from '@salus/base/sqlite'
import { composeNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { world } from './people.ts'
import { dump } from './scan.ts'
import { story } from './story.ts'

type Dump = Awaited<ReturnType<typeof dump>>

/** Texts of a table's rows that stand in the file as they are, longest first. */
const textsOf = (rows: readonly string[]): string[] =>
  rows
    .flatMap((row) => Object.values(JSON.parse(row) as object))
    .filter((one): one is string => typeof one === 'string' && one.length > 10 && !/["\\]/.test(one))
    .sort((a, b) => b.length - a.length)

async function dumpOf(path: string): Promise<Dump> {
  const sql = openSqlite(path, { durability: 'off', schema: '' })
  return dump(sql).finally(sql.close)
}

/** The last byte of this text, wherever the file holds it. */
function flip(path: string, word: string): void {
  const bytes = readFileSync(path)
  for (let at = bytes.indexOf(word); at >= 0; at = bytes.indexOf(word, at + 1)) {
    bytes[at + word.length - 1] = (bytes[at + word.length - 1] ?? 0) ^ 1
  }
  writeFileSync(path, bytes)
}

test('N7 a value that changed in the views of a killed node is not served, whichever table it stands in', async () => {
  const at = await startNode()
  await story(world(at))
  await at.node.views.settle()
  const truth = await dump(at.node.views)
  const erased = `${at.dir}-erased.log`
  const seen: string[] = []
  for (const [table, rows] of Object.entries(truth)) {
    const dir = mkdtempSync(join(tmpdir(), 'salus-killed-'))
    cpSync(at.dir, dir, { recursive: true })
    const path = join(dir, 'views.db')
    const bytes = readFileSync(path)
    const word = textsOf(rows).find((one) => bytes.includes(one))
    if (word === undefined) continue
    flip(path, word)
    assert.notDeepEqual(await dumpOf(path), truth, `${table}: the fault is there`)
    if (isWhole(path)) seen.push(table)
    const node = await composeNode({ dir, erased, clock: systemClock, random: systemRandom, log: () => {} })
    assert.deepEqual(await dump(node.views), truth, table)
    await node.close()
  }
  await at.node.close()
  assert.ok(seen.length > 5, `what SQLite's own check does not see: ${seen.join(' ')}`)
})

test('N7 a column that repeats what a token signs, and changed under a killed node, is neither served nor made into views', async () => {
  const at = await startNode()
  await story(world(at))
  await at.node.sources.settle()
  const { statement, packet } = await at.node.sources.tx(async (s) => ({
    statement: await s.get('SELECT id, iss, type, chain FROM statement WHERE idx = 20'),
    packet: await s.get('SELECT kid, bind, chain FROM packet ORDER BY id LIMIT 1'),
  }))
  for (const word of [...Object.values(statement ?? {}), ...Object.values(packet ?? {})]) {
    const dir = mkdtempSync(join(tmpdir(), 'salus-killed-'))
    cpSync(at.dir, dir, { recursive: true })
    flip(join(dir, 'sources.db'), String(word))
    const erased = `${at.dir}-erased.log`
    const opening = composeNode({ dir, erased, clock: systemClock, random: systemRandom, log: () => {} })
    await assert.rejects(opening, { code: 'sources-damaged' }, String(word))
  }
  await at.node.close()
})

/** Writes straight into a stopped folder's sources, as whoever may write the file. */
async function plant(dir: string, sql: string): Promise<void> {
  const sources = openSqlite(join(dir, 'sources.db'), { durability: 'full', schema: '' })
  await sources.tx((s) => s.run(sql)).finally(sources.close)
}

const opening = (dir: string, erased: string) =>
  composeNode({ dir, erased, clock: systemClock, random: systemRandom, log: () => {} })

test('N7 a name of a chain that changed, and a checkpoint that was never cosigned, under a killed or a changed folder: refused', async () => {
  const at = await startNode()
  await story(world(at))
  const killed = mkdtempSync(join(tmpdir(), 'salus-planted-'))
  cpSync(at.dir, killed, { recursive: true })
  const note = at.node.journal.checkpoint()
  await at.node.close()
  const erased = `${at.dir}-erased.log`
  const faults = [
    "UPDATE store_id SET chain = 'somebody else' WHERE rowid = 2",
    'DELETE FROM store_id WHERE rowid = 2',
    `INSERT INTO witnessed SELECT 'another.example', 7, root, '${note}' FROM head`,
    `INSERT INTO own_witnessed SELECT 1, size, '${note}' FROM head`,
    `INSERT INTO own_cosigned (size, note) SELECT size, '${note}' FROM head`,
  ]
  for (const from of [killed, at.dir]) {
    for (const sql of faults) {
      const dir = mkdtempSync(join(tmpdir(), 'salus-planted-'))
      cpSync(from, dir, { recursive: true })
      await plant(dir, sql)
      await assert.rejects(opening(dir, erased), { code: 'sources-damaged' }, sql)
      const named = (await examine({ dir, erased })).find((one) => one.name === 'sources')
      assert.deepEqual([named?.ok, named?.code], [false, 'sources-damaged'], sql)
    }
  }
})

test('N7 sessions outlive a clean stop alone: after a kill, and in a file that changed, nobody is signed in', async () => {
  const at = await startNode()
  await story(world(at))
  const count = async (node: { sources: Sql }) =>
    (await node.sources.tx((s) => s.get<{ n: number }>('SELECT count(*) AS n FROM session')))?.n ?? 0
  const before = await count(at.node)
  assert.ok(before > 0)
  const killed = mkdtempSync(join(tmpdir(), 'salus-sessions-'))
  cpSync(at.dir, killed, { recursive: true })
  await at.node.close()
  const erased = `${at.dir}-erased.log`
  const changed = mkdtempSync(join(tmpdir(), 'salus-sessions-'))
  cpSync(at.dir, changed, { recursive: true })
  await plant(
    changed,
    "INSERT INTO session VALUES ('planted', 'desk', 'saint-roch', 'saint-roch', 'a device', 9999999999)",
  )
  for (const [dir, left] of [
    [at.dir, before],
    [killed, 0],
    [changed, 0],
  ] as const) {
    const node = await opening(dir, erased)
    assert.equal(await count(node), left, dir)
    await node.close()
  }
})
