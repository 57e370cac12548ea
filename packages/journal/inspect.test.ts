import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url, utf8 } from '@salus/base/bytes'
import { systemClock, systemRandom } from '@salus/base/clock'
import type { SqlValue } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { generateDeviceKey, generateKeyPair } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { witnessKey } from './cosign.ts'
import { inspectLeaves, inspectSources } from './inspect.ts'
import { formatVkey } from './note.ts'
import { parsePolicy } from './policy.ts'
import { contentBytes, contentOf, openSources, packetJwes, statementAt, statementsBetween } from './sources.store.ts'
import { createPerson, openTestJournal, sampleSlice, type TestJournal } from './testing.ts'
import { createWitness } from './witness.ts'
import { type AskText, createWitnessing } from './witnessing.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-inspect-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const box = generateKeyPair(systemRandom)
const content = 'ciphertext of a sample'

/** A journal with two people, packets and a content. */
async function filled(): Promise<TestJournal & { handle: string; path: string }> {
  const dir = mkdtempSync(join(folder, 'one-'))
  const at = await openTestJournal(dir)
  const [one, two] = [await createPerson(), await createPerson()]
  await at.journal.accept({ items: [await one.found(), await two.found()] })
  const packets = [await sealToKey(box.publicKey, { kind: 'deposit', n: 1 }, systemRandom(32))]
  await at.journal.accept({ items: [await one.write('with all', { packets, content })] })
  for (let i = 0; i < 5; i++) await at.journal.accept({ items: [await (i % 2 ? one : two).write(`sample ${i}`)] })
  return { ...at, handle: one.handle, path: join(dir, 'sources.db') }
}

const nobody = parsePolicy('quorum none')
const look = ({ sources, key }: TestJournal, policy = nobody) => inspectSources(sources, [sampleSlice], { key, policy })

test('J22 sound sources have no fault, also with a gap that an erasure left', async () => {
  const at = await filled()
  const seen = await look(at)
  assert.deepEqual(seen, { leaves: 8, statements: 8, packets: 1, contents: 1, faults: {} })
  const gone = await createPerson()
  await at.journal.accept({ items: [await gone.found()] })
  await at.journal.accept({ items: [await gone.erase()] })
  assert.deepEqual(await look(at), { ...seen, leaves: 10, statements: 8 })
  await at.close()
})

test('J22 a file whose pages are missing is no folder with erased people: found by the quick look too', async () => {
  const at = await filled()
  const page = await at.sources.tx((s) => s.get<{ page_size: number }>('PRAGMA page_size'))
  const root = await at.sources.tx((s) =>
    s.get<{ rootpage: number }>("SELECT rootpage FROM sqlite_schema WHERE name = 'statement'"),
  )
  await at.sources.settle()
  const [size, first] = [page?.page_size ?? 0, root?.rootpage ?? 0]
  assert.ok(size > 0 && first > 1)
  const bytes = readFileSync(at.path)
  bytes.fill(0, (first - 1) * size, first * size)
  await at.close()
  writeFileSync(at.path, bytes)
  const again = openSources(at.path)
  await assert.rejects(inspectLeaves(again), { code: 'sources-damaged' })
  await assert.rejects(inspectSources(again, [sampleSlice], { key: at.key, policy: nobody }), {
    code: 'sources-damaged',
  })
  await again.close()
})

/** Each column of each row that carries a proof, changed: the kind of row that the inspection must name. */
const changes: readonly [kind: string, sql: string, ...values: SqlValue[]][] = [
  ['head', 'UPDATE leaf SET entry = zeroblob(32) WHERE idx = 4'],
  ['leaf', 'UPDATE leaf SET entry = zeroblob(31) WHERE idx = 4'],
  ['leaf', 'DELETE FROM leaf WHERE idx = 3'],
  ['head', 'UPDATE head SET root = zeroblob(32)'],
  ['head', 'UPDATE head SET size = size - 1'],
  ['statement', "UPDATE statement SET token = replace(token, '.', 'A.') WHERE idx = 2"],
  ['statement', 'UPDATE statement SET salt = zeroblob(32) WHERE idx = 2'],
  ['statement', 'UPDATE statement SET previous = zeroblob(32) WHERE idx = 2'],
  ['statement', 'UPDATE statement SET number = number + 100 WHERE idx = 2'],
  ['statement', "UPDATE statement SET id = 'AAAAAAAAAAAAAAAAAAAAAA' WHERE idx = 2"],
  ['statement', "UPDATE statement SET iss = 'another' WHERE idx = 2"],
  ['statement', "UPDATE statement SET type = 'SampleTurned' WHERE idx = 2"],
  ['statement', "UPDATE statement SET chain = 'another' WHERE idx = 2"],
  ['statement', 'UPDATE statement SET at = at + 100000 WHERE idx = 2'],
  ['chain', 'DELETE FROM statement WHERE idx = 2'],
  ['packet', "UPDATE packet SET jwe = jwe || 'A'"],
  ['packet', "UPDATE packet SET kid = 'another'"],
  ['packet', `UPDATE packet SET bind = '{"kind":"deposit","n":2}'`],
  ['packet', 'UPDATE packet SET at = 1'],
  ['packet', 'UPDATE packet SET idx = 700'],
  ['packet', "UPDATE packet SET chain = 'another'"],
  ['content', "UPDATE content SET jwe = 'ciphertext of another'"],
  ['content', "UPDATE content SET digest = 'another'"],
  ['name', "UPDATE store_id SET chain = 'another' WHERE rowid = 1"],
  ['name', 'UPDATE store_id SET chain = NULL WHERE rowid = 1'],
  ['name', 'DELETE FROM store_id WHERE rowid = 1'],
  ['name', "INSERT INTO store_id (id, chain) VALUES ('AAAAAAAAAAAAAAAAAAAAAA', 'of nobody')"],
  ['name', "UPDATE store_id SET id = 'short' WHERE rowid = 1"],
]

for (const [kind, sql, ...values] of changes) {
  test(`J22 found and named: ${sql}`, async () => {
    const at = await filled()
    await at.sources.tx((s) => s.run(sql, ...values))
    const { faults } = await look(at)
    assert.ok(kind in faults, `${JSON.stringify(faults)} does not name ${kind}`)
    if (kind === 'leaf' || kind === 'head') assert.ok(kind in (await inspectLeaves(at.sources)).faults)
    await at.close()
  })
}

test('J22 what is no longer what was signed is not handed out, and nothing else is held back', async () => {
  const at = await filled()
  const damaged = { code: 'content-damaged' }
  const name = digest(content)
  const ids = await at.sources.tx(async (s) =>
    (await s.all<{ id: string }>('SELECT id FROM packet')).map((one) => one.id),
  )
  const handOut = {
    content: () => at.sources.tx((s) => contentOf(s, at.handle as never, name)),
    bytes: () => at.sources.tx((s) => contentBytes(s, at.handle as never, name)),
    packet: () => at.sources.tx((s) => packetJwes(s, ids)),
    statement: () => at.sources.tx((s) => statementAt(s, 2)),
    receipt: () => at.journal.receiptAt(2),
  }
  for (const one of Object.values(handOut)) assert.ok(await one())
  assert.deepEqual(await handOut.bytes(), utf8(content))
  const change = (sql: string) => at.sources.tx((s) => s.run(sql))
  await change("UPDATE content SET jwe = 'ciphertext of another'")
  await assert.rejects(handOut.content(), damaged)
  await assert.rejects(handOut.bytes(), damaged)
  await change("UPDATE packet SET jwe = jwe || 'A'")
  await assert.rejects(handOut.packet(), damaged)
  assert.equal((await at.sources.tx((s) => packetJwes(s, ids, 'leave out'))).size, 0)
  await handOut.statement()
  await change("UPDATE statement SET token = replace(token, '.', 'A.') WHERE idx = 2")
  await assert.rejects(handOut.statement(), damaged)
  await assert.rejects(handOut.receipt(), damaged)
  assert.ok(await at.journal.receiptAt(3))
  await at.close()
})

test('J22 receipts that are asked for together are those of one after another; what is not there yet has none', async () => {
  const at = await filled()
  const size = at.journal.log.size()
  const rows = await at.sources.tx((s) => statementsBetween(s, 0, size))
  assert.ok(rows.length > 3)
  const single = await Promise.all(rows.map(async (one) => (await at.journal.receiptAt(one.idx))?.receipt))
  assert.deepEqual(await at.journal.receiptsOf(rows), single)
  const later = rows.slice(0, 1).map((one) => ({ ...one, idx: size }))
  assert.deepEqual(await at.journal.receiptsOf(later), [undefined])
  await at.close()
})

/** Both logs' rows, really cosigned: this log by a witness, and another log by this node. */
async function cosigned() {
  const at = await filled()
  const pair = await generateDeviceKey()
  const key = witnessKey('witness.sample', fromBase64url(pair.publicKey))
  const ports = { key, privateKey: pair.privateKey, clock: systemClock }
  const witness = createWitness({ ...ports, logs: [at.key], sources: at.sources })
  const policy = parsePolicy(`witness one ${formatVkey(key)} http://witness.test\nquorum one`)
  const { log, checkpoint } = at.journal
  const ask: AskText = async (_, body) => (body === undefined ? { status: 404, body: '' } : witness.add(body))
  const asking = { policy, log, note: checkpoint, sources: at.sources, views: at.views, ask, key: at.key }
  await (await createWitnessing({ ...asking, onBehind: () => assert.fail('nothing is behind') })).ask()
  return { at, policy }
}

/** Each column of a cosigned checkpoint, changed; and rows that nobody cosigned. */
const planted: readonly string[] = [
  'UPDATE witnessed SET size = size - 1',
  'UPDATE witnessed SET root = zeroblob(32)',
  "UPDATE witnessed SET note = replace(note, '— ', '— x')",
  "UPDATE witnessed SET note = 'nothing'",
  "UPDATE witnessed SET origin = replace(origin, 'journal', 'another')",
  "UPDATE witnessed SET origin = 'another'",
  "INSERT INTO witnessed SELECT 'another.example', 3, root, note FROM witnessed",
  'UPDATE own_witnessed SET size = size + 100',
  "UPDATE own_witnessed SET note = substr(note, 1, length(note) - 10) || 'AAAAAAAAA' || char(10)",
  'UPDATE own_witnessed SET note = (SELECT note FROM witnessed)',
  'UPDATE own_cosigned SET size = size - 1',
  'INSERT INTO own_cosigned (size, note) SELECT 1, note FROM own_witnessed',
]

test('J22 checkpoints that were cosigned here, or by a quorum for this log, are sound as they were kept', async () => {
  const { at, policy } = await cosigned()
  const rows = await at.sources.tx((s) =>
    s.get('SELECT (SELECT count(*) FROM witnessed) AS one, count(*) AS own FROM own_cosigned'),
  )
  assert.deepEqual({ ...rows }, { one: 1, own: 1 })
  assert.deepEqual((await look(at, policy)).faults, {})
  assert.ok('witness' in (await look(at, nobody)).faults, 'where nobody is asked nothing was cosigned')
  await at.sources.tx((s) => s.run("UPDATE witnessed SET origin = substr(origin, 1, instr(origin, '+') - 1)"))
  assert.deepEqual((await look(at, policy)).faults, {}, 'a row of an earlier version')
  await at.close()
})

for (const sql of planted) {
  test(`J22 found and named, of what was cosigned: ${sql}`, async () => {
    const { at, policy } = await cosigned()
    await at.sources.tx((s) => s.run(sql))
    assert.deepEqual(Object.keys((await look(at, policy)).faults), ['witness'])
    await at.close()
  })
}
