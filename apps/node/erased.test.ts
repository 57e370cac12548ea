import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { openSqlite } from '@salus/base/sqlite'
import { acceptLines, ERASED_LINES_SCHEMA, linesSeen, seeLines } from './erased.store.ts'
import { createMemory, readErased, writeErased } from './erased.ts'

const dir = mkdtempSync(join(tmpdir(), 'salus-memory-'))
after(() => rmSync(dir, { recursive: true, force: true }))
let count = 0
const fresh = () => join(dir, `${count++}.log`)
const ids = (n: number) => Array.from({ length: n }, () => base64url(systemRandom(16)))

test('N11 what was written down is read back; a file that is not there is an empty memory', async () => {
  const path = fresh()
  assert.deepEqual(await readErased(path), [])
  const [first, second] = [ids(3), ids(1)]
  await writeErased(path, first)
  await writeErased(path, second)
  assert.deepEqual(await readErased(path), [...first, ...second])
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('N11 a line that a crash tore is passed over, and does not spoil the next one', async () => {
  const [one, two, three] = ids(3) as [string, string, string]
  const path = fresh()
  await writeErased(path, [one])
  for (const torn of ['2', `2 ${two.slice(0, 5)}`, `2 ${two}`, `2 ${two} ab`]) {
    const before = readFileSync(path)
    appendFileSync(path, torn)
    assert.deepEqual(await readErased(path), [one], torn)
    await writeErased(path, [two, three])
    assert.deepEqual(await readErased(path), [one, two, three])
    writeFileSync(path, before)
  }
})

test('N11 a line with another letter is named: an erasure must not be forgotten in silence', async () => {
  const path = fresh()
  await writeErased(path, ids(2))
  const text = readFileSync(path, 'utf8')
  for (const at of [3, 30, 40]) {
    const letter = text[at] === 'x' ? 'y' : 'x'
    writeFileSync(path, text.slice(0, at) + letter + text.slice(at + 1))
    await assert.rejects(readErased(path), { code: 'erased-damaged' })
  }
})

test('N11 a line that is gone, or fell in two, is named', async () => {
  const path = fresh()
  await writeErased(path, ids(3))
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n').filter((line) => line !== '')
  const split = (line: string, at: number) => `${line.slice(0, at)}\n${line.slice(at + 1)}`
  const [first = '', second = '', third = ''] = lines
  const damaged = [
    [first, third],
    [first, split(second, 10), third],
    [first, split(second, 32), third],
    [first, second, split(third, 12)],
  ]
  for (const one of damaged) {
    writeFileSync(path, `\n${one.join('\n')}\n`)
    await assert.rejects(readErased(path), { code: 'erased-damaged' }, one.join('|'))
  }
})

test('N11 the data’s count of lines only rises, unless an administrator says what is lost; below it nothing is written', async () => {
  const path = fresh()
  const sources = openSqlite(`${path}.db`, { durability: 'full', schema: ERASED_LINES_SCHEMA })
  const seen = () => sources.tx(linesSeen)
  const memory = createMemory(path, sources)
  await memory.write(ids(3))
  assert.equal(await seen(), 3)
  await sources.tx((s) => seeLines(s, 1))
  assert.equal(await seen(), 3)
  rmSync(path)
  await assert.rejects(memory.write(ids(1)), { code: 'erased-cut-short', facts: { missing: 3 } })
  assert.deepEqual([existsSync(path), await seen()], [false, 3])
  await writeErased(path, ids(2))
  await assert.rejects(memory.write(ids(1)), { code: 'erased-cut-short', facts: { missing: 1 } })
  assert.equal((await readErased(path)).length, 2)
  await sources.tx((s) => acceptLines(s, 2))
  await memory.write(ids(1))
  assert.equal(await seen(), 3)
  await sources.close()
})
