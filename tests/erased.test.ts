/** Erasures survive a restored backup: nothing of that person comes back, everyone else's proofs still verify. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { verifyReceipt } from '@salus/journal/verify'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { composeNode } from '@salus/node-app/compose'
import { examine } from '@salus/node-app/doctor'
import { acceptMissing, countMissing } from '@salus/node-app/erased'
import { rebuildViews } from '@salus/node-app/rebuild'
import { startNode } from '@salus/node-app/testing'
import { erase } from '@salus/records/device/patient'
import { deskAuthor, newPatient, world, write } from './people.ts'
import { bytesOf, needlesOf } from './scan.ts'
import { story } from './story.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-erased-'))
after(() => rmSync(root, { recursive: true, force: true }))
const now = systemClock()
const ports = (dir: string, erased: string) => ({
  dir,
  erased,
  clock: systemClock,
  random: systemRandom,
  log: () => {},
})

test('N11 backup, erase, restore, start: nothing of that person is left, and everyone else’s proofs verify', async () => {
  const [data, backup, keys, back] = ['data', 'backup', 'keys', 'back'].map((one) => join(root, one)) as [
    ...[string, string, string, string],
  ]
  const at = await startNode({ dir: data })
  const w = world(at)
  const { patient, other } = await story(w)
  const desk = await deskAuthor(w)
  const kept = await write(desk, other.keys.handle, 'problems', { n: 2 })
  const needles = await needlesOf(at.node, patient)
  await backupNode({ dir: data, now }, backup, keys)
  const memory = `${data}-erased.log`
  const ids = () =>
    (existsSync(memory) ? readFileSync(memory, 'utf8') : '').match(/^\d+ [\w-]{22} [\w-]{8}$/gm)?.length ?? 0
  const before = ids()
  const { receipt, statement } = await erase(patient)
  await at.node.close()
  assert.equal(statSync(memory).mode & 0o777, 0o600)
  assert.equal(ids(), before + 1)
  assert.match(readFileSync(memory, 'utf8'), /^(\n\d+ [\w-]{22} [\w-]{8}\n)+$/, 'random ids, nothing else')
  const holds = (dir: string) => needles.filter((one) => bytesOf(dir).includes(one)).length
  assert.deepEqual([holds(data), holds(backup)], [0, needles.length], 'the scan finds what is there')

  await restoreNode(backup, { dir: back, now }, keys)
  assert.equal(holds(back), needles.length)
  const node = await composeNode(ports(back, memory))
  assert.equal(holds(back), 0, 'while it runs: write-ahead logs too')
  await verifyReceipt(statement, receipt, desk.link.logs)
  let proven = 0
  for (let i = 0; i < node.journal.log.size(); i++) {
    const found = await node.journal.receiptAt(i)
    if (found) await verifyReceipt(found.stored.token, found.receipt, desk.link.logs)
    if (found) proven++
  }
  assert.ok(proven > 10 && proven < node.journal.log.size())
  const index = await node.sources.tx((s) => s.get('SELECT idx FROM statement WHERE token = ?', kept.item.statement))
  assert.ok(index, 'the other’s record is there')
  await node.close()
  assert.equal(holds(back), 0)
  assert.equal(ids(), before + 1, 'written down once')
  assert.deepEqual(
    (await examine({ dir: back, erased: memory })).filter((one) => !one.ok),
    [],
  )
  await rebuildViews(ports(back, memory))
  assert.equal(holds(back), 0)
})

test('N11 a plain copy put back is erased again too; without the memory it comes back, which is why restore says so', async () => {
  const data = join(root, 'plain')
  const at = await startNode({ dir: data })
  const w = world(at)
  const patient = await newPatient(w)
  await write(await deskAuthor(w), patient.keys.handle, 'results', { n: 1 })
  const needles = await needlesOf(at.node, patient)
  const copies = ['with', 'without'].map((one) => join(root, one)) as [string, string]
  for (const one of copies) {
    await backupNode({ dir: data, now }, `${one}-backup`, `${one}-keys`)
    await restoreNode(`${one}-backup`, { dir: one, now }, `${one}-keys`)
  }
  await erase(patient)
  await at.node.close()
  const left = async (dir: string, memory: string) => {
    await (await composeNode(ports(dir, memory))).close()
    return needles.some((one) => bytesOf(dir).includes(one))
  }
  assert.deepEqual(
    [await left(copies[0], `${data}-erased.log`), await left(copies[1], join(root, 'none.log'))],
    [false, true],
  )
})

test('N11 a memory that is shorter than the data has seen it serves nothing; older data takes the whole one, and then asks for it', async () => {
  const data = join(root, 'short')
  const at = await startNode({ dir: data })
  const w = world(at)
  const [first, second] = [await newPatient(w), await newPatient(w)]
  const [backup, keys, back] = ['short-backup', 'short-keys', 'short-back'].map((one) => join(root, one)) as [
    ...[string, string, string],
  ]
  await backupNode({ dir: data, now }, backup, keys)
  await restoreNode(backup, { dir: back, now }, keys)
  for (const one of [first, second]) await erase(one)
  await at.node.close()
  const memory = `${data}-erased.log`
  const whole = readFileSync(memory, 'utf8')
  const last = whole.lastIndexOf('\n2 ')
  const short = join(root, 'short.log')
  const opens = async (dir: string, path: string) => (await composeNode(ports(dir, path))).close()
  await opens(data, memory)
  await opens(back, memory)
  for (const dir of [data, back]) {
    for (const text of [whole.slice(0, last), whole.slice(0, last + 20), '', undefined]) {
      rmSync(short, { force: true })
      if (text !== undefined) writeFileSync(short, text)
      await assert.rejects(opens(dir, short), { code: 'erased-cut-short' }, text)
      const [settings] = await examine({ dir, erased: short })
      assert.deepEqual([settings?.name, settings?.ok, settings?.code], ['settings', false, 'erased-cut-short'])
    }
  }
  const places = { dir: data, erased: short }
  assert.equal(await countMissing(places), 2)
  await acceptMissing(places)
  assert.equal(await countMissing(places), 0)
  await opens(data, short)
  assert.ok((await examine(places)).every((one) => one.ok))
})

for (const how of ['moved away', 'cut at its end', 'emptied'] as const) {
  test(`N11 a memory that is ${how} while the node runs takes no further erasure; brought back, it goes on where it was`, async () => {
    const data = join(root, how.replaceAll(' ', '-'))
    const at = await startNode({ dir: data })
    const w = world(at)
    const people = [await newPatient(w), await newPatient(w), await newPatient(w)] as const
    const memory = `${data}-erased.log`
    await erase(people[0])
    await erase(people[1])
    const whole = readFileSync(memory, 'utf8')
    const left = { 'moved away': undefined, 'cut at its end': whole.slice(0, whole.lastIndexOf('\n2 ')), emptied: '' }[
      how
    ]
    rmSync(memory)
    if (left !== undefined) writeFileSync(memory, left)
    await assert.rejects(erase(people[2]), { code: 'journal-failed' }, 'no receipt: it is not remembered')
    await assert.rejects(newPatient(w), { code: 'journal-failed' }, 'nor is anything else taken')
    assert.equal(existsSync(memory) ? readFileSync(memory, 'utf8') : undefined, left, 'nothing is written on')
    const seen = await at.node.sources.tx((s) => s.get<{ lines: number }>('SELECT lines FROM erased_lines'))
    assert.equal(seen?.lines, 2)
    await at.node.close()
    const opens = async () => (await composeNode(ports(data, memory))).close()
    await assert.rejects(opens(), { code: 'erased-cut-short' })
    writeFileSync(memory, whole)
    await opens()
    const ids = readFileSync(memory, 'utf8').match(/^\d+ /gm)
    assert.deepEqual(ids, ['1 ', '2 ', '3 '], 'what waited is written down behind the others')
  })
}
