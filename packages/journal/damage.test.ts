import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { digest } from '@salus/crypto/hash'
import { generateKeyPair } from '@salus/crypto/keys'
import { type Binding, sealToKey } from '@salus/crypto/packet'
import { putContent, putPacket, putStatement } from './damage.store.ts'
import { type Damage, lookForDamage } from './damage.ts'
import { createProjector } from './project.ts'
import { createPerson, openTestJournal, sampleSlice } from './testing.ts'

const projector = createProjector([sampleSlice])
const box = generateKeyPair(systemRandom)
const packet = (n: number) =>
  sealToKey(box.publicKey, { kind: 'deposit', record: `sample-${n}` } as Binding, utf8('key'))

async function filled() {
  const at = await openTestJournal(mkdtempSync(join(tmpdir(), 'salus-damage-')))
  const person = await createPerson()
  await at.journal.accept({ items: [await person.found()] })
  const packets = [await packet(1), await packet(2)] as const
  const item = await person.write('one', { packets, content: 'sealed' })
  await at.journal.accept({ items: [item] })
  const look = async () => {
    const { damage, ...seen } = await at.sources.tx((s) => lookForDamage(s, projector, 0))
    return { damage, seen }
  }
  return { ...at, person, item, packets, look }
}

test('J31 what is not what was signed is found by entry and kind, and taken back only as what was signed', async () => {
  const { sources, look, packets, item, person, close } = await filled()
  assert.deepEqual(await look(), { damage: [], seen: { statements: 2, packets: 2, contents: 1, next: 2 } })
  await sources.tx((s) => s.run('UPDATE content SET jwe = ?', 'sealeb'))
  await sources.tx((s) => s.run('UPDATE packet SET jwe = ? WHERE at = 1', packets[0]))
  const named = digest(packets[1])
  const found: Damage[] = [
    { index: 1, kind: 'packet', at: 1, named },
    { index: 1, kind: 'content', chain: person.handle, named: digest('sealed') },
  ]
  assert.deepEqual((await look()).damage, found)
  const put = (place: typeof named, jwe: string) =>
    sources.tx((s) => putPacket(s, { idx: 1, at: 1, named: place }, jwe))
  assert.equal(await put(named, packets[0]), false, 'another packet')
  assert.equal(await put(named, packets[1]), true)
  assert.equal(await sources.tx((s) => putContent(s, person.handle, digest('sealed'), 'another')), false)
  assert.equal(await sources.tx((s) => putContent(s, person.handle, digest('sealed'), 'sealed')), true)
  assert.deepEqual((await look()).damage, [])
  const { statement } = item
  await sources.tx((s) => s.run("UPDATE statement SET token = 'x' || token WHERE idx = 1"))
  assert.deepEqual((await look()).damage, [{ index: 1, kind: 'statement' }])
  const other = await person.write('one', { packets: [...packets], content: 'sealed' })
  assert.equal(await sources.tx((s) => putStatement(s, 1, other.statement)), false, 'it does not open the leaf')
  assert.equal(await sources.tx((s) => putStatement(s, 1, statement)), true)
  assert.deepEqual((await look()).damage, [])
  await close()
})

test('J31 what a later statement destroyed is no damage', async () => {
  const { sources, look, close } = await filled()
  await sources.tx((s) => s.run('DELETE FROM content'))
  await sources.tx((s) => s.run('DELETE FROM packet WHERE at = 0'))
  assert.deepEqual(await look(), { damage: [], seen: { statements: 2, packets: 1, contents: 0, next: 2 } })
  await close()
})
