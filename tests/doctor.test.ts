/** Doctor looks and changes nothing: not a byte of the folder, and least of all what it still has to remember. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { readErased } from '@salus/node-app/erased'
import { startNode } from '@salus/node-app/testing'
import { erase } from '@salus/records/device/patient'
import { deskAuthor, newPatient, world, write } from './people.ts'
import { bytesOf, needlesOf } from './scan.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-doctor-'))
after(() => rmSync(root, { recursive: true, force: true }))
const now = systemClock()
const ports = (dir: string, erased = `${dir}-erased.log`) => ({
  ...{ dir, erased, clock: systemClock, random: systemRandom },
  log: () => {},
})

/** Every file and folder under `dir`, each with the digest of its bytes; the lock, which holds nothing, aside. */
const bytesIn = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .map((one) => [join(one.parentPath, one.name), one.isFile()] as const)
      .filter(([path]) => !path.includes('node.lock'))
      .map(([path, file]) => [relative(dir, path), file ? digest(readFileSync(path)) : 'folder'])
      .sort(),
  )

/** A node whose patient was erased while the memory of erasures could not be written, as a kill leaves it; and a backup before. */
async function crashed(name: string) {
  const data = join(root, name)
  const at = await startNode({ dir: data })
  const w = world(at)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  const needles = await needlesOf(at.node, patient)
  const [backup, keys] = [`${data}-backup`, `${data}-keys`]
  await backupNode({ dir: data, now }, backup, keys)
  mkdirSync(`${data}-erased.log`)
  await assert.rejects(erase(patient), { code: 'journal-failed' }, 'no receipt: it is not remembered')
  const killed = join(root, `${name}-killed`)
  cpSync(data, killed, { recursive: true })
  await at.node.close()
  return { killed, needles, backup, keys }
}

test('N8 after a crash in an erasure doctor changes no byte, and the next start still remembers whom it erased', async () => {
  const { killed, needles, backup, keys } = await crashed('forgetful')
  const before = bytesIn(killed)
  assert.ok(['sources.db-wal', 'ledger.db-wal', 'views.db-wal'].every((one) => one in before))
  const checks = await examine({ dir: killed })
  assert.deepEqual(
    checks.filter((one) => !one.ok),
    [],
  )
  assert.deepEqual(bytesIn(killed), before)
  assert.ok(!existsSync(`${killed}-erased.log`), 'nothing is written down by a look')
  await (await composeNode(ports(killed))).close()
  assert.equal((await readErased(`${killed}-erased.log`)).length, 1)
  const back = join(root, 'forgetful-back')
  await restoreNode(backup, { dir: back, now }, keys)
  assert.ok(needles.some((one) => bytesOf(back).includes(one)))
  await (await composeNode(ports(back, `${killed}-erased.log`))).close()
  assert.ok(!needles.some((one) => bytesOf(back).includes(one)), 'nobody comes back')
})

test('N8 doctor changes no byte of a stopped folder, nor of a damaged one; what a doctor that was killed left is gone', async () => {
  const at = await startNode({ dir: join(root, 'stopped') })
  const patient = await newPatient(world(at))
  await at.node.close()
  const before = bytesIn(at.dir)
  assert.ok((await examine({ dir: at.dir })).every((one) => one.ok))
  assert.deepEqual(bytesIn(at.dir), before)
  const bytes = readFileSync(join(at.dir, 'sources.db'))
  writeFileSync(join(at.dir, 'sources.db'), bytes.subarray(0, bytes.length / 2))
  const damaged = bytesIn(at.dir)
  assert.ok((await examine({ dir: at.dir })).some((one) => one.code === 'sources-damaged'))
  assert.deepEqual(bytesIn(at.dir), damaged)
  writeFileSync(join(at.dir, 'sources.db'), bytes)
  mkdirSync(join(at.dir, 'doctor'))
  writeFileSync(join(at.dir, 'doctor', 'sources.db'), patient.keys.handle)
  await (await composeNode(ports(at.dir))).close()
  assert.ok(!existsSync(join(at.dir, 'doctor')), 'who is erased later would still stand there')
})

test('N7 where a store is gone, doctor and a start name it, and nothing takes its place', async () => {
  const data = join(root, 'gone')
  const at = await startNode({ dir: data })
  await newPatient(world(at))
  await at.node.close()
  for (const [file, code] of [
    ['sources.db', 'sources-missing'],
    ['ledger.db', 'ledger-missing'],
  ] as const) {
    const dir = join(root, `gone-${file}`)
    cpSync(data, dir, { recursive: true })
    rmSync(join(dir, file))
    const left = (await examine({ dir })).find((one) => one.name === 'left')
    assert.deepEqual([left?.ok, left?.code], [false, code])
    await assert.rejects(composeNode(ports(dir)), { code })
    assert.ok(!existsSync(join(dir, file)))
    cpSync(join(data, file), join(dir, file))
    await (await composeNode(ports(dir))).close()
  }
})
