/** Reads a FHIR file from disk (node face): json, json.gz, ndjson, ndjson.gz, told apart by content (rules F9 to F11). */
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError, type Facts, isAppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { readBundle, readResource } from './bundle.ts'
import { type FhirCode, MAX_FILE, MAX_LINE, type SourceResource } from './contract.ts'
import { parseExact } from './exact.ts'

type Chunks = AsyncGenerator<Buffer, void>

/** Bytes read of the file as it lies on disk (packed, if it is), and its size. */
export type OnProgress = (bytesRead: number, bytesTotal: number) => void

const fail = (code: FhirCode, facts: Facts = {}) => new AppError<FhirCode>(code, facts)

/**
 * Every resource of the file, in its order. A whole JSON file is checked before its first resource is given; ndjson is
 * given line by line with flat memory, so an error there comes after good lines: importing again repairs, without
 * duplicates. Throws any `FhirCode`; the path, which may hold a name, is in no error.
 */
export async function* readFhirFile(path: string, onProgress?: OnProgress): AsyncGenerator<SourceResource, void> {
  const chunks = unpacked(path, onProgress)
  try {
    const head = /\.ndjson(\.gz)?$/i.test(path) ? { parts: [], lines: true } : await readHead(chunks)
    if (head.lines) {
      for await (const { line, number } of splitLines(again(head.parts, chunks))) yield* readLine(line, number)
    } else {
      yield* readWhole(await collect(again(head.parts, chunks)))
    }
  } finally {
    await chunks.return()
  }
}

function* readLine(line: Buffer, number: number): Generator<SourceResource> {
  const at = { line: number }
  const json = parseExact(withoutMark(line), at)
  if (isBundle(json)) yield* readBundle(json, at)
  else yield readResource(json, at)
}

function* readWhole(bytes: Buffer): Generator<SourceResource> {
  const json = parseExact(withoutMark(bytes))
  if (isBundle(json)) yield* readBundle(json)
  else yield readResource(json)
}

const isBundle = (json: Json): boolean =>
  json !== null && typeof json === 'object' && !Array.isArray(json) && json.resourceType === 'Bundle'

/** Some systems still put a byte order mark first; RFC 8259 §8.1 lets a reader ignore it. */
const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes

/** The file's bytes, gunzipped if they begin with the gzip magic (RFC 1952 §2.3.1), as they are needed. */
async function* unpacked(path: string, onProgress?: OnProgress): Chunks {
  try {
    const handle = await open(path)
    try {
      const { size } = await handle.stat()
      const stream = counted(handle.createReadStream({ autoClose: false }), size, onProgress)
      const { parts, packed } = await readMagic(stream)
      const file = again(parts, stream)
      // The pipeline's own callback stays silent: the same error reaches whoever iterates.
      if (packed) yield* pipeline(file, createGunzip(), () => undefined) as AsyncIterable<Buffer>
      else yield* file
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw isAppError(error) ? error : readError(error)
  }
}

/** Looks at the first two bytes without going back: a pipe is read once. */
async function readMagic(chunks: Chunks): Promise<{ parts: Buffer[]; packed: boolean }> {
  const parts: Buffer[] = []
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const { value, done } = await chunks.next()
    if (done) break
    parts.push(value)
    head = Buffer.concat([head, value.subarray(0, 2)])
  }
  return { parts, packed: head[0] === 0x1f && head[1] === 0x8b }
}

async function* counted(stream: AsyncIterable<Buffer>, size: number, onProgress?: OnProgress): Chunks {
  let read = 0
  for await (const chunk of stream) {
    read += chunk.length
    onProgress?.(read, size)
    yield chunk
  }
}

/** Node's messages hold the path, so only the closed code goes on. */
function readError(error: unknown): AppError<FhirCode> {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'Z_BUF_ERROR') return fail('gzip-truncated')
  if (code.startsWith('Z_')) return fail('gzip-invalid')
  return fail('file-unreadable', { reason: /^E[A-Z]{2,15}$/.test(code) ? code : 'unknown' })
}

/** Lines or whole? A first line that is complete JSON by itself says lines; a pretty-printed file breaks earlier. */
async function readHead(chunks: Chunks): Promise<{ parts: Buffer[]; lines: boolean }> {
  const parts: Buffer[] = []
  let length = 0
  while (length <= MAX_LINE) {
    const { value, done } = await chunks.next()
    if (done) return { parts, lines: false }
    parts.push(value)
    length += value.length
    if (!value.includes(0x0a)) continue
    const text = withoutMark(Buffer.concat(parts)).toString('utf8').trimStart()
    const end = text.indexOf('\n')
    if (end >= 0) return { parts, lines: isComplete(text.slice(0, end)) }
  }
  return { parts, lines: false }
}

function isComplete(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

async function* again(parts: Buffer[], rest: Chunks): Chunks {
  for (let part = parts.shift(); part; part = parts.shift()) yield part
  yield* rest
}

/** Whole content up to the limit. Counted after unpacking, chunk by chunk: a small bomb stops at 64 MiB, not later. */
async function collect(chunks: Chunks): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > MAX_FILE) throw fail('file-too-large', { limit: MAX_FILE })
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

/** Lines without their ends, blank ones left out, numbered from 1. Holds one line and one chunk at a time. */
async function* splitLines(chunks: Chunks): AsyncGenerator<{ line: Buffer; number: number }> {
  let parts: Buffer[] = []
  let length = 0
  let number = 1
  const keep = (part: Buffer) => {
    length += part.length
    if (length > MAX_LINE) throw fail('line-too-long', { line: number, limit: MAX_LINE })
    if (part.length > 0) parts.push(part)
  }
  const take = () => {
    const line = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    parts = []
    length = 0
    return { line, number: number++ }
  }
  const blank = (line: Buffer) => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      keep(chunk.subarray(from, end))
      from = end + 1
      const taken = take()
      if (!blank(taken.line)) yield taken
    }
    keep(chunk.subarray(from))
  }
  const last = take()
  if (!blank(last.line)) yield last
}
