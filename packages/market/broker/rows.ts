/**
 * One person's row is known again in another version of a data set, or in the same file encrypted anew, by its values: two
 * cohorts of two versions are compared as well as two of one. A row whose values were changed is another row here.
 */
import { type Bytes, concat, utf8 } from '@salus/base/bytes'
import { sha256 } from '@salus/crypto/hash'
import type { Table } from '@salus/enclave/table'
import { type Words, wordsOf } from './bits.ts'

/** Bytes of a row's mark. */
const MARK = 8

const numberOf = (word: string): number => new DataView(sha256(utf8(word)).buffer).getUint32(0)

/** For each row the first eight bytes of SHA-256 of its values, columns by name and categories by code; no secret, and kept sealed. */
export function marksOf({ rows, columns }: Table): Bytes {
  const sorted = columns.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const codes = sorted.map(({ levels }) => levels?.map(numberOf))
  const head = sha256(utf8(sorted.map(({ name }) => name).join('\n'))).subarray(0, MARK)
  const line = concat(head, new Uint8Array(sorted.length * 8))
  const view = new DataView(line.buffer)
  const marks = new Uint8Array(rows * MARK)
  for (let row = 0; row < rows; row++) {
    for (const [i, { values }] of sorted.entries()) {
      const value = values[row] as number
      view.setFloat64(MARK + i * 8, codes[i]?.[value] ?? value)
    }
    marks.set(sha256(line).subarray(0, MARK), row * MARK)
  }
  line.fill(0)
  return marks
}

/**
 * Reads sets of rows of another version as sets of this one: a row that is here goes by its place here, one that is not by a place
 * of its own after the last. Rows of equal values go in pairs, as far as there are as many.
 */
export function translatorOf(here: Bytes, there: Bytes): (rows: Bytes) => Words {
  const own = new BigUint64Array(here.slice().buffer)
  const free = new Map<bigint, number[]>()
  for (const [row, mark] of own.entries()) {
    const list = free.get(mark)
    if (list) list.push(row)
    else free.set(mark, [row])
  }
  let rows = own.length
  const places = Uint32Array.from(new BigUint64Array(there.slice().buffer), (mark) => free.get(mark)?.pop() ?? rows++)
  return (packed) => {
    const bytes = new Uint8Array(Math.ceil(rows / 8))
    for (const [row, place] of places.entries()) {
      if (((packed[row >> 3] ?? 0) >> (row & 7)) & 1)
        bytes[place >> 3] = (bytes[place >> 3] as number) | (1 << (place & 7))
    }
    return wordsOf(bytes)
  }
}
