import assert from 'node:assert/strict'
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { utf8 } from './bytes.ts'
import { copySqlite, openSqlite, type Sql, type Tx } from './sqlite.ts'
import { systemCode } from './system.ts'

const made: string[] = []
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

const SCHEMA = `CREATE TABLE IF NOT EXISTS parent (id INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, words TEXT, parent INTEGER REFERENCES parent (id)) STRICT;`

const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'salus-sqlite-'))
  made.push(dir)
  return dir
}

const open = (path = ':memory:', durability: 'full' | 'off' = 'full'): Sql =>
  openSqlite(path, { durability, schema: SCHEMA })
const add = (tx: Tx, id: number, words = 'sample') => tx.run('INSERT INTO note (id, words) VALUES (?, ?)', id, words)
const ids = async (sql: Sql): Promise<number[]> =>
  (await sql.tx((tx) => tx.all<{ id: number }>('SELECT id FROM note ORDER BY id'))).map(({ id }) => id)
const pause = () => new Promise((resolve) => setImmediate(resolve))

test('default: run counts, get finds or not, all keeps order, values come back as they went', async () => {
  const sql = open()
  await sql.tx(async (tx) => {
    assert.equal(await add(tx, 1), 1)
    assert.equal(await tx.run('UPDATE note SET words = NULL WHERE id = ?', 9), 0)
    assert.equal(await tx.get('SELECT id FROM note WHERE id = ?', 9), undefined)
    const row = await tx.get('SELECT ? AS a, ? AS b, ? AS c', null, 'é', utf8('bytes'))
    assert.deepEqual({ ...row }, { a: null, b: 'é', c: utf8('bytes') })
  })
  await sql.close()
})

test('B6 a transaction that throws leaves nothing behind, and the next one runs', async () => {
  const sql = open()
  const failing = sql.tx(async (tx) => {
    await add(tx, 1)
    await pause()
    throw new Error('sample')
  })
  await assert.rejects(failing, /sample/)
  await sql.tx((tx) => add(tx, 2))
  assert.deepEqual(await ids(sql), [2])
  await sql.close()
})

test('B6 transactions run one after another, in the order they were asked for', async () => {
  const sql = open()
  const seen: string[] = []
  const work = (name: string, turns: number) =>
    sql.tx(async () => {
      seen.push(`${name} begins`)
      for (let i = 0; i < turns; i++) await pause()
      seen.push(`${name} ends`)
      if (name === 'b') throw new Error('sample')
    })
  const all = await Promise.allSettled([work('a', 5), work('b', 1), work('c', 0)])
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  await sql.close()
})

test('B7 a nested part fails alone: what stands around it, and parts beside and inside it, stay right', async () => {
  const sql = open()
  await sql.tx(async (tx) => {
    await add(tx, 1)
    const failing = tx.nested(async () => {
      await add(tx, 2)
      await tx.nested(() => add(tx, 3))
      throw new Error('sample')
    })
    await assert.rejects(failing, /sample/)
    const kept = await tx.nested(async () => {
      await add(tx, 4)
      const inner = tx.nested(async () => {
        await add(tx, 5)
        throw new Error('inner')
      })
      await assert.rejects(inner, /inner/)
      return 'value'
    })
    assert.equal(kept, 'value')
    await add(tx, 6)
  })
  assert.deepEqual(await ids(sql), [1, 4, 6])
  await assert.rejects(
    sql.tx(async (tx) => {
      await tx.nested(() => add(tx, 7))
      throw new Error('outer')
    }),
    /outer/,
  )
  assert.deepEqual(await ids(sql), [1, 4, 6])
  await sql.close()
})

test('B7 B11 a full disk in a nested part is told as that, and the transaction is gone whole', async () => {
  const sql = openSqlite(':memory:', { durability: 'off', schema: 'CREATE TABLE t (x TEXT)' })
  await sql.tx((tx) => tx.get('PRAGMA max_page_count = 4'))
  const full = sql.tx(async (tx) => {
    await tx.run('INSERT INTO t VALUES (?)', 'small')
    await tx.nested(async () => void (await tx.run('INSERT INTO t VALUES (?)', 'x'.repeat(100_000))))
  })
  assert.equal(systemCode(await full.catch((error: unknown) => error)), 'disk-full')
  assert.deepEqual(await sql.tx((tx) => tx.all('SELECT x FROM t')), [])
  await sql.close()
})

test('B8 what is deleted is overwritten: no file of the database holds it any more', async () => {
  const dir = folder()
  const words = 'a sentence that must not survive its deletion'
  const sql = open(join(dir, 'sample.db'))
  await sql.tx((tx) => add(tx, 1, words))
  await sql.settle()
  const holds = () => readdirSync(dir).filter((name) => readFileSync(join(dir, name)).includes(words))
  assert.deepEqual(holds(), ['sample.db'])
  await sql.tx((tx) => tx.run('DELETE FROM note WHERE id = ?', 1))
  await sql.settle()
  assert.deepEqual(holds(), [])
  await sql.close()
})

test('B8 a copy holds what was committed at one moment, whoever writes, and what is deleted from it is gone too', async () => {
  const dir = folder()
  const sql = open(join(dir, 'sample.db'))
  const words = (id: number) => `sentence ${String(id).padStart(4, '0')} ${'abc '.repeat(id % 300)}`
  for (let id = 1; id <= 400; id++) await sql.tx((tx) => add(tx, (id * 7) % 401, words((id * 7) % 401)))
  const path = join(dir, 'copy.db')
  const writing = sql.tx(async (tx) => {
    await add(tx, 500)
    copySqlite(join(dir, 'sample.db'), path)
  })
  await writing
  const copy = open(path)
  assert.deepEqual(await ids(copy), await ids(sql).then((all) => all.filter((id) => id !== 500)))
  await copy.tx((tx) => tx.run('DELETE FROM note WHERE id % 2 = 1'))
  await copy.settle()
  const bytes = readFileSync(path)
  const left = Array.from({ length: 400 }, (_, i) => i + 1).filter((id) => bytes.includes(words(id).slice(0, 14)))
  assert.ok(left.every((id) => id % 2 === 0) && left.length === 200)
  assert.throws(() => copySqlite(join(dir, 'sample.db'), path), 'nothing is written over')
  await copy.close()
  await sql.close()
})

const pragma = async (sql: Sql, name: string): Promise<unknown> =>
  Object.values((await sql.tx((tx) => tx.get(`PRAGMA ${name}`))) ?? {})[0]

test('B8 full: a transaction that wrote resolves when its log is flushed, and not before; one that read owes nothing', async (t) => {
  const path = join(folder(), 'sample.db')
  const sql = open(path)
  const seen: string[] = []
  const real = fs.fdatasync
  t.mock.method(fs, 'fdatasync', (file: number, done: fs.NoParamCallback) => {
    assert.equal(fs.fstatSync(file).ino, fs.statSync(`${path}-wal`).ino)
    assert.ok(readFileSync(`${path}-wal`).includes('a sentence to keep'), 'it is committed first')
    setTimeout(() => {
      seen.push('flushed')
      real(file, done)
    }, 20)
  })
  syncBuiltinESMExports()
  const writing = sql.tx((tx) => add(tx, 1, 'a sentence to keep')).then(() => seen.push('acknowledged'))
  const reading = ids(sql).then(() => seen.push('read'))
  await Promise.all([writing, reading])
  assert.deepEqual(seen, ['flushed', 'acknowledged', 'read'])
  t.mock.restoreAll()
  syncBuiltinESMExports()
  await sql.close()
})

test('B8 a flush that failed is not believed the second time: nothing is read or written until the file is opened again', async (t) => {
  const path = join(folder(), 'sample.db')
  const sql = open(path)
  await sql.tx((tx) => add(tx, 1))
  const lost = Object.assign(new Error('sample'), { code: 'EIO', syscall: 'fdatasync' })
  t.mock.method(fs, 'fdatasync', (_file: number, done: fs.NoParamCallback) => done(lost))
  syncBuiltinESMExports()
  await assert.rejects(
    sql.tx((tx) => add(tx, 2)),
    lost,
  )
  t.mock.restoreAll()
  syncBuiltinESMExports()
  for (const work of [(tx: Tx) => add(tx, 3), (tx: Tx) => tx.get('SELECT id FROM note')])
    await assert.rejects(sql.tx<unknown>(work), lost)
  await sql.close()
  const again = open(path)
  assert.ok((await ids(again)).includes(1))
  await again.close()
})

test('B8 what a killed process left in the log is moved into the database, and flushed with it, when the file is opened', async () => {
  const path = join(folder(), 'sample.db')
  const sql = open(path)
  await sql.tx((tx) => add(tx, 1))
  const left = join(folder(), 'sample.db')
  for (const end of ['', '-wal']) fs.copyFileSync(`${path}${end}`, `${left}${end}`)
  assert.ok(fs.statSync(`${left}-wal`).size > 0)
  const again = open(left)
  assert.equal(fs.statSync(`${left}-wal`).size, 0)
  assert.deepEqual(await ids(again), [1])
  for (const one of [sql, again]) await one.close()
})

test('B8 the settings that rules rest on are on', async () => {
  for (const [durability, synchronous] of [
    ['full', 1],
    ['off', 0],
  ] as const) {
    const sql = open(join(folder(), 'sample.db'), durability)
    assert.equal(await pragma(sql, 'synchronous'), synchronous)
    assert.equal(await pragma(sql, 'secure_delete'), 1)
    assert.equal(await pragma(sql, 'foreign_keys'), 1)
    assert.equal(await pragma(sql, 'journal_mode'), 'wal')
    const orphan = sql.tx((tx) => tx.run('INSERT INTO note (id, parent) VALUES (1, 9)'))
    await assert.rejects(orphan, /FOREIGN KEY/)
    await sql.close()
  }
})

test('error: a file that was cut short, or holds a number nobody wrote, is named as damaged', async () => {
  const path = join(folder(), 'sample.db')
  const options = {
    durability: 'full',
    schema: 'CREATE TABLE IF NOT EXISTS note (id INTEGER, text TEXT) STRICT',
  } as const
  const sql = openSqlite(path, { ...options, damaged: 'sample-damaged' })
  await sql.tx((tx) => tx.run('INSERT INTO note (id, text) VALUES (9007199254740993, ?)', 'x'.repeat(20_000)))
  const damaged = { code: 'sample-damaged' }
  await assert.rejects(
    sql.tx((tx) => tx.all('SELECT id FROM note')),
    damaged,
  )
  await sql.close()
  truncateSync(path, 8_192)
  const reading = async () => {
    const again = openSqlite(path, { ...options, damaged: 'sample-damaged' })
    await again.tx((tx) => tx.all('SELECT text FROM note')).finally(again.close)
  }
  await assert.rejects(reading, damaged)
})

test('behavior: what was committed is there after closing and opening again', async () => {
  const path = join(folder(), 'sample.db')
  const first = open(path)
  await first.tx((tx) => add(tx, 1))
  await first.close()
  const again = open(path)
  assert.deepEqual(await ids(again), [1])
  await again.close()
})
