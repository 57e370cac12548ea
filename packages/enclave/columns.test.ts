import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '@salus/base/bytes'
import fc from 'fast-check'
import { type ColumnHead, createTableReader, GROUP, writeEnd, writeGroup, writeHead } from './columns.ts'

const columns: ColumnHead[] = [
  { name: 'age', kind: 'number', unit: 'a' },
  { name: 'sex', kind: 'category', levels: ['female', 'male'] },
]

function file(rows: number): Uint8Array {
  const parts = [writeHead(columns)]
  for (let from = 0; from < rows; from += GROUP) {
    const count = Math.min(GROUP, rows - from)
    const age = Float64Array.from({ length: count }, (_, i) => ((from + i) % 7 === 0 ? Number.NaN : from + i))
    const sex = Float64Array.from({ length: count }, (_, i) => ((from + i) % 5 === 0 ? Number.NaN : (from + i) % 2))
    parts.push(writeGroup(columns, [age, sex], count))
  }
  return concat(...parts, writeEnd(rows))
}

function read(bytes: Uint8Array, size = 10_000) {
  const reader = createTableReader('alpha')
  for (let at = 0; at < bytes.length; at += size) {
    // As the enclave does: what was handed over is wiped at once.
    const part = bytes.slice(at, at + size)
    reader.push(part)
    part.fill(0)
  }
  return reader.end()
}

const damaged = { name: 'AppError', code: 'data-damaged' }

test('N1 what was written is read again, in whatever pieces it comes', () => {
  for (const rows of [0, 1, GROUP, GROUP + 1, 3 * GROUP]) {
    for (const size of [1_000, 77_777]) {
      const table = read(file(rows), size)
      assert.equal(table.rows, rows)
      const [age, sex] = table.columns
      for (const row of [1, 6, rows - 1].filter((one) => one > 0 && one < rows)) {
        assert.equal(age?.values[row], row % 7 === 0 ? Number.NaN : row)
        assert.equal(sex?.values[row], row % 5 === 0 ? Number.NaN : row % 2)
      }
    }
  }
})

test('N1 cut short anywhere, or with anything behind it, it is damaged', () => {
  const bytes = file(20)
  for (let length = 0; length < bytes.length; length++) assert.throws(() => read(bytes.subarray(0, length)), damaged)
  assert.throws(() => read(concat(bytes, Uint8Array.of(0))), damaged)
})

test('N1 no bytes whatever make it do anything but read or say damaged', () => {
  const good = file(50)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      const bytes = good.slice()
      bytes[at] = byte
      try {
        const { columns: read_ } = read(bytes)
        for (const { levels, values } of read_) {
          if (levels) assert.ok(values.every((one) => Number.isNaN(one) || one < levels.length))
        }
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'data-damaged')
      }
    }),
  )
})
