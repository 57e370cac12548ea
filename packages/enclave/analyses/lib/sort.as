/** A stable order of rows by a number. */
import { at, grab, put } from './memory'

/** Row numbers in ascending order of `keys`; equal keys keep their order. Both arrays are merged bottom-up, so no recursion. */
export function ordered(keys: usize, n: i32): usize {
  let key = grab((<usize>n << 3) + 16)
  let row = grab((<usize>n << 2) + 16)
  let key2 = grab((<usize>n << 3) + 16)
  let row2 = grab((<usize>n << 2) + 16)
  memory.copy(key, keys, <usize>n << 3)
  for (let i = 0; i < n; i++) store<u32>(row + (<usize>i << 2), i)
  for (let width = 1; width > 0 && width < n; width <<= 1) {
    for (let from = 0; from < n; from += 2 * width)
      merge(key, row, key2, row2, from, min(from + width, n), min(from + 2 * width, n))
    const k = key
    key = key2
    key2 = k
    const r = row
    row = row2
    row2 = r
  }
  return row
}

function merge(key: usize, row: usize, toKey: usize, toRow: usize, from: i32, middle: i32, end: i32): void {
  let a = from
  let b = middle
  for (let i = from; i < end; i++) {
    const left = a < middle && (b >= end || at(key, a) <= at(key, b))
    const take = left ? a++ : b++
    put(toKey, i, at(key, take))
    store<u32>(toRow + (<usize>i << 2), load<u32>(row + (<usize>take << 2)))
  }
}
