/** Reads a table of text as its contract says: a stream of rows, refused at the first thing that is not what was promised. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { TransformStream } from 'node:stream/web'
import { createGunzip } from 'node:zlib'
import { AppError, isAppError } from '@salus/base/errors'
import { parse } from 'csv-parse'
import type { DataContract, DatasetCode } from './contract.ts'

const MAX_RECORD = 1 << 20

const codes: Readonly<Record<string, DatasetCode>> = {
  CSV_RECORD_INCONSISTENT_COLUMNS: 'csv-ragged',
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'csv-ragged',
  CSV_INVALID_CLOSING_QUOTE: 'csv-quotes',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'csv-quotes',
  CSV_QUOTE_NOT_CLOSED: 'csv-quotes',
  INVALID_OPENING_QUOTE: 'csv-quotes',
  CSV_MAX_RECORD_SIZE: 'csv-quotes',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'csv-encoding',
  Z_DATA_ERROR: 'csv-damaged',
  Z_BUF_ERROR: 'csv-damaged',
}

/** What a library says becomes ours; a line number is all it may tell. */
function told(error: unknown): unknown {
  if (isAppError(error)) return error
  const { code = '', lines } = error as { code?: string; lines?: number }
  const known = codes[code]
  if (!known) return error
  return new AppError<DatasetCode>(known, lines === undefined ? {} : { line: lines }, { cause: error })
}

/** Rows of `path` (gzip where it ends in .gz) as arrays of text, the first line included. Bytes are read as they are needed. */
export async function* readCsv(path: string, { file }: DataContract): AsyncGenerator<string[]> {
  const bytes = createReadStream(path, { highWaterMark: 1 << 18 })
  const plain = path.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  bytes.on('error', (error) => plain.destroy(error))
  const parser = parse({
    ...{ delimiter: file.separator, bom: true, max_record_size: MAX_RECORD },
    ...{ relax_column_count: false, skip_empty_lines: true, trim: true },
  })
  const text = Readable.toWeb(plain).pipeThrough(decoding(file.encoding))
  const feed = Readable.fromWeb(text as never)
  feed.on('error', (error) => parser.destroy(error))
  feed.pipe(parser)
  try {
    for await (const row of parser) yield row as string[]
  } catch (error) {
    throw told(error)
  } finally {
    bytes.destroy()
    feed.destroy()
  }
}

// Malformed text is refused where it stands; a replacement character would pass for a value.
function decoding(encoding: DataContract['file']['encoding']) {
  const decoder = new TextDecoder(encoding, { fatal: true })
  return new TransformStream<Uint8Array, string>({
    transform(chunk, out) {
      out.enqueue(decoder.decode(chunk, { stream: true }))
    },
    flush(out) {
      out.enqueue(decoder.decode())
    },
  })
}

/** Which place of a row each column of the contract has. */
export function placesOf({ file, columns }: DataContract, first: readonly string[]): number[] {
  const names = columns.map(({ name, from }) => from ?? name)
  if (!file.header) {
    if (first.length === columns.length) return names.map((_, i) => i)
    throw new AppError<DatasetCode>(first.length === 1 ? 'csv-separator' : 'contract-column-missing')
  }
  const places = names.map((name) => first.indexOf(name))
  const absent = places.indexOf(-1)
  if (absent < 0) return places
  if (first.length === 1 && names.length > 1) throw new AppError<DatasetCode>('csv-separator')
  throw new AppError<DatasetCode>('contract-column-missing', { column: columns[absent]?.name ?? '' })
}
