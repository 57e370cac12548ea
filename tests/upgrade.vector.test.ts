/** N12 on what a release of format 1 really left (tests/vectors/format-1): upgraded, sound, and its people go on. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { manualClock } from '@salus/base/testing'
import { logKeys, openConsortium } from '@salus/directory/consortium'
import { type PatientKeys, signerOf } from '@salus/directory/device/patient'
import { openingKeys, type ProfessionalKeys } from '@salus/directory/device/professional'
import type { Receipt } from '@salus/journal/contract'
import { verifyReceipt } from '@salus/journal/verify'
import { composeNode, type SalusNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { upgradeNode } from '@salus/node-app/upgrade'
import type { OwnRecordBook } from '@salus/records/device/own'
import { erase, openOwn, type PatientDevice, sync } from '@salus/records/device/patient'
import { deskAuthor, linkTo, readAll, type World, write } from './people.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-vector-'))
after(() => rmSync(root, { recursive: true, force: true }))
const vector = (name: string): string => readFileSync(join(import.meta.dirname, 'vectors/format-1', name), 'utf8')

type Left = {
  at: number
  keys: Record<string, string>
  desk: { org: string; device: PatientKeys['device'] }
  patients: { keys: PatientKeys; book: OwnRecordBook }[]
  doctor: { keys: ProfessionalKeys; grant: string }
  read: string[]
  receipts: { statement: string; receipt: Receipt }[]
}
const left = JSON.parse(vector('people.json')) as Left
const { clock } = manualClock(left.at + 60_000)

/** The folder again, as that release closed it. */
function unpack(dir: string): void {
  mkdirSync(join(dir, 'keys'), { recursive: true, mode: 0o700 })
  for (const name of ['node.json', 'genesis.json', 'consortium.json']) writeFileSync(join(dir, name), vector(name))
  for (const [name, key] of Object.entries(left.keys)) {
    writeFileSync(join(dir, 'keys', `${name}.key`), key, { mode: 0o600 })
  }
  for (const name of ['sources', 'ledger']) {
    const db = new DatabaseSync(join(dir, `${name}.db`))
    db.exec(`PRAGMA journal_mode=WAL; BEGIN; ${vector(`${name}.sql`)} COMMIT`)
    db.close()
  }
}

/** Every table and index of a stopped node's databases, as they were made. */
function shapeOf(dir: string): string[] {
  return ['sources', 'ledger', 'views'].flatMap((name) => {
    const db = new DatabaseSync(join(dir, `${name}.db`), { readOnly: true })
    const rows = db.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').all() as { sql: string }[]
    db.close()
    return rows.map(({ sql }) => `${name}: ${sql.replace(/\s+/g, ' ').replaceAll('( ', '(')}`).sort()
  })
}

const open = (dir: string) => composeNode({ dir, clock, random: systemRandom, log: () => {} })

/** The world of the people in the vector, over a node that was opened again. */
async function worldOf(node: SalusNode, dir: string): Promise<World> {
  const { org, device } = left.desk
  const organisations = [{ org, publicKey: device.publicKey, signer: await signerOf(device) }]
  const fetch = async (url: string, init: RequestInit) => node.app.fetch(new Request(url, init))
  const at = { node, dir, origin: 'journal.saint-roch.example', organisations, lines: [], fetch }
  return { at: at as never, clock, random: systemRandom }
}

async function patientOf(w: World, which: number): Promise<PatientDevice> {
  const { keys, book } = structuredClone(left.patients[which]) as Left['patients'][number]
  const link = await linkTo(w, await signerOf(keys.device), keys.handle)
  return { link, keys, book, save: async () => {} }
}

async function opened(patient: PatientDevice): Promise<string[]> {
  await sync(patient)
  const texts: string[] = []
  for await (const one of openOwn(patient)) texts.push(one.fhir ?? 'not opened')
  return texts.sort()
}

test('N12 a folder that a release of format 1 made: refused, upgraded, sound, shaped like a new one', async () => {
  const dir = join(root, 'shape')
  unpack(dir)
  await assert.rejects(open(dir), { code: 'data-format-older', facts: { format: 1 } })
  const upgraded = await upgradeNode({ dir, random: systemRandom, now: clock() }, join(root, 'shape-backup'))
  assert.deepEqual([upgraded?.from, upgraded?.to], [1, 2])
  const checks = await examine({ dir })
  assert.deepEqual(
    checks.filter((one) => !one.ok),
    [],
  )
  await (await open(dir)).close()
  const fresh = await startNode()
  await fresh.node.close()
  // But that a ledger's file keeps the rows it was begun with: its transactions had no rowids then.
  const rows = (one: string) => (one.startsWith('ledger: CREATE TABLE txs') ? one.replace(', WITHOUT ROWID', '') : one)
  assert.deepEqual(shapeOf(dir).map(rows), shapeOf(fresh.dir))
})

test('N12 after it the people of that release go on: old receipts verify, records open, new ones are written, one erases', async () => {
  const dir = join(root, 'people')
  unpack(dir)
  await upgradeNode({ dir, random: systemRandom, now: clock() }, join(root, 'people-backup'))
  const logs = logKeys(await openConsortium(vector('consortium.json')))
  for (const { statement, receipt } of left.receipts) await verifyReceipt(statement, receipt, logs)
  assert.equal(left.receipts.length, 3)
  const node = await open(dir)
  const w = await worldOf(node, dir)
  const patient = await patientOf(w, 0)
  assert.deepEqual(await opened(patient), [...left.read].sort())

  const signer = await signerOf(left.doctor.keys.device)
  const link = await linkTo(w, signer, left.doctor.keys.handle)
  const reader = async () => ({
    handle: left.doctor.keys.handle,
    signer,
    keys: await openingKeys(link, left.doctor.keys),
  })
  const read = await readAll({ keys: left.doctor.keys, link, signer, reader }, left.doctor.grant, patient.keys.handle)
  assert.deepEqual(read.map((one) => one.fhir).sort(), [...left.read].sort())

  await write(await deskAuthor(w), patient.keys.handle, 'results', {
    resourceType: 'Observation',
    note: 'new (sample)',
  })
  assert.equal((await opened(patient)).length, left.read.length + 1)
  const size = node.journal.log.size()
  await erase(await patientOf(w, 1))
  assert.equal(node.journal.log.size(), size + 1)
  await node.close()
  assert.match(readFileSync(`${dir}-erased.log`, 'utf8'), /^\n1 [\w-]{22} /)
  assert.ok((await examine({ dir })).every((one) => one.ok))
})
