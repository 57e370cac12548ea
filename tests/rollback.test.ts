/** Yesterday's data put back, by plain copy and by restore: found by a patient's device, and closed until it has caught up. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '@salus/base/clock'
import { signerOf } from '@salus/directory/device/patient'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { examine } from '@salus/node-app/doctor'
import { endJournal } from '@salus/node-app/evidence'
import { startNode, type TestNode } from '@salus/node-app/testing'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { deskAuthor, linkTo, newPatient, world, write } from './people.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-rollback-'))
after(() => rmSync(root, { recursive: true, force: true }))
let count = 0
const fresh = () => join(root, `${count++}`)
const now = systemClock()

const healthOf = async (at: TestNode) => {
  const answer = await at.fetch('http://node.test/health', {})
  return { code: answer.status, ...((await answer.json()) as { status: string }) }
}

/** The same device on another node that says it is the same. */
const onto = async (patient: PatientDevice, at: TestNode): Promise<PatientDevice> => ({
  ...patient,
  link: await linkTo(world(at), await signerOf(patient.keys.device), patient.keys.handle),
})

/** A folder as it was, by `copy`; the node goes on; a device that has seen it go on; the newest folder. */
async function grown(copy: (at: TestNode, to: string) => Promise<void>) {
  const at = await startNode({ dir: fresh() })
  const w = world(at)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  await sync(patient)
  const old = fresh()
  await copy(at, old)
  const later = await startNode({ dir: at.dir })
  const going = { ...later, organisations: at.organisations }
  await write(await deskAuthor(world(going)), patient.keys.handle, 'results', { n: 2 })
  const device = await onto(patient, going)
  await sync(device)
  await later.node.close()
  return { old, newest: at.dir, device }
}

const ways = {
  'a plain copy': async (at: TestNode, to: string) => {
    await at.node.close()
    cpSync(at.dir, to, { recursive: true })
  },
  'a backup put back': async (at: TestNode, to: string) => {
    const [backup, keys] = [fresh(), fresh()]
    await backupNode({ dir: at.dir, now }, backup, keys)
    await restoreNode(backup, { dir: to, now }, keys)
    await at.node.close()
  },
}

for (const [name, copy] of Object.entries(ways)) {
  test(`N10 ${name} is found by a device that has seen more; nothing is served, also after a restart, until it has caught up`, async () => {
    const { old, newest, device } = await grown(copy)
    const before = JSON.stringify(device.book)
    const at = await startNode({ dir: old })
    const serving = await at.fetch('http://node.test/consortium.json', {})
    assert.equal(serving.status, 200, 'nobody can know it before somebody shows it')
    await assert.rejects(sync(await onto(device, at)), { code: 'journal-behind' })
    assert.equal(JSON.stringify(device.book), before, 'the device believed nothing of it')
    const isShut = async (node: TestNode) => {
      for (const path of [
        '/consortium.json',
        '/journal/checkpoint',
        '/openapi.json',
        '/keyrings/find',
        '/journal/tile/0/000.p/1',
      ]) {
        const answer = await node.fetch(`http://node.test${path}`, { headers: { 'accept-language': 'fr' } })
        const { code, title } = (await answer.json()) as { code: string; title: string }
        assert.deepEqual([answer.status, code], [503, 'journal-closed'], path)
        assert.match(title, /journal est plus ancien/)
      }
      assert.deepEqual(await healthOf(node).then(({ code, status }) => [code, status]), [503, 'closed'])
    }
    await isShut(at)
    await at.node.close()
    assert.equal(readdirSync(join(old, 'evidence')).length, 1)
    const again = await startNode({ dir: old })
    await isShut(again)
    await again.node.close()
    const journal = (await examine({ dir: old })).find((one) => one.name === 'journal')
    assert.deepEqual([journal?.ok, journal?.code], [false, 'journal-closed'])
    // Evidence that lost a letter is named: it must not pass for none.
    const note = join(old, 'evidence', readdirSync(join(old, 'evidence'))[0] ?? '')
    const whole = readFileSync(note, 'utf8')
    writeFileSync(note, `${whole.slice(0, 60)}${whole[60] === 'A' ? 'B' : 'A'}${whole.slice(61)}`)
    await assert.rejects(startNode({ dir: old }), { code: 'evidence-damaged' })
    writeFileSync(note, whole)
    // It has caught up when it contains what was shown: the newest data, under the same evidence.
    cpSync(join(old, 'evidence'), join(newest, 'evidence'), { recursive: true })
    const caught = await startNode({ dir: newest })
    assert.equal((await healthOf(caught)).status, 'ready')
    await sync(await onto(device, caught))
    await caught.node.close()
  })
}

test('N5 a journal that is as long as its ledger knows, and another at that size, serves nothing', async () => {
  const at = await startNode({ dir: fresh() })
  const { handle } = (await newPatient(world(at))).keys
  await at.node.close()
  const [one, other] = [fresh(), fresh()]
  for (const [dir, times] of [
    [one, 1],
    [other, 3],
  ] as const) {
    cpSync(at.dir, dir, { recursive: true })
    const node = { ...(await startNode({ dir })), organisations: at.organisations }
    const desk = await deskAuthor(world(node))
    for (let n = 0; n < times; n++) await write(desk, handle, 'results', { n })
    await node.node.close()
  }
  for (const name of ['ledger.db', 'ledger.db-wal']) rmSync(join(other, name), { force: true })
  cpSync(join(one, 'ledger.db'), join(other, 'ledger.db'))
  await assert.rejects(startNode({ dir: other }), { code: 'journal-closed' })
  const journal = (await examine({ dir: other })).find((check) => check.name === 'journal')
  assert.deepEqual([journal?.ok, journal?.code], [false, 'journal-closed'])
})

test('N10 an administrator closes a log for good: written down, and nothing opens it again', async () => {
  const { old } = await grown(ways['a plain copy'])
  const at = await startNode({ dir: old })
  const { origin } = at
  await assert.rejects(endJournal(old, origin, now), { code: 'node-running' })
  await at.node.close()
  assert.equal(await endJournal(old, 'another', now), undefined)
  await (await startNode({ dir: old })).node.close()
  assert.ok((await endJournal(old, origin, now))?.size)
  await assert.rejects(startNode({ dir: old }), { code: 'journal-ended' })
})
