import assert from 'node:assert/strict'
import { openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { AppError } from './errors.ts'
import { systemCode } from './system.ts'

const thrown = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

test('B11 a full database, and one that may not be written, are known through what wraps them', () => {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE t (x TEXT); PRAGMA max_page_count = 2')
  const full = thrown(() => db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000)))
  assert.equal(systemCode(full), 'disk-full')
  db.exec('PRAGMA query_only = ON')
  const closed = thrown(() => db.exec("INSERT INTO t VALUES ('x')"))
  assert.equal(systemCode(new AppError('journal-failed', {}, { cause: closed })), 'folder-unusable')
  db.close()
  assert.equal(systemCode(thrown(() => new DatabaseSync('/no/such/folder/x.db'))), 'folder-unusable')
})

test('B11 what the operating system says of files, and nothing else', () => {
  const said = (code: string, syscall: string) => Object.assign(new Error('said'), { code, syscall })
  assert.equal(systemCode(said('ENOSPC', 'write')), 'disk-full')
  assert.equal(systemCode(said('EROFS', 'open')), 'folder-unusable')
  assert.equal(systemCode(said('EACCES', 'listen')), undefined, 'a port')
  assert.equal(systemCode(thrown(() => openSync('/no/such/file', 'r'))), undefined)
  for (const one of [undefined, null, 'EACCES', new AppError('disk'), { code: 'EACCES' }, new TypeError('x')])
    assert.equal(systemCode(one), undefined)
  const loop = new Error('a', { cause: undefined })
  loop.cause = loop
  assert.equal(systemCode(loop), undefined, 'a cause of itself ends')
})
