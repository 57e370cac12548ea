/** Data of the previous format: refused in words, upgraded after a backup, and then everything verifies. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { logKeys } from '@salus/directory/consortium'
import { signerOf } from '@salus/directory/device/patient'
import { verifyReceipt } from '@salus/journal/verify'
import { readBackup, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { startNode } from '@salus/node-app/testing'
import { upgradeNode } from '@salus/node-app/upgrade'
import { erase } from '@salus/records/device/patient'
import { deskAuthor, linkTo, world, write } from './people.ts'
import { story } from './story.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-upgrade-'))
after(() => rmSync(root, { recursive: true, force: true }))
const now = systemClock()
const open = (dir: string) => composeNode({ dir, clock: systemClock, random: systemRandom, log: () => {} })

/** The tables of the sources in format 1; every other was not there. */
const format1 = new Set([
  ...['leaf', 'statement', 'packet', 'content', 'head', 'gone', 'witnessed', 'own_witnessed'],
  ...['register', 'claim', 'claim_try', 'session', 'card_try'],
])

/** Makes of a stopped node's folder what the release before would have left. */
function age(dir: string): void {
  const db = new DatabaseSync(join(dir, 'sources.db'))
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
  for (const { name } of tables as { name: string }[]) if (!format1.has(name)) db.exec(`DROP TABLE "${name}"`)
  assert.equal(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()?.n, format1.size)
  db.close()
  const path = join(dir, 'node.json')
  const { witness: _unknown, ...said } = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...said, format: 1 }))
  // The key it cosigns with was made when it was first needed: here it never was.
  rmSync(join(dir, 'keys', 'witness.key'))
  // Its mark knew no digest over itself.
  const mark = join(dir, 'last.json')
  const { sum: _, ...old } = JSON.parse(readFileSync(mark, 'utf8'))
  writeFileSync(mark, JSON.stringify(old))
}

test('N12 an older folder does not start; upgraded after a backup, all of it verifies and its erasures are remembered', async () => {
  const dir = join(root, 'data')
  const at = await startNode({ dir })
  const told = await story(world(at))
  await write(await deskAuthor(world(at)), told.other.keys.handle, 'results', { n: 1 })
  const size = at.node.journal.log.size()
  const logs = logKeys(at.node.roots)
  await at.node.close()
  age(dir)
  const before = readFileSync(join(dir, 'sources.db'))
  await assert.rejects(open(dir), { code: 'data-format-older', facts: { format: 1 } })
  assert.deepEqual((await examine({ dir })).find((one) => !one.ok)?.code, 'data-format-older')
  assert.ok(before.equals(readFileSync(join(dir, 'sources.db'))), 'it was left untouched')

  const ports = { dir, random: systemRandom, now }
  const backup = join(root, 'backup')
  assert.deepEqual(await upgradeNode(ports, backup), { from: 1, to: 2, entries: size })
  assert.equal(await upgradeNode(ports, join(root, 'second')), undefined)
  assert.ok(!existsSync(join(root, 'second')), 'no backup for nothing')
  assert.deepEqual(
    (await examine({ dir })).filter((one) => !one.ok && one.name !== 'views'),
    [],
  )

  const node = await open(dir)
  assert.equal(node.journal.log.size(), size)
  for (let i = 0; i < size; i++) {
    const found = await node.journal.receiptAt(i)
    if (found) await verifyReceipt(found.stored.token, found.receipt, logs)
  }
  assert.ok((await node.ledger.verify()).height > 0)
  const again = world({ ...at, node, fetch: async (url, init) => node.app.fetch(new Request(url, init)) })
  const { keys } = told.other
  const memory = `${dir}-erased.log`
  const lines = () => (existsSync(memory) ? readFileSync(memory, 'utf8').match(/^\d+ [\w-]{22} /gm)?.length : 0) ?? 0
  const known = lines()
  await erase({ ...told.other, link: await linkTo(again, await signerOf(keys.device), keys.handle) })
  assert.equal(lines(), known + 1, 'a chain from before has a store id too')
  await node.close()

  // The backup is of the old format, and can be put back and upgraded like the folder it was made of.
  assert.equal((await readBackup(backup)).size, size)
  const back = join(root, 'back')
  await restoreNode(backup, { dir: back, now })
  await assert.rejects(open(back), { code: 'data-format-older' })
})

test('N12 nothing is upgraded over damage, nor under a running node', async () => {
  const dir = join(root, 'damaged')
  const at = await startNode({ dir })
  const ports = { dir, random: systemRandom, now }
  await story(world(at))
  await assert.rejects(upgradeNode(ports, join(root, 'never')), { code: 'node-running' })
  await at.node.close()
  age(dir)
  const db = new DatabaseSync(join(dir, 'sources.db'))
  db.exec("UPDATE statement SET token = token || 'A' WHERE idx = 3")
  db.close()
  await assert.rejects(upgradeNode(ports, join(root, 'kept')), { code: 'sources-damaged' })
  await assert.rejects(open(dir), { code: 'data-format-older' })
})
