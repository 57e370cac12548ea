/** A gigabyte of CSV published out of a pipe: read, checked, encrypted and pushed with flat memory, and whole at the end. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemRandom } from '@salus/base/clock'
import { newId } from '@salus/base/ids'
import { dataContract } from '@salus/market/dataset/contract'
import { publishData } from '@salus/market/dataset/publish'
import { openStore } from '@salus/market/store'
import { pipeOf } from '../tests/importing.ts'
import { seconds } from './budget.ts'

const WHOLE = 1e9
/** Bytes that a slow machine still publishes in a second. */
const PACE = 4e6
/** How far the process may grow beyond what it was after the first megabytes, bytes. */
const MOST = 200e6
const LINES = 20_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const resident = (): number => {
  collectGarbage()
  return process.memoryUsage().rss
}

const both = (text: string) => ({ en: text, fr: text })
const measures = ['age', 'systolic', 'diastolic', 'cholesterol', 'glucose', 'weight']
const contract = dataContract.parse({
  ...{ format: 'salus-contract/1', title: both('Large (sample)'), description: both('Made-up rows (sample)') },
  file: { header: true, separator: ',', decimal: '.', encoding: 'utf-8' },
  columns: measures.map((name) => ({ name, title: both(name), kind: 'number', unit: '1', min: 0, max: 1_000 })),
})

test('a 1 GB CSV is published with flat memory', async (t) => {
  const size = Math.min(WHOLE, Math.floor(seconds * 0.8 * PACE))
  const dir = mkdtempSync(join(tmpdir(), 'salus-large-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const store = await openStore(pathToFileURL(join(dir, 'store')).href)
  const sent = { bytes: 0, rows: 0 }
  let [before, most] = [0, 0]
  function* file() {
    yield `${measures.join(',')}\n`
    while (sent.bytes < size) {
      const row = (n: number) => measures.map((_, i) => (((n * (i + 7)) % 99_991) / 100).toFixed(9)).join(',')
      const block = Buffer.from(`${Array.from({ length: LINES }, (_, i) => row(sent.rows + i)).join('\n')}\n`)
      sent.rows += LINES
      sent.bytes += block.length
      yield block
      const now = resident()
      // What the program needs at all is there after the first blocks.
      if (sent.rows <= 5 * LINES) before = now
      most = Math.max(most, now - before)
    }
  }
  const { path, done } = pipeOf(join(dir, 'large.csv'), file())
  const version = { set: newId(systemRandom), org: 'sample-alpha', version: 1, terms: 'Terms (sample).', public: false }
  const at = { path, contract, version: { ...version, broker: 'http://127.0.0.1:1' } as never, key: systemRandom(32) }
  const { document, profile } = await publishData({ ...at, random: systemRandom }, store)
  await done
  t.diagnostic(`${Math.round(sent.bytes / 1e6)} MB, grown by ${Math.round(most / 1e6)} MB at most`)
  assert.equal(profile.rows, sent.rows)
  assert.ok(document.file.bytes > sent.rows * measures.length * 8, 'every value is in the ciphertext')
  assert.ok(most < MOST, `grown by ${most} bytes over ${sent.bytes}`)
  await t.test('all of the gigabyte', (whole) => {
    if (size < WHOLE) whole.skip(`${Math.round(size / 1e6)} MB only, the time given is too short for the rest`)
  })
})
