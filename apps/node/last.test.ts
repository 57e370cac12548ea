import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { isChanged, markRunning, markStopped, readLast, viewsHold } from './last.ts'

const made: string[] = []
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

/** A folder with files of the watched names; what is in them does not matter here. */
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'salus-last-'))
  made.push(dir)
  for (const name of ['sources.db', 'ledger.db', 'views.db', 'node.json']) writeFileSync(join(dir, name), name)
  return dir
}

test('N7 after a clean stop every watched file that is not as it was left is known, a new one and a missing one too', async () => {
  const dir = folder()
  await markStopped(dir, 'sql')
  assert.deepEqual(await readLast(dir), { how: 'stopped', changed: [], views: digest('sql') })
  appendFileSync(join(dir, 'ledger.db'), 'x')
  writeFileSync(join(dir, 'sources.db-wal'), 'x')
  rmSync(join(dir, 'node.json'))
  const last = await readLast(dir)
  assert.deepEqual([...last.changed].sort(), ['ledger.db', 'node.json', 'sources.db-wal'])
  assert.deepEqual(
    [isChanged(last, 'sources.db'), isChanged(last, 'ledger.db'), isChanged(last, 'views.db')],
    [...[true, true, false]],
  )
})

test('N7 a mark that is damaged blames no file and makes every database be looked at', async () => {
  const flipped = (text: string) => text.replace(/"node.json":"./, (found) => `${found.slice(0, -1)}~`)
  for (const spoil of [
    (path: string) => writeFileSync(path, flipped(readFileSync(path, 'utf8'))),
    (path: string) => truncateSync(path, 0),
    (path: string) => writeFileSync(path, '{"state":"paused"}'),
  ]) {
    const dir = folder()
    await markStopped(dir, 'sql')
    spoil(join(dir, 'last.json'))
    const { how, changed } = await readLast(dir)
    assert.deepEqual([how, changed.includes('node.json'), changed.length], ['killed', false, 4])
  }
})

test('N7 a store that stood here and is gone is named; a folder that never opened has none', async () => {
  for (const mark of [(one: string) => markStopped(one, 'sql'), markRunning]) {
    for (const [gone, code] of [
      ['sources.db', 'sources-missing'],
      ['ledger.db', 'ledger-missing'],
    ] as const) {
      const dir = folder()
      await mark(dir)
      rmSync(join(dir, gone))
      await assert.rejects(readLast(dir), { code })
    }
  }
  const dir = folder()
  rmSync(join(dir, 'ledger.db'))
  assert.deepEqual(await readLast(dir), { how: 'killed', changed: [] }, 'a first start that was cut short')
  rmSync(join(dir, 'sources.db'))
  assert.deepEqual(await readLast(dir), { how: 'killed', changed: [] }, 'founded and never started')
  writeFileSync(join(dir, 'ledger.db'), '')
  await assert.rejects(readLast(dir), { code: 'sources-missing' }, 'the ledger comes after the sources')
})

test('N7 the views are believed after a clean stop alone: not after a kill, not where nothing is known, not changed', async () => {
  const dir = folder()
  const now = async () => {
    const last = await readLast(dir)
    return [last.how, last.changed.join(' '), viewsHold(last, 'sql')]
  }
  assert.deepEqual(await now(), ['killed', '', false])
  await markRunning(dir)
  assert.deepEqual(await now(), ['killed', '', false])
  writeFileSync(join(dir, 'last.json'), '{"state":"running","boot":"of an earlier release"}')
  assert.deepEqual(await now(), ['killed', '', false])
  await markStopped(dir, 'sql')
  assert.deepEqual(await now(), ['stopped', '', true])
  appendFileSync(join(dir, 'views.db'), 'x')
  assert.deepEqual(await now(), ['stopped', 'views.db', false])
})

test('N7 views that were made with other SQL, or by a release that did not say, are made again', async () => {
  const dir = folder()
  await markStopped(dir, 'sql')
  const holds = async (schema: string) => viewsHold(await readLast(dir), schema)
  assert.deepEqual([await holds('sql'), await holds('sql with one more table')], [true, false])
  const { views: _, ...mark } = JSON.parse(readFileSync(join(dir, 'last.json'), 'utf8'))
  writeFileSync(join(dir, 'last.json'), JSON.stringify(mark))
  assert.equal(await holds('sql'), false)
})

test('N7 a mark whose word on the views was changed is damaged; one of a release that did not count it is read', async () => {
  const dir = folder()
  await markStopped(dir, 'sql')
  const path = join(dir, 'last.json')
  const whole = readFileSync(path, 'utf8')
  const mark = JSON.parse(whole)
  writeFileSync(path, JSON.stringify({ ...mark, views: digest('other') }))
  assert.equal((await readLast(dir)).how, 'killed')
  const earlier = digest(JSON.stringify(Object.entries(mark.files).sort()))
  writeFileSync(path, JSON.stringify({ ...mark, sum: earlier }))
  assert.deepEqual(await readLast(dir), { how: 'stopped', changed: [], views: digest('sql') })
})
