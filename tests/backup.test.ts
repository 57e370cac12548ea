/** Backup under load, restore, and what a node says of itself afterwards. */
import assert from 'node:assert/strict'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { inFlight } from '@salus/cli/bench/line'
import { benchPatient, makeDeposits, startBenchNode } from '@salus/cli/bench/world'
import { logKeys } from '@salus/directory/consortium'
import { submit } from '@salus/journal/device'
import { backupNode, readBackup, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { checkSurvivors, recorded } from './crashed.ts'
import { deskAuthor, newPatient, world, write } from './people.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-backup-'))
after(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const fresh = (name: string) => join(root, `${name}-${count++}`)
const now = systemClock()
const open = (dir: string) => composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })
const health = async (node: Awaited<ReturnType<typeof open>>) => {
  const answer = await node.app.fetch(new Request('http://node.test/health'))
  return ((await answer.json()) as { status: string }).status
}

test('N10 a backup made under load opens: its journal is never behind its own ledger, what was acknowledged before is in it', async () => {
  // The ledger is moved all the time: a ledger copied after the sources would soon name a head they do not have.
  const node = await startBenchNode({ advanceMs: 5 })
  try {
    const patient = await benchPatient(node)
    const made = await makeDeposits(node, patient.keys.handle, 400)
    const { reach, heard } = recorded(node.reach)
    const { createCall } = await import('@salus/directory/device/http')
    const call = createCall({ ...reach, clock: systemClock, random: systemRandom })
    const load = inFlight(
      made.map((one) => one.item),
      16,
      (item) => submit(call, node.desk.link.logs, [item]),
    )
    const backups: { to: string; keys: string; heard: typeof heard }[] = []
    for (let i = 0; i < 6; i++) {
      const before = { receipts: new Map(heard.receipts), checkpoints: new Set(heard.checkpoints) }
      const [to, keys] = [fresh('backup'), fresh('keys')]
      await backupNode({ dir: node.dir, now }, to, keys)
      backups.push({ to, keys, heard: before })
      await new Promise((done) => setTimeout(done, 40))
    }
    await load
    assert.ok(backups.some((one) => one.heard.receipts.size > 20) && heard.receipts.size === 400)
    for (const one of backups) {
      const dir = fresh('data')
      await restoreNode(one.to, { dir, now }, one.keys)
      assert.ok((await examine({ dir })).every((check) => check.ok))
      const seen = await checkSurvivors(dir, one.heard, node.desk.link.logs)
      assert.ok(seen.entries >= one.heard.receipts.size && seen.height > 0)
    }
  } finally {
    await node.stop()
  }
})

/** A stopped node's folder with somebody in it. */
async function small() {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  return { at, w, patient }
}

test('N10 entries and ledger heads that come between the copies close nothing', async () => {
  const { at, w, patient } = await small()
  const [to, keys, dir] = [fresh('backup'), fresh('keys'), fresh('data')]
  const copied = async () => {
    await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 2 })
    await at.node.advance()
  }
  const made = await backupNode({ dir: at.dir, now, copied }, to, keys)
  assert.equal(made.size, at.node.journal.log.size() - 1, 'the second came after the last copy')
  await restoreNode(to, { dir, now }, keys)
  await (await open(dir)).close()
  await at.node.close()
})

test('N10 keys are in no backup; asked for, they go into a file of their own that nobody else may read', async () => {
  const { at } = await small()
  const [to, keys] = [fresh('backup'), fresh('keys')]
  await backupNode({ dir: at.dir, now }, to, keys)
  await at.node.close()
  const secrets = ['journal', 'operator', 'witness'].map((one) => readFileSync(join(at.dir, `keys/${one}.key`), 'utf8'))
  const files = readdirSync(to, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.deepEqual(files.map((one) => one.name).sort(), [
    ...['consortium.json', 'genesis.json', 'ledger.db', 'manifest.json', 'node.json', 'sources.db'],
  ])
  const bytes = Buffer.concat(files.map((one) => readFileSync(join(one.parentPath, one.name))))
  for (const one of secrets) {
    assert.ok(!bytes.includes(one) && !bytes.includes(Buffer.from(one, 'base64url').subarray(-32)))
    assert.ok(readFileSync(keys, 'utf8').includes(one))
  }
  assert.equal(statSync(keys).mode & 0o777, 0o600)
  assert.equal(statSync(to).mode & 0o777, 0o700)
  await assert.rejects(backupNode({ dir: at.dir, now }, to), { code: 'backup-there' })
  await assert.rejects(backupNode({ dir: at.dir, now }, fresh('backup'), keys), { code: 'backup-there' })
})

test('N10 a backup that is not as it was made is not put back, and nothing is put over data', async () => {
  const { at } = await small()
  const spoils: ((to: string) => void)[] = [
    (to) => appendFileSync(join(to, 'sources.db'), 'x'),
    (to) => rmSync(join(to, 'genesis.json')),
    (to) => rmSync(join(to, 'manifest.json')),
    (to) =>
      writeFileSync(
        join(to, 'manifest.json'),
        readFileSync(join(to, 'manifest.json'), 'utf8').replace('ledger.db', '../escaped.db'),
      ),
  ]
  for (const spoil of spoils) {
    const [to, dir] = [fresh('backup'), fresh('data')]
    await backupNode({ dir: at.dir, now }, to)
    await readBackup(to)
    spoil(to)
    await assert.rejects(restoreNode(to, { dir, now }), { code: 'backup-damaged' })
    assert.ok(!existsSync(dir))
  }
  const to = fresh('backup')
  await backupNode({ dir: at.dir, now }, to)
  await assert.rejects(restoreNode(to, { dir: at.dir, now }), { code: 'data-there' })
  await at.node.close()
})

test('N10 what was restored says so until it was checked, signs nobody in, and does not start without its keys', async () => {
  const { at, w, patient } = await small()
  const [to, keys, dir] = [fresh('backup'), fresh('keys'), fresh('data')]
  const made = await backupNode({ dir: at.dir, now }, to, keys)
  await at.node.close()
  assert.equal(made.origin, at.origin)
  await restoreNode(to, { dir, now })
  await assert.rejects(open(dir), { code: 'key-damaged' })
  rmSync(dir, { recursive: true })
  // Where the node's keys lie apart, that is where they go; another node's are not written over.
  const apart = fresh('apart')
  await restoreNode(to, { dir, keys: apart, now }, keys)
  assert.ok(existsSync(join(apart, 'journal.key')) && !existsSync(join(dir, 'keys')))
  await assert.rejects(restoreNode(to, { dir: fresh('other'), keys: apart, now }, keys), { code: 'keys-there' })
  const none = fresh('none')
  await assert.rejects(restoreNode(to, { dir: none, now }, join(to, 'manifest.json')), { code: 'backup-damaged' })
  assert.ok(!existsSync(none) && !existsSync(`${none}.restoring`), 'a wrong file of keys leaves nothing behind')
  rmSync(dir, { recursive: true })
  await restoreNode(to, { dir, now }, keys)
  const node = await open(dir)
  assert.deepEqual([await health(node), node.condition()], ['restored', 'restored'])
  assert.equal(node.journal.log.size(), made.size)
  const again = world({ ...at, node, fetch: async (url, init) => node.app.fetch(new Request(url, init)) }, w.clock)
  const { sessions } = await node.sources.tx(async (s) => ({ sessions: await s.all('SELECT * FROM session') }))
  assert.deepEqual(sessions, [])
  await write(await deskAuthor(again), patient.keys.handle, 'results', { n: 2 })
  assert.equal(await health(node), 'restored', 'that somebody writes proves nothing')
  assert.ok(logKeys(node.roots).length > 0)
  await node.close()
})
