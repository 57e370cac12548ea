/** What keys open, whatever the node does: the heart of the promise. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { startNode } from '@salus/node-app/testing'
import { approve, sync, takeBack } from '@salus/records/device/patient'
import { listGranted } from '@salus/records/device/reader'
import fc from 'fast-check'
import { emptyLoot, openable, steal } from './attack.ts'
import { deskAuthor, newPatient, newPro, type Pro, readAll, request, type World, world, write } from './people.ts'

const contentsOf = async (pro: Pro, grant: string) =>
  new Set((await listGranted(pro.link, grant)).map((one) => one.content as string))

test('R7 two granted categories open; with every byte of the node nothing else does', async () => {
  const at = await startNode()
  const w = world(at)
  const patient = await newPatient(w)
  const desk = await deskAuthor(w)
  for (const category of ['allergies', 'problems', 'results', 'social', 'people', 'pregnancy']) {
    await write(desk, patient.keys.handle, category, { resourceType: 'Basic', category })
  }
  const pro = await newPro(w)
  const id = await request(w, pro, patient.keys.handle, ['allergies', 'problems', 'results'])
  const { grant } = await approve(patient, id, { only: ['allergies', 'problems'] })
  const granted = await contentsOf(pro, grant)
  assert.equal(granted.size, 3)
  assert.equal((await readAll(pro, grant, patient.keys.handle)).length, 3)
  const { keys } = await pro.reader()
  const can = await openable(await steal(at, emptyLoot()), keys)
  assert.deepEqual(can, granted)
  const stranger = await newPro(w)
  assert.equal((await openable(await steal(at, emptyLoot()), (await stranger.reader()).keys)).size, 0)
  await at.node.close()
})

test('G10 what comes later opens with a standing grant and not with a one-off one', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const patient = await newPatient(w)
  const desk = await deskAuthor(w)
  const [once, always] = [await newPro(w), await newPro(w)]
  await write(desk, patient.keys.handle, 'results', { n: 1 })
  const one = await approve(patient, await request(w, once, patient.keys.handle, ['results']), {})
  const two = await approve(patient, await request(w, always, patient.keys.handle, ['results'], { hours: 1 }), {
    standing: true,
  })
  advance(10_000)
  await write(desk, patient.keys.handle, 'results', { n: 2 })
  assert.equal((await readAll(once, one.grant, patient.keys.handle)).length, 1)
  assert.equal((await readAll(always, two.grant, patient.keys.handle)).length, 2)
  const loot = await steal(at, emptyLoot())
  assert.equal((await openable(loot, (await once.reader()).keys)).size, 1)
  assert.equal((await openable(loot, (await always.reader()).keys)).size, 2)

  // Its end comes without anybody doing anything: the next epoch was published ahead, and the reader has no key for it.
  advance(3_600_000)
  await write(desk, patient.keys.handle, 'results', { n: 3 })
  await steal(at, loot)
  assert.equal((await openable(loot, (await always.reader()).keys)).size, 2)
  await sync(patient)
  assert.equal(Object.values(patient.book.records).filter((record) => record.key).length, 3, 'the patient opens all')
  await at.node.close()
})

test('G6 after a revocation nothing is served, and a later deposit does not open with the old packets', async () => {
  const { clock, advance } = manualClock()
  const at = await startNode({ clock })
  const w = world(at, clock)
  const patient = await newPatient(w)
  const desk = await deskAuthor(w)
  const pro = await newPro(w)
  const other = await newPro(w, 'nurse')
  await write(desk, patient.keys.handle, 'vitals', { n: 1 })
  const mine = await approve(patient, await request(w, pro, patient.keys.handle, ['vitals']), { standing: true })
  advance(5_000)
  const theirs = await approve(patient, await request(w, other, patient.keys.handle, ['vitals'], { hours: 48 }), {
    standing: true,
  })
  const loot = await steal(at, emptyLoot())
  advance(5_000)
  await takeBack(patient, mine.grant)
  advance(5_000)
  await write(desk, patient.keys.handle, 'vitals', { n: 2 })
  await assert.rejects(readAll(pro, mine.grant, patient.keys.handle), { code: 'grant-revoked' })
  await steal(at, loot)
  assert.equal(
    (await openable(loot, (await pro.reader()).keys)).size,
    1,
    'old packets, kept copies included, open only the old',
  )
  assert.equal((await readAll(other, theirs.grant, patient.keys.handle)).length, 2, 'the other reader goes on')
  await at.node.close()
})

type Step = {
  kind: 'write' | 'give' | 'standing' | 'revoke' | 'wait' | 'hide'
  who: number
  category: number
  hours: number
}
const categories = ['allergies', 'results', 'social'] as const
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('write', 'write', 'give', 'standing', 'revoke', 'wait'),
  who: fc.nat({ max: 1 }),
  category: fc.nat({ max: 2 }),
  hours: fc.integer({ min: 1, max: 5 }),
})

/** Runs the steps on a fresh patient and checks, after each, both directions of the promise for every reader. */
async function play(
  w: World,
  advance: (ms: number) => void,
  pros: readonly Pro[],
  steps: readonly Step[],
): Promise<void> {
  const patient = await newPatient(w)
  const desk = await deskAuthor(w)
  const grants: { grant: string; pro: Pro }[] = []
  const ever = pros.map(() => new Set<string>())
  const loot = emptyLoot()
  for (const { kind, who, category, hours } of steps) {
    const pro = pros[who] as Pro
    const name = categories[category] as string
    advance(2_000)
    if (kind === 'write') await write(desk, patient.keys.handle, name, { resourceType: 'Basic' })
    if (kind === 'wait') advance(hours * 1_800_000)
    if (kind === 'give' || kind === 'standing') {
      const id = await request(w, pro, patient.keys.handle, [name], { hours })
      grants.push({ grant: (await approve(patient, id, { standing: kind === 'standing' })).grant, pro })
    }
    const last = grants.at(-1)
    if (kind === 'revoke' && last && patient.book.grants[last.grant]?.revokedAt === undefined)
      await takeBack(patient, last.grant)
    for (const one of grants) {
      const rows = await listGranted(one.pro.link, one.grant).catch(() => [])
      const read = await readAll(one.pro, one.grant, patient.keys.handle).catch((error) => {
        if (rows.length > 0) throw error
        return []
      })
      assert.equal(read.length, rows.length, 'mayRead yes => opens')
      for (const row of rows) ever[pros.indexOf(one.pro)]?.add(row.content)
    }
    await steal(w.at, loot)
    for (const [i, each] of pros.entries()) {
      for (const digest of await openable(loot, (await each.reader()).keys)) {
        assert.ok(ever[i]?.has(digest), 'never granted => cannot be opened, with every byte there ever was')
      }
    }
  }
}

test('G9 property: mayRead yes => opens; never granted => cannot be opened with every byte the node ever had', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 9 }), async (steps) => {
      const { clock, advance } = manualClock()
      const at = await startNode({ clock })
      const w = world(at, clock)
      await play(w, advance, [await newPro(w), await newPro(w, 'nurse')], steps)
      await at.node.close()
    }),
    { numRuns: 12 },
  )
})
