import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { generateKeyPair } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { eraseListed, nameAll } from './again.ts'
import { dumpTables } from './sample.store.ts'
import { leaves, openSources } from './sources.store.ts'
import { createFault, createPerson, openTestJournal, type TestJournal } from './testing.ts'
import { verifyReceipt } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-erase-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const fresh = () => mkdtempSync(join(folder, 'one-'))

const box = generateKeyPair(systemRandom)
const packetOf = (bytes: number) => sealToKey(box.publicKey, { kind: 'deposit' }, systemRandom(bytes))

/** Windows of a secret: a page boundary may cut one of them, never all. */
const windows = (secret: string) =>
  [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => secret.slice(Math.floor(part * (secret.length - 40))).slice(0, 40))

/** Which of `secrets` any file of `dir` (databases and write-ahead logs) still holds a window of. */
function foundIn(dir: string, secrets: Record<string, string>): string[] {
  const files = readdirSync(dir).filter((name) => /\.db(-wal|-shm)?$/.test(name))
  const bytes = files.map((name) => readFileSync(join(dir, name)))
  const holds = (secret: string) => windows(secret).some((one) => bytes.some((file) => file.includes(one)))
  return Object.keys(secrets).filter((name) => holds(secrets[name] as string))
}

/** Two people write in turn, one with small and large packets and content; gives what must go and what must stay. */
async function filled({ journal }: TestJournal) {
  const [gone, stays] = [await createPerson(), await createPerson()]
  await journal.accept({ items: [await gone.found(), await stays.found()] })
  const [small, large] = [await packetOf(32), await packetOf(30_000)]
  const content = `ciphertext ${Buffer.from(systemRandom(20_000)).toString('hex')}`
  const words = `words of a sample ${Buffer.from(systemRandom(3_000)).toString('hex')}`
  const item = await gone.write(words, { packets: [small, large], content })
  const kept = []
  for (let i = 0; i < 5; i++) {
    const one = await stays.write(`stays ${i}`)
    const [receipt] = await journal.accept({ items: [one] })
    kept.push({ one, receipt: receipt! })
    if (i === 2) await journal.accept({ items: [item] })
  }
  const payload = item.statement.split('.')[1] as string
  const secrets = { words, small, large, content, statement: item.statement, payload }
  return { gone, stays, item, kept, secrets }
}

test('J16 erasing empties statements, salts, packets and content, and the bytes are gone from the files', async () => {
  const dir = fresh()
  const at = await openTestJournal(dir)
  const { gone, stays, item, kept, secrets } = await filled(at)
  assert.deepEqual(foundIn(dir, secrets), Object.keys(secrets), 'they are there before')
  const before = await at.sources.tx(dumpTables)
  const salts = (before.statement as { chain: string; salt: Uint8Array }[]).filter((row) => row.chain === gone.handle)

  const erase = await gone.erase()
  const [receipt] = await at.journal.accept({ items: [erase] })
  assert.deepEqual(foundIn(dir, { ...secrets, erase: erase.statement }), [])
  const files = readdirSync(dir).map((name) => readFileSync(join(dir, name)))
  for (const { salt } of salts) assert.ok(!files.some((file) => file.includes(Buffer.from(salt))), 'no salt is left')
  assert.ok(!files.some((file) => file.includes(gone.handle)), 'no handle is left')

  const rows = await at.sources.tx(dumpTables)
  const views = await at.views.tx(dumpTables)
  assert.deepEqual([rows.packet, rows.content], [[], []])
  assert.equal(rows.statement!.length, 6)
  assert.deepEqual((rows.leaf as object[]).slice(0, before.leaf!.length), before.leaf, 'the leaves stay')
  assert.equal((views.sample_note as { chain: string }[]).filter((row) => row.chain !== stays.handle).length, 0)
  await verifyReceipt(erase.statement, receipt!, [at.key])
  assert.equal(await at.journal.receiptAt(receipt!.index), undefined)
  for (const { one, receipt: old } of kept) {
    await verifyReceipt(one.statement, old, [at.key])
    const { receipt: now } = (await at.journal.receiptAt(old.index))!
    await verifyReceipt(one.statement, now, [at.key])
  }
  await assert.rejects(at.journal.accept({ items: [item] }), { code: 'signer-unknown' })
  await at.close()
})

test('J16 in one group with others everyone gets a receipt, also for what is erased next', async () => {
  // Signatures checked on several threads end in any order; who sends at once has no say in who comes first.
  const at = await openTestJournal(fresh(), { verify: async () => true })
  const [gone, stays] = [await createPerson(), await createPerson()]
  const first = await gone.found()
  await at.journal.accept({ items: [first, await stays.found()] })
  const items = [await stays.write('a'), await gone.write('b'), first, await gone.erase(), await stays.write('c')]
  const answers = await Promise.all(items.map((one) => at.journal.accept({ items: [one] })))
  for (const [i, [receipt]] of answers.entries()) await verifyReceipt(items[i]!.statement, receipt!, [at.key])
  await at.close()
})

test('J18 the entry that founded an erased chain founds nothing while it could still be sent again', async () => {
  const dir = fresh()
  let at = await openTestJournal(dir)
  const { gone } = await filled(at)
  const again = await gone.found()
  await at.journal.accept({ items: [await gone.erase()] })
  await assert.rejects(at.journal.accept({ items: [again] }), { code: 'not-found' })
  await at.close()
  at = await openTestJournal(dir)
  await assert.rejects(at.journal.accept({ items: [again] }), { code: 'not-found' }, 'nor after a restart')
  const other = await createPerson()
  await at.journal.accept({ items: [await other.found()] })
  await at.close()
})

test('J16 the host erases what else it keeps in the same transaction', async () => {
  const erased: string[] = []
  const eraseMore = async (s: { run(sql: string): Promise<number> }, chain: string) => {
    erased.push(chain)
    await s.run('DELETE FROM content')
  }
  const at = await openTestJournal(fresh(), { eraseMore })
  const { gone } = await filled(at)
  await at.journal.accept({ items: [await gone.erase()] })
  assert.deepEqual(erased, [gone.handle])
  await at.close()
})

test('J16 views that missed the erasure forget all the same', async () => {
  const dir = fresh()
  const fault = createFault(/INTO tile/)
  const at = await openTestJournal(dir, { wrap: { views: fault.wrap } })
  const { gone, stays, kept, secrets } = await filled(at)
  const erase = await gone.erase()
  fault.arm('before')
  const [[receipt], [other]] = await Promise.all([
    at.journal.accept({ items: [erase] }),
    at.journal.accept({ items: [await stays.write('beside it')] }),
  ])
  await verifyReceipt(erase.statement, receipt!, [at.key])
  assert.equal(other!.number, 7)
  const views = await at.views.tx(dumpTables)
  assert.deepEqual(
    (views.sample_person as { handle: string }[]).map((row) => row.handle),
    [stays.handle],
  )
  assert.deepEqual(foundIn(dir, { ...secrets, erase: erase.statement }), [])
  for (const { one, receipt: old } of kept) await verifyReceipt(one.statement, old, [at.key])
  const entries = await at.sources.tx((s) => leaves(s, 0, at.journal.log.size()))
  assert.equal(entries.length, at.journal.log.size())
  await at.close()
})

test('J24 an erasure is written down before its receipt; one that could not be is written down at the next start', async () => {
  const dir = fresh()
  const written: string[] = []
  let full = true
  const rememberErased = async (ids: readonly string[]) => {
    if (full) throw new Error('the disk is full (a fault of the test)')
    written.push(...ids)
  }
  const at = await openTestJournal(dir, { rememberErased })
  const { gone, stays } = await filled(at)
  await assert.rejects(at.journal.accept({ items: [await gone.erase()] }), { code: 'journal-failed' })
  assert.deepEqual(written, [])
  await at.close()
  // Nobody there who could write it down: it waits on.
  await (await openTestJournal(dir)).close()
  full = false
  const again = await openTestJournal(dir, { rememberErased })
  assert.equal(written.length, 1)
  assert.match(written[0] ?? '', /^[\w-]{22}$/)
  const receipts = await again.journal.accept({ items: [await stays.erase()] })
  assert.deepEqual([receipts.length, written.length], [1, 2])
  await again.close()
  await (await openTestJournal(dir, { rememberErased })).close()
  assert.equal(written.length, 2, 'once each')
})

test('J24 what is listed is erased again from an old copy, with whatever the host kept; nobody else is touched', async () => {
  const [dir, old] = [fresh(), fresh()]
  const written: string[] = []
  const rememberErased = async (ids: readonly string[]) => void written.push(...ids)
  const first = await openTestJournal(dir, { rememberErased })
  const { gone, secrets, kept } = await filled(first)
  await first.close()
  cpSync(dir, old, { recursive: true })
  const grown = await openTestJournal(dir, { rememberErased })
  await grown.journal.accept({ items: [await gone.erase()] })
  await grown.close()
  assert.deepEqual([foundIn(dir, secrets), foundIn(old, secrets)], [[], Object.keys(secrets)])
  const sources = openSources(join(old, 'sources.db'))
  const host: string[] = []
  const eraseMore = async (_: unknown, chain: string) => void host.push(chain)
  const now = Math.floor(Date.now() / 1000)
  assert.equal(await eraseListed({ sources, eraseMore, now }, [...written, 'never-heard-of']), 1)
  assert.equal(await eraseListed({ sources, eraseMore, now }, written), 0)
  assert.deepEqual(host, [gone.handle])
  await sources.close()
  rmSync(join(old, 'views.db'))
  const at = await openTestJournal(old, { rememberErased })
  assert.deepEqual(foundIn(old, secrets), [])
  await assert.rejects(at.journal.accept({ items: [await gone.found()] }), { code: 'not-found' }, 'J18 holds here too')
  for (const { one, receipt } of kept) await verifyReceipt(one.statement, receipt, [at.key])
  assert.equal(written.length, 1)
  await at.close()
})

test('J24 chains of a folder from before are named once', async () => {
  const at = await openTestJournal(fresh())
  await filled(at)
  await at.sources.tx((s) => s.run('DELETE FROM store_id'))
  assert.equal(await nameAll(at.sources, systemRandom), 2)
  assert.equal(await nameAll(at.sources, systemRandom), 0)
  await at.close()
})
