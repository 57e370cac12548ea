/** Sample rows of a data set: made from its contract and digest alone, the same for everybody; no value of anybody is in them. */
import { concat, u32, utf8 } from '@salus/base/bytes'
import { sha256 } from '@salus/crypto/hash'
import type { Table } from '@salus/enclave/table'
import { type ContractColumn, columnHeadOf, type DatasetDocument } from './contract.ts'

/** How many sample rows there are. */
export const SAMPLE_ROWS = 400

/** Numbers in [0, 1), 53 bits each, from a hash chain: no clock, no generator, the same on every machine. */
function* uniform(seed: Uint8Array): Generator<number, never> {
  for (let i = 0; ; i++) {
    const block = sha256(concat(seed, u32(i)))
    const view = new DataView(block.buffer)
    for (let at = 0; at < 32; at += 8) {
      yield ((view.getUint32(at) >>> 5) * 67_108_864 + (view.getUint32(at + 4) >>> 6)) / 2 ** 53
    }
  }
}

function valuesOf(column: ContractColumn, data: string): Float64Array {
  const next = uniform(utf8(`salus-sample/1\n${data}\n${column.name}\n`))
  return Float64Array.from({ length: SAMPLE_ROWS }, () => {
    const at = next.next().value
    if (column.kind === 'category') return Math.floor(at * column.levels.length)
    const value = column.min + at * (column.max - column.min)
    return column.step === undefined ? value : Math.round(value / column.step) * column.step
  })
}

/** The sample rows of the document with digest `data`, as an analysis sees them. */
export const sampleTable = (data: string, { org, columns }: Pick<DatasetDocument, 'org' | 'columns'>): Table => ({
  site: org,
  rows: SAMPLE_ROWS,
  columns: columns.map((one) => ({ ...columnHeadOf(one), values: valuesOf(one, data) })),
})
