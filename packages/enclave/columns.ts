/**
 * A data set's bytes inside its encryption: typed columns in groups of rows, so that writing and reading are streams and memory
 * stays flat. One line of JSON (names, kinds, levels), then for each group a count of rows and its columns; a count of zero and
 * the number of all rows end it. Numbers are little-endian doubles (NaN: missing), categories 16-bit indices (0xFFFF: missing).
 */
import { concat, text, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseWith, z } from '@salus/base/schema'
import type { Column, Table } from './table.ts'

export type ColumnsCode = 'data-damaged'

/** Rows of a full group. */
export const GROUP = 8_192
const MAX_HEAD = 1 << 20
const MISSING = 0xffff
const MAX_ROWS = 2 ** 31

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)
/** What a file says of its columns. */
export const columnHead = z.strictObject({
  name,
  kind: z.enum(['number', 'category']),
  unit: z.string().max(40).optional(),
  levels: z.array(z.string().max(100)).max(1_000).optional(),
})
export type ColumnHead = z.infer<typeof columnHead>
const head = z.strictObject({ format: z.literal('salus-columns/1'), columns: z.array(columnHead).min(1).max(1_000) })

const damaged = () => new AppError<ColumnsCode>('data-damaged')
const bytesOf = (column: ColumnHead, rows: number): number => rows * (column.kind === 'number' ? 8 : 2)

const groupBytes = (columns: readonly ColumnHead[], rows: number): number =>
  columns.reduce((sum, one) => sum + bytesOf(one, rows), 4)

/** The first bytes of a file. */
export function writeHead(columns: readonly ColumnHead[]): Uint8Array {
  return utf8(`${JSON.stringify(head.parse({ format: 'salus-columns/1', columns }))}\n`)
}

const count = (value: number): Uint8Array => {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value, true)
  return out
}

/** One group: `rows` values of each column (category values are indices). */
export function writeGroup(columns: readonly ColumnHead[], values: readonly Float64Array[], rows: number): Uint8Array {
  const out = new Uint8Array(groupBytes(columns, rows))
  const view = new DataView(out.buffer)
  view.setUint32(0, rows, true)
  let at = 4
  for (const [i, column] of columns.entries()) {
    const from = values[i] as Float64Array
    for (let row = 0; row < rows; row++) {
      const value = from[row] as number
      if (column.kind === 'number') view.setFloat64(at, value, true)
      else view.setUint16(at, Number.isNaN(value) ? MISSING : value, true)
      at += column.kind === 'number' ? 8 : 2
    }
  }
  return out
}

/** The last bytes: how many rows there are in all. */
export const writeEnd = (rows: number): Uint8Array => concat(count(0), count(rows))

/** Bytes that came and were not read yet; grows to one group at most. */
function createBuffer() {
  let waiting: Uint8Array = new Uint8Array(0)
  let whole: Uint8Array | undefined
  return {
    add(bytes: Uint8Array) {
      const before = waiting
      waiting = before.length === 0 ? bytes : concat(before, bytes)
      // Ours alone: a copy of what was left over, or the one before this one.
      before.fill(0)
      whole = waiting === bytes ? undefined : waiting
    },
    take(size: number): Uint8Array | undefined {
      if (waiting.length < size) return undefined
      const out = waiting.subarray(0, size)
      waiting = waiting.subarray(size)
      return out
    },
    /** Up to and with the first line end. */
    line(): Uint8Array | undefined {
      const at = waiting.indexOf(0x0a)
      if (at < 0 && waiting.length > MAX_HEAD) throw damaged()
      return at < 0 ? undefined : this.take(at + 1)
    },
    peek: () => (waiting.length < 4 ? undefined : new DataView(waiting.buffer, waiting.byteOffset).getUint32(0, true)),
    /** What is left over becomes a copy: whoever handed the bytes in may wipe them. */
    own() {
      waiting = waiting.slice()
      whole?.fill(0)
      whole = undefined
    },
    wipe() {
      waiting.fill(0)
      whole?.fill(0)
    },
    isEmpty: () => waiting.length === 0,
  }
}

/** Growing columns: room is doubled, and cut to size at the end. */
function createRoom(columns: readonly ColumnHead[]) {
  let room = columns.map(() => new Float64Array(GROUP))
  let rows = 0
  return {
    add(bytes: Uint8Array, more: number) {
      while (rows + more > (room[0] as Float64Array).length) {
        room = room.map((old) => {
          const next = new Float64Array(old.length * 2)
          next.set(old)
          old.fill(0)
          return next
        })
      }
      readGroup(columns, bytes, more, room, rows)
      rows += more
    },
    rows: () => rows,
    values: () => room.map((one) => one.subarray(0, rows)),
    wipe() {
      for (const one of room) one.fill(0)
    },
  }
}

function readGroup(
  columns: readonly ColumnHead[],
  bytes: Uint8Array,
  rows: number,
  into: readonly Float64Array[],
  first: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 4
  for (const [i, { kind, levels }] of columns.entries()) {
    const out = into[i] as Float64Array
    const known = levels?.length ?? 0
    for (let row = first; row < first + rows; row++) {
      if (kind === 'number') {
        const value = view.getFloat64(at, true)
        out[row] = Number.isFinite(value) ? value : Number.NaN
        at += 8
      } else {
        const code = view.getUint16(at, true)
        if (code !== MISSING && code >= known) throw damaged()
        out[row] = code === MISSING ? Number.NaN : code
        at += 2
      }
    }
  }
}

/** Reads a file as its bytes come; `end` gives the table of `site`, or throws `data-damaged`. `wipe` forgets the values. */
export function createTableReader(site: string) {
  const buffer = createBuffer()
  let columns: readonly ColumnHead[] | undefined
  let room: ReturnType<typeof createRoom> | undefined
  let total: number | undefined
  const group = (): boolean => {
    if (!columns || !room || total !== undefined) return false
    const rows = buffer.peek()
    if (rows === undefined) return false
    if (rows > GROUP) throw damaged()
    const bytes = buffer.take(rows === 0 ? 8 : groupBytes(columns, rows))
    if (!bytes) return false
    if (rows === 0) total = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
    else if (room.rows() + rows > MAX_ROWS) throw damaged()
    else room.add(bytes, rows)
    return true
  }
  const begin = () => {
    const line = columns ? undefined : buffer.line()
    if (!line) return
    columns = headOf(line)
    room = createRoom(columns)
  }
  return {
    push(bytes: Uint8Array): void {
      buffer.add(bytes)
      begin()
      while (group());
      buffer.own()
    },
    end(): Table {
      if (!columns || !room || total !== room.rows() || !buffer.isEmpty()) throw damaged()
      return tableOf(site, columns, room.values(), total)
    },
    wipe() {
      buffer.wipe()
      room?.wipe()
    },
  }
}

const tableOf = (
  site: string,
  columns: readonly ColumnHead[],
  values: readonly Float64Array[],
  rows: number,
): Table => ({
  ...{ site, rows },
  columns: columns.map((one, i) => ({ ...one, values: values[i] }) as Column),
})

function headOf(line: Uint8Array): readonly ColumnHead[] {
  let columns: readonly ColumnHead[]
  try {
    columns = parseWith(head, text(line.subarray(0, -1))).columns
  } catch {
    throw damaged()
  }
  const wrong = columns.some(({ kind, levels }) => (kind === 'category') !== (levels !== undefined))
  if (wrong || new Set(columns.map((one) => one.name)).size !== columns.length) throw damaged()
  return columns
}
