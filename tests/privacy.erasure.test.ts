/** The privacy gates P5 and P6: erasing reaches everything, a restored backup included, and more than the keys. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { verifyReceipt } from '@salus/journal/verify'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { startNode } from '@salus/node-app/testing'
import { exportOwn } from '@salus/records/device/export'
import { erase, openOwn, sync } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import { refused } from './bad-input.ts'
import { deskAuthor, world } from './people.ts'
import { bytesOf, needlesOf } from './scan.ts'
import { story } from './story.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-erasure-'))
after(() => rmSync(root, { recursive: true, force: true }))

/** A day of its own, with a backup made before the patient erases; what is asked of it afterwards. */
async function erasing(name: string) {
  const [dir, backup, keys, back] = ['data', 'backup', 'keys', 'back'].map((one) => join(root, `${name}-${one}`)) as [
    string,
    string,
    string,
    string,
  ]
  const at = await startNode({ dir })
  const w = world(at)
  const s = await story(w)
  await sync(s.patient)
  const needles = await needlesOf(at.node, s.patient)
  assert.ok(needles.length > 40)
  await backupNode({ dir, now: systemClock() }, backup, keys)
  const memory = `${dir}-erased.log`
  const open = (folder: string) =>
    composeNode({ dir: folder, erased: memory, clock: systemClock, random: systemRandom, log: () => {} })
  const left = (folder: string) => {
    const bytes = bytesOf(folder)
    return needles.filter((one) => bytes.includes(one)).length
  }
  return {
    ...{ at, w, s, needles, left, open, dir, backup, keys, back },
    restore: () => restoreNode(backup, { dir: back, now: systemClock() }, keys),
  }
}

test('P5 erasure reaches record, salt, packets, index, export and reads, and a restored backup; other proofs verify; there is a receipt', async () => {
  const run = await erasing('whole')
  const { at, w, s, needles, left } = run
  const { handle } = s.patient.keys
  assert.deepEqual([left(run.dir), left(run.backup)], [needles.length, needles.length], 'the scan finds what is there')
  const { receipt, statement } = await erase(s.patient)
  assert.equal(left(run.dir), 0, 'record, salt, packets, index, write-ahead logs, freed pages')
  const { link } = await deskAuthor(w)
  await verifyReceipt(statement, receipt, link.logs)
  await refused(findKeyring(link, handle), 'keyring-unknown')
  await refused(listGranted(s.doctor.link, s.given.grant), 'not-found')
  await refused(
    exportOwn(
      s.patient,
      () => ({}) as never,
      () => {},
    ),
    'session-invalid',
  )
  await refused(openOwn(s.patient).next(), 'session-invalid')
  const { people } = await link.call(directoryEndpoints.register)
  assert.ok(!people.some((one) => one.handle === handle), 'the desk’s search')
  await at.node.close()
  assert.equal(left(run.dir), 0, 'after the stop')
  await run.restore()
  assert.equal(left(run.back), needles.length, 'put back, it is all there')
  const node = await run.open(run.back)
  assert.equal(left(run.back), 0, 'and gone before anything is served')
  let proven = 0
  for (let i = 0; i < node.journal.log.size(); i++) {
    const found = await node.journal.receiptAt(i)
    if (!found) continue
    assert.notEqual(found.stored.chain, handle)
    await verifyReceipt(found.stored.token, found.receipt, link.logs)
    proven++
  }
  assert.ok(proven > 20, 'everybody else’s proofs verify')
  await node.close()
})

test('P6 erasure is more than key destruction: where keys are gone and ciphertext or mapping stays, P5 fails', async () => {
  const run = await erasing('keys')
  const { at, s, left, dir, needles } = run
  await at.node.close()
  const shredded = join(root, 'shredded')
  cpSync(dir, shredded, { recursive: true })
  const shred = (sql: string) => {
    const db = new DatabaseSync(join(shredded, 'sources.db'))
    db.exec('PRAGMA secure_delete=ON')
    db.prepare(sql).run(s.patient.keys.handle)
    db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
  }
  shred('DELETE FROM packet WHERE chain = ?')
  const packets = needles.length - left(shredded)
  assert.ok(packets > 0 && left(shredded) > 20, 'every key of the person is gone, and the check still finds the rest')
  shred('DELETE FROM content WHERE chain = ?')
  const withoutContent = left(shredded)
  assert.ok(withoutContent > 0, 'salts and the handle that maps them are enough to fail')
  shred('DELETE FROM statement WHERE chain = ?')
  assert.ok(left(shredded) > 0, 'the views alone still name the person')
})
