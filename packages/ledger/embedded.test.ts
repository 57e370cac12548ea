import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { manualClock } from '@salus/base/testing'
import { generateDeviceKey } from '@salus/crypto/keys'
import type { Block, Engine } from './contract.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded.ts'
import { rootOf } from './header.ts'
import { createSampleLog, createSender, sampleGenesis, sampleOrganisation } from './samples.ts'
import { codeOf } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-embedded-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const one = await sampleOrganisation('sample-one', 'log.one.example')
const genesis = sampleGenesis([one])
const signer = await generateDeviceKey()
let files = 0

function setUp() {
  const path = join(folder, `${files++}.sqlite`)
  const { clock } = manualClock()
  const sender = createSender('sample-one', one.keys)
  const log = createSampleLog('log.one.example')
  const next = () => {
    const since = log.size()
    log.grow(1)
    return sender.next('log.advance', log.advance(since))
  }
  const open = (other: Partial<EmbeddedOptions> = {}) => createEmbedded({ path, genesis, clock, signer, ...other })
  return { path, open, next, log, sender }
}

const send = async (engine: Engine, texts: readonly string[]) => {
  for (const tx of texts) await engine.submit(tx)
}
const alter = (path: string, sql: string) => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

test('L10 what arrives together shares a block, what arrives meanwhile makes the next', async () => {
  const { open, next } = setUp()
  const engine = await open()
  const texts = [await next(), await next(), await next(), await next()]
  const late: Promise<unknown>[] = []
  const blocks: Block[] = []
  engine.onCommit((block) => blocks.push(block))
  const first = texts.slice(0, 3).map((tx) => engine.submit(tx))
  late.push(
    engine.submit(texts[0] as string).then(
      () => assert.fail('twice'),
      ({ code }) => assert.equal(code, 'seq-replayed'),
    ),
  )
  const placed = await Promise.all(first)
  await Promise.all(late)
  assert.deepEqual(
    placed.map(({ height, index }) => [height, index]),
    [
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  )
  assert.equal((await engine.submit(texts[3] as string)).height, 2)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(
    blocks.map(({ txs }) => txs.length),
    [3, 1],
  )
  assert.deepEqual(await engine.verify(), { height: 2, transactions: 4 })
  await engine.close()
})

test('L10 a closing engine finishes its block and refuses what still waits, never both', async () => {
  const { open, next } = setUp()
  const engine = await open()
  const pending = await Promise.allSettled([engine.submit(await next()), engine.close(), engine.close()])
  const again = await open()
  const { height } = await again.info()
  assert.equal(height, pending[0].status === 'fulfilled' ? 1 : 0)
  await again.close()
})

test('L10 two sequencers on one file cannot fork it: the second one halts', async () => {
  const { open, next } = setUp()
  const [first, second] = [await open(), await open()]
  const tx = await next()
  await first.submit(tx)
  assert.equal(await codeOf(second.submit(tx)), 'engine-halted')
  assert.equal(await codeOf(second.submit(tx)), 'engine-halted')
  assert.equal((await first.submit(await next())).height, 2)
  assert.deepEqual(await first.verify(), { height: 2, transactions: 2 })
  await second.close()
  await first.close()
})

test('L11 a file begun with another genesis, or with headers of another operator, is not opened', async () => {
  const { open, next } = setUp()
  await (await open()).close()
  assert.equal(await codeOf(open({ genesis: { ...genesis, time: genesis.time - 1 } })), 'genesis-other')
  const engine = await open()
  await engine.submit(await next())
  await engine.close()
  const successor = await generateDeviceKey()
  assert.equal(await codeOf(open({ signer: successor })), 'chain-broken')
  const renewed = await open({ signer: successor, operators: [signer.publicKey] })
  await renewed.submit(await next())
  assert.deepEqual(await renewed.verify(), { height: 2, transactions: 2 })
  await renewed.close()
})

test('L11 a private key of another pair is found before it signs a header', async () => {
  const { open } = setUp()
  const other = await generateDeviceKey()
  assert.equal(await codeOf(open({ signer: { ...signer, privateKey: other.privateKey } })), 'signer-invalid')
})

test('L11 a changed state, log, header or height is found at the opening', async () => {
  const changes = [
    "UPDATE state SET value = '7' WHERE key = 'machine/seq/sample-one'",
    "DELETE FROM state WHERE key LIKE 'checkpoints/%'",
    "INSERT INTO state VALUES ('members/org/intruder', '{}')",
    `UPDATE meta SET value = '{"hashes":[],"size":0}' WHERE name = 'log'`,
    "DELETE FROM meta WHERE name = 'log'",
    'UPDATE blocks SET time = time + 1 WHERE height = 3',
    "UPDATE blocks SET header = header || 'A' WHERE height = 3",
    'UPDATE blocks SET header = (SELECT header FROM blocks WHERE height = 1) WHERE height = 2',
    'PRAGMA foreign_keys = OFF; DELETE FROM blocks WHERE height = 3',
    'PRAGMA foreign_keys = OFF; DELETE FROM blocks WHERE height = 2',
  ]
  for (const sql of changes) {
    const { path, open, next } = setUp()
    const engine = await open()
    await send(engine, [await next(), await next(), await next()])
    await engine.close()
    await (await open()).close()
    alter(path, sql)
    assert.equal(await codeOf(open()), 'chain-broken', sql)
  }
})

test('L11 a changed transaction of the past is found by a replay', async () => {
  const changes = [
    "UPDATE txs SET tx = 'nothing' WHERE height = 1",
    // Refused text leaves no trace in any hash, so only the rule that a valid block holds none can find it.
    "INSERT INTO txs VALUES (1, 1, 'x', 'nothing')",
    'DELETE FROM txs WHERE height = 2',
    'UPDATE blocks SET time = time - 1 WHERE height = 1',
    'UPDATE blocks SET header = (SELECT header FROM blocks WHERE height = 2) WHERE height = 1',
  ]
  for (const sql of changes) {
    const { path, open, next } = setUp()
    const engine = await open()
    await send(engine, [await next(), await next(), await next()])
    assert.deepEqual(await engine.verify(), { height: 3, transactions: 3 })
    await engine.close()
    alter(path, sql)
    // The last two headers are looked at when opening; what lies deeper only by verifying.
    const found = await open().then(
      async (again) => {
        const code = await codeOf(again.verify())
        await again.close()
        return code
      },
      ({ code }) => code as string,
    )
    assert.equal(found, 'chain-broken', sql)
  }
})

test('L11 headers chain from the genesis, each naming the text before it', async () => {
  const { open, next } = setUp()
  const engine = await open()
  await send(engine, [await next(), await next()])
  const blocks = await engine.blocks(1)
  const payloads = blocks.map(({ header }) => {
    const payload = header?.split('.')[1] ?? ''
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  })
  assert.equal(payloads[0]?.previous, rootOf(genesis))
  const text = blocks[0]?.header ?? ''
  const name = new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(text)))
  assert.equal(payloads[1]?.previous, Buffer.from(name).toString('base64url'))
  assert.deepEqual(
    payloads.map(({ appHash }) => appHash),
    blocks.map(({ appHash }) => appHash),
  )
  assert.deepEqual(await engine.blocks(2, 1), blocks.slice(1))
  await engine.close()
})

test('a file begun when transactions had no rowids goes on as it is', async () => {
  const { path, open, next } = setUp()
  alter(
    path,
    `CREATE TABLE blocks (height INTEGER PRIMARY KEY, time INTEGER NOT NULL, header TEXT NOT NULL) STRICT;
     CREATE TABLE txs (
       height INTEGER NOT NULL REFERENCES blocks (height), place INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE,
       tx TEXT NOT NULL, PRIMARY KEY (height, place)) STRICT, WITHOUT ROWID;`,
  )
  const first = await open()
  const { digest } = await first.submit(await next())
  await first.close()
  const again = await open()
  await again.submit(await next())
  assert.equal((await again.find(digest))?.height, 1)
  assert.deepEqual(await again.verify(), { height: 2, transactions: 2 })
  await again.close()
})

test('a head of a long journal takes no page of its own', async () => {
  const { path, open, log, sender } = setUp()
  const engine = await open()
  const texts: string[] = []
  for (let since = 0; texts.length < 40; since = log.size()) {
    log.grow(299)
    texts.push(await sender.next('log.advance', log.advance(since)))
  }
  assert.ok(
    texts.filter(({ length }) => length > 1_002).length > 20,
    'longer than what stands in a page without rowids',
  )
  await Promise.all(texts.map((tx) => engine.submit(tx)))
  await engine.close()
  const letters = texts.reduce((sum, { length }) => sum + length, 0)
  assert.ok(statSync(path).size < 2 * letters, `${statSync(path).size} bytes for ${letters}`)
})
