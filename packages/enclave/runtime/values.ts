/**
 * The binary form in which parameters, tables and results cross into and out of an analysis. Self-describing and bounded,
 * with numbers as IEEE 754 doubles, so that nothing inside the sandbox prints or parses a number (rules U6, U7).
 *
 * One value is a tag byte, then: number 8 bytes · string u32 length, UTF-8 · array u32 count, values · object u32 count,
 * (u32 length, UTF-8 key, value)… · numbers u32 count, zeros up to a multiple of 8 from the start, doubles · bytes u32
 * count, bytes. Everything is little-endian.
 */
import { fail } from './errors.ts'

/** What an analysis may be given and may answer. A `Float64Array` may hold NaN ("missing"); a lone number may not. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Float64Array
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value | undefined }

const tag = { null: 0, false: 1, true: 2, number: 3, string: 4, array: 5, object: 6, numbers: 7, bytes: 8 } as const
const MAX_DEPTH = 32
const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype'])
const utf8 = new TextEncoder()

/** An encoded value as pieces: large arrays stay where they are, so that sending them needs no second copy of the data. */
export type Parts = { readonly size: number; readonly parts: readonly Uint8Array[] }

class Writer {
  readonly parts: Uint8Array[] = []
  size = 0
  #small: number[] = []

  byte(value: number): void {
    this.#small.push(value)
    this.size++
  }

  raw(bytes: Uint8Array): void {
    this.#flush()
    if (bytes.length > 0) this.parts.push(bytes)
    this.size += bytes.length
  }

  count(value: number): void {
    if (value > 0xffff_ffff) throw fail('analysis-invalid', { why: 'value-too-large' })
    for (let shift = 0; shift < 32; shift += 8) this.byte((value >>> shift) & 255)
  }

  text(value: string): void {
    const bytes = utf8.encode(value)
    this.count(bytes.length)
    this.raw(bytes)
  }

  finish(): Parts {
    this.#flush()
    return { size: this.size, parts: this.parts }
  }

  #flush(): void {
    if (this.#small.length === 0) return
    this.parts.push(Uint8Array.from(this.#small))
    this.#small = []
  }
}

function writeNumber(out: Writer, value: number): void {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true)
  out.raw(bytes)
}

function writeNumbers(out: Writer, values: Float64Array): void {
  out.byte(tag.numbers)
  out.count(values.length)
  while (out.size % 8 !== 0) out.byte(0)
  out.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

function writeList(out: Writer, items: readonly Value[], depth: number): void {
  out.byte(tag.array)
  out.count(items.length)
  for (const item of items) write(out, item, depth + 1)
}

function writeObject(out: Writer, value: { readonly [key: string]: Value | undefined }, depth: number): void {
  const entries = Object.entries(value).filter((entry): entry is [string, Value] => entry[1] !== undefined)
  out.byte(tag.object)
  out.count(entries.length)
  for (const [key, item] of entries) {
    out.text(key)
    write(out, item, depth + 1)
  }
}

function write(out: Writer, value: Value, depth: number): void {
  if (depth > MAX_DEPTH) throw fail('analysis-invalid', { why: 'value-too-deep' })
  if (value === null) out.byte(tag.null)
  else if (typeof value === 'boolean') out.byte(value ? tag.true : tag.false)
  else if (typeof value === 'number') {
    out.byte(tag.number)
    writeNumber(out, value)
  } else if (typeof value === 'string') {
    out.byte(tag.string)
    out.text(value)
  } else if (value instanceof Float64Array) writeNumbers(out, value)
  else if (value instanceof Uint8Array) {
    out.byte(tag.bytes)
    out.count(value.length)
    out.raw(value)
  } else if (Array.isArray(value)) writeList(out, value, depth)
  else writeObject(out, value as { readonly [key: string]: Value | undefined }, depth)
}

/** Encodes `value` without copying its arrays: the parts, one after the other, are the bytes. */
export function encodeParts(value: Value): Parts {
  const out = new Writer()
  write(out, value, 0)
  return out.finish()
}

/** Encodes `value` into one array of bytes. */
export function encodeValue(value: Value): Uint8Array {
  const { size, parts } = encodeParts(value)
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

const broken = (why: string) => fail('analysis-output-invalid', { why })

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(length: number): number {
    if (length > this.left) throw broken('short')
    const from = this.#at
    this.#at += length
    return from
  }

  byte = (): number => this.#view.getUint8(this.take(1))
  count = (): number => this.#view.getUint32(this.take(4), true)
  bytes = (length: number): Uint8Array => this.#bytes.slice(this.take(length), this.#at)

  number(): number {
    const value = this.#view.getFloat64(this.take(8), true)
    if (!Number.isFinite(value)) throw broken('number')
    return value
  }

  text(): string {
    const from = this.take(this.count())
    try {
      return this.#utf8.decode(this.#bytes.subarray(from, this.#at))
    } catch {
      throw broken('text')
    }
  }

  numbers(): Float64Array {
    const length = this.count()
    while (this.#at % 8 !== 0) if (this.byte() !== 0) throw broken('padding')
    const from = this.take(length * 8)
    return new Float64Array(this.#bytes.slice(from, from + length * 8).buffer)
  }
}

function readObject(from: Reader, depth: number): { [key: string]: Value } {
  const length = from.count()
  if (length > from.left) throw broken('count')
  const value: { [key: string]: Value } = {}
  for (let i = 0; i < length; i++) {
    const key = from.text()
    if (PROTOTYPE_KEYS.has(key) || Object.hasOwn(value, key)) throw broken('key')
    value[key] = read(from, depth + 1)
  }
  return value
}

function readList(from: Reader, depth: number): Value[] {
  const length = from.count()
  if (length > from.left) throw broken('count')
  const items: Value[] = []
  for (let i = 0; i < length; i++) items.push(read(from, depth + 1))
  return items
}

function read(from: Reader, depth: number): Value {
  if (depth > MAX_DEPTH) throw broken('depth')
  const kind = from.byte()
  if (kind === tag.null) return null
  if (kind === tag.false || kind === tag.true) return kind === tag.true
  if (kind === tag.number) return from.number()
  if (kind === tag.string) return from.text()
  if (kind === tag.array) return readList(from, depth)
  if (kind === tag.object) return readObject(from, depth)
  if (kind === tag.numbers) return from.numbers()
  if (kind === tag.bytes) return from.bytes(from.count())
  throw broken('tag')
}

/** Decodes one value. Any bytes that are not exactly one well-formed value are `analysis-output-invalid`. */
export function decodeValue(bytes: Uint8Array): Value {
  const from = new Reader(bytes)
  const value = read(from, 0)
  if (from.left > 0) throw broken('left-over')
  return value
}
