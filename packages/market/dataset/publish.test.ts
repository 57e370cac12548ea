import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Bytes, utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { openStream } from '@salus/crypto/stream'
import { createTableReader } from '@salus/enclave/columns'
import { openStore } from '../store.ts'
import { type DataContract, dataContract, fileContext } from './contract.ts'
import { profileOf, publishData } from './publish.ts'
import { SAMPLE_ROWS, sampleTable } from './synthetic.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-dataset-'))
const store = await openStore(pathToFileURL(join(folder, 'store')).href)
const demo = join(import.meta.dirname, '../../../apps/cli/demo/heartify')
const heart = parseWith(dataContract, readFileSync(join(demo, 'uci-heart.json')))
const version = {
  ...{ set: 'AAAAAAAAAAAAAAAAAAAAAA' as never, org: 'sample-alpha' as never, version: 1 },
  ...{ terms: 'Research only.', broker: 'http://127.0.0.1:9999', public: true },
}

/** A small contract: a pressure and a habit. */
const small: DataContract = {
  ...heart,
  file: { header: true, separator: ';', decimal: ',', encoding: 'utf-8' },
  columns: [
    {
      ...{ name: 'bp', title: { en: 'Pressure', fr: 'Tension' }, kind: 'number', unit: 'mm[Hg]' },
      min: 60,
      max: 260,
      missing: ['NA', '0'],
    },
    {
      ...{ name: 'smokes', title: { en: 'Smokes', fr: 'Fume' }, kind: 'category' },
      levels: ['oui', 'non'].map((code) => ({ code, title: { en: code, fr: code } })),
    },
  ],
}

function file(content: string | Uint8Array, name = `${digest(content.toString()).slice(0, 12)}.csv`): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function codeOf(content: string | Uint8Array, contract = small, name?: string) {
  const key = systemRandom(32)
  const before = readdir()
  try {
    await publishData({ path: file(content, name), contract, version, key, random: systemRandom }, store)
  } catch (error) {
    assert.ok(isAppError(error), String(error))
    assert.deepEqual(readdir(), before, 'nothing was left behind')
    return [error.code, error.facts] as const
  }
  return ['ok', {}] as const
}
const readdir = () => Array.from(new Set(readdirSync(join(folder, 'store')))).sort()

async function openData(key: Bytes, path: string, context = fileContext(version)) {
  const opened = openStream(key, utf8(context))
  const reader = createTableReader('alpha')
  for await (const part of createReadStream(path)) reader.push(opened.push(new Uint8Array(part as Buffer)))
  reader.push(opened.end())
  return reader.end()
}

test('M21 what is published is ciphertext and a document; the key opens the very values, nothing else does', async () => {
  const path = file('bp;smokes\n120,5;oui\nNA;non\n300;oui\n0;\n')
  const key = systemRandom(32)
  const { data, document, profile } = await publishData(
    { path, contract: small, version, key, random: systemRandom },
    store,
  )
  const table = await openData(key, await store.path(document.file.digest))
  assert.deepEqual(
    table.columns.map(({ name, values }) => [name, [...values]]),
    [
      ['bp', [120.5, Number.NaN, Number.NaN, Number.NaN]],
      ['smokes', [0, 1, 0, Number.NaN]],
    ],
  )
  assert.deepEqual(
    profile.columns.map(({ missing, implausible, values }) => ({ missing, implausible, values })),
    [
      { missing: 2, implausible: 1, values: 1 },
      { missing: 1, implausible: 0, values: 3 },
    ],
  )
  assert.equal(digest(await store.get(data, 1e6)), data)
  const refused = { code: 'cannot-open' }
  const sealed = await store.path(document.file.digest)
  await assert.rejects(openData(systemRandom(32), sealed), refused)
  await assert.rejects(openData(key, sealed, fileContext({ ...version, version: 2 })), refused)
})

test('M22 the document of data that is not public holds rounded counts and no small one; never a value', async () => {
  const rows = Array.from({ length: 57 }, (_, i) => `${100 + i},25;${i < 4 ? 'oui' : 'non'}`)
  const path = file(`bp;smokes\n${rows.join('\n')}\n`)
  const at = {
    path,
    contract: small,
    version: { ...version, public: false },
    key: systemRandom(32),
    random: systemRandom,
  }
  const { document } = await publishData(at, store)
  assert.deepEqual(
    { rows: document.rows, counts: document.counts },
    {
      rows: 60,
      counts: [
        { name: 'bp', missing: 0 },
        { name: 'smokes', missing: 0, levels: [-1, 50] },
      ],
    },
  )
  const text = JSON.stringify(document)
  for (let i = 0; i < 57; i++) assert.ok(!text.includes(`${100 + i}.25`))
})

test('M22 sample rows follow the contract, are the same for everybody, and come from no file', async () => {
  const table = sampleTable(digest('one'), { org: 'sample-alpha' as never, columns: heart.columns })
  const again = sampleTable(digest('one'), { org: 'sample-alpha' as never, columns: heart.columns })
  assert.deepEqual(table, again)
  assert.notDeepEqual(table, sampleTable(digest('two'), { org: 'sample-alpha' as never, columns: heart.columns }))
  for (const [i, { values, levels }] of table.columns.entries()) {
    const column = heart.columns[i]
    assert.equal(values.length, SAMPLE_ROWS)
    const [min, max] = column?.kind === 'number' ? [column.min, column.max] : [0, (levels?.length ?? 0) - 1]
    assert.ok(values.every((one) => one >= min && one <= max))
    assert.ok(new Set(values).size > 1)
  }
})

const bad: readonly [
  what: string,
  content: string | Uint8Array,
  code: string,
  facts?: object | undefined,
  name?: string,
][] = [
  ['another encoding', Buffer.from('bp;smokes\n120;oui \xe9\n', 'latin1'), 'csv-encoding'],
  ['another separator', 'bp,smokes\n120,oui\n', 'csv-separator'],
  ['a ragged row', 'bp;smokes\n120;oui\n120;oui;1\n', 'csv-ragged', { line: 3 }],
  ['a short row', 'bp;smokes\n120\n', 'csv-ragged', { line: 2 }],
  ['a quote that is not closed', 'bp;smokes\n"120;oui\n1;non\n', 'csv-quotes', { line: 3 }],
  ['a quote in the middle', 'bp;smokes\n12"0;oui\n', 'csv-quotes', { line: 2 }],
  ['a formula', 'bp;smokes\n120;oui\n=1+1;non\n', 'csv-values', { column: 'bp', problem: 'formula', count: 1, row: 2 }],
  [
    'a formula as a category',
    'bp;smokes\n120;@SUM(A1)\n',
    'csv-values',
    { column: 'smokes', problem: 'formula', count: 1, row: 1 },
  ],
  [
    'a word for a number',
    'bp;smokes\nhigh;oui\n',
    'csv-values',
    { column: 'bp', problem: 'not-a-number', count: 1, row: 1 },
  ],
  [
    'a number with a unit',
    'bp;smokes\n120 mmHg;oui\n',
    'csv-values',
    { column: 'bp', problem: 'not-a-number', count: 1, row: 1 },
  ],
  [
    'a level that nobody named',
    'bp;smokes\n120;parfois\n121;parfois\n',
    'csv-values',
    { column: 'smokes', problem: 'unknown-level', count: 2, row: 1 },
  ],
  ['a column without any value', 'bp;smokes\nNA;oui\n0;non\n', 'contract-column-empty', { column: 'bp' }],
  ['only errors of typing', 'bp;smokes\n16020;oui\n', 'contract-column-empty', { column: 'bp' }],
  [
    'a contract that names a column which is not there',
    'bp;drinks\n120;oui\n',
    'contract-column-missing',
    { column: 'smokes' },
  ],
  ['nothing but a first line', 'bp;smokes\n', 'csv-empty'],
  ['nothing at all', '', 'csv-empty'],
  ['a gzip cut short', gzipSync('bp;smokes\n120;oui\n').subarray(0, 20), 'csv-damaged', undefined, 'cut.csv.gz'],
]
for (const [what, content, code, facts, name] of bad) {
  test(`M23 ${what}: ${code}, and nothing is published`, async () => {
    const [got, told] = await codeOf(content, small, name)
    assert.equal(got, code)
    if (facts) assert.deepEqual(told, facts)
  })
}

test('M23 a byte order mark, quotes, CR LF, gzip and columns in another order are read as they are meant', async () => {
  const content = '\ufeffsmokes;"bp"\r\n"oui";"120,5"\r\nnon;61\r\n'
  const profile = await profileOf(file(gzipSync(content), 'fine.csv.gz'), small)
  assert.deepEqual(
    profile.columns.map(({ values, mean }) => [values, mean]),
    [
      [2, 90.75],
      [2, 0],
    ],
  )
})

test(
  'M23 the four hospitals of the reference: what is missing is missing, 0 is no cholesterol',
  needsShared('data/cardio'),
  async () => {
    const expected = { cleveland: [303, 0], hungarian: [294, 23], switzerland: [123, 123], va: [200, 56] } as const
    for (const [name, [rows, gaps]] of Object.entries(expected)) {
      const path = join(sharedFolder('data/cardio') ?? '', `uci-heart/processed.${name}.data`)
      const profile = await profileOf(path, heart)
      assert.equal(profile.rows, rows)
      assert.equal(profile.columns.find((one) => one.name === 'chol')?.missing, gaps)
      assert.deepEqual(
        profile.columns.filter(({ wrong }) => Object.keys(wrong).length > 0),
        [],
      )
    }
  },
)
