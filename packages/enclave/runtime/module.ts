/**
 * Looks at a WebAssembly module before anything of it runs: no imports, no start function, one plain memory, the agreed
 * exports and nothing else; and writes the memory limit into it, so that the engine itself keeps it (rules U1-U3).
 */
import { digest } from '@salus/crypto/hash'
import { fail } from './errors.ts'

const PAGE = 65_536
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const [TYPE_SECTION, TABLE_SECTION, MEMORY_SECTION] = [1, 4, 5]
/** Entries of an analysis' one table of functions: memory of the engine's own, which no limit of ours would reach. */
const MOST_ENTRIES = 10_000
/** A function's form, and the plain values that may stand in it: numbers and vectors, nothing the engine would collect. */
const FUNCTION = 0x60
const PLAIN = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b])
/** Sections by id: custom, type, function, table, memory, global, export, element, code, data, data count. */
const ALLOWED_SECTIONS = new Set([0, 1, 3, 4, 5, 6, 7, 9, 10, 11, 12])
/** What an analysis exports; `setup` is called once first, `fault` is 1 when it stopped because memory ran out. */
const EXPORTS: Readonly<Record<string, WebAssembly.ImportExportKind>> = {
  memory: 'memory',
  alloc: 'function',
  run: 'function',
  cohort: 'function',
  setup: 'function',
  fault: 'global',
}
const REQUIRED = ['memory', 'alloc', 'run', 'cohort']

const refuse = (why: string) => fail('analysis-invalid', { why })

/** Unsigned LEB128 of at most 32 bits. */
function readCount(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) throw refuse('short')
    value += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return { value, next: at + i + 1 }
  }
  throw refuse('number')
}

function writeCount(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

/** The memory section with its maximum lowered to `pages`: one memory, 32-bit, not shared. */
function limitMemory(body: Uint8Array, pages: number): number[] {
  const many = readCount(body, 0)
  const flags = body[many.next]
  if (many.value !== 1 || (flags !== 0 && flags !== 1)) throw refuse('memory')
  const first = readCount(body, many.next + 1)
  const most = flags === 1 ? readCount(body, first.next) : { value: 65_536, next: first.next }
  if (most.next !== body.length) throw refuse('memory')
  if (first.value > pages) throw fail('analysis-memory')
  return [1, 1, ...writeCount(first.value), ...writeCount(Math.min(most.value, pages))]
}

/** At most one table of functions, with its maximum lowered. */
function limitTable(body: Uint8Array): number[] {
  const many = readCount(body, 0)
  if (many.value === 0) return [0]
  const [kind, flags] = [body[many.next], body[many.next + 1]]
  if (many.value !== 1 || kind !== 0x70 || (flags !== 0 && flags !== 1)) throw refuse('table')
  const first = readCount(body, many.next + 2)
  const most = flags === 1 ? readCount(body, first.next) : { value: MOST_ENTRIES, next: first.next }
  if (most.next !== body.length || first.value > MOST_ENTRIES) throw refuse('table')
  return [1, 0x70, 1, ...writeCount(first.value), ...writeCount(Math.min(most.value, MOST_ENTRIES))]
}

/** Every type is a function over plain values: no structs, no arrays, no references. */
function checkTypes(body: Uint8Array): Uint8Array {
  const many = readCount(body, 0)
  let at = many.next
  for (let i = 0; i < many.value; i++) {
    if (body[at] !== FUNCTION) throw refuse('type')
    at++
    for (const _ of ['parameters', 'results']) {
      const values = readCount(body, at)
      at = values.next + values.value
      if (at > body.length || body.subarray(values.next, at).some((one) => !PLAIN.has(one))) throw refuse('type')
    }
  }
  if (at !== body.length) throw refuse('type')
  return body
}

/** What a section may say, or a narrower word for it. */
function narrowed(id: number, body: Uint8Array, memoryBytes: number): ArrayLike<number> {
  if (id === TYPE_SECTION) return checkTypes(body)
  if (id === TABLE_SECTION) return limitTable(body)
  return id === MEMORY_SECTION ? limitMemory(body, Math.floor(memoryBytes / PAGE)) : body
}

function section(id: number, body: ArrayLike<number>): Uint8Array {
  const head = [id, ...writeCount(body.length)]
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

/** The same module with `memoryBytes` as its memory's maximum. Refuses every section an analysis has no use for. */
function limit(wasm: Uint8Array, memoryBytes: number): Uint8Array<ArrayBuffer> {
  if (MAGIC.some((byte, i) => wasm[i] !== byte)) throw refuse('magic')
  const parts: Uint8Array[] = [Uint8Array.from(MAGIC)]
  let memories = 0
  for (let at = MAGIC.length; at < wasm.length; ) {
    const id = wasm[at] ?? 0
    const { value: length, next } = readCount(wasm, at + 1)
    if (!ALLOWED_SECTIONS.has(id)) throw refuse(`section-${id}`)
    if (next + length > wasm.length) throw refuse('short')
    const body = wasm.subarray(next, next + length)
    if (id === MEMORY_SECTION) memories++
    if (id !== 0) parts.push(section(id, narrowed(id, body, memoryBytes)))
    at = next + length
  }
  if (memories !== 1) throw refuse('memory')
  return new Uint8Array(Buffer.concat(parts))
}

const MOST_KEPT = 4
const kept = new Map<string, WebAssembly.Module>()

/**
 * Checks and compiles `wasm` with a memory of at most `memoryBytes`. Nothing of the module has run afterwards. The last few
 * are kept by the digest of their bytes: the engine goes on making their code faster.
 */
export async function moduleOf(wasm: Uint8Array, memoryBytes: number): Promise<WebAssembly.Module> {
  const key = `${digest(wasm)} ${memoryBytes}`
  const module = kept.get(key) ?? (await compile(limit(wasm, memoryBytes)))
  kept.delete(key)
  kept.set(key, module)
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
  return module
}

async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  const module = await WebAssembly.compile(bytes).catch(() => {
    throw refuse('compile')
  })
  if (WebAssembly.Module.imports(module).length > 0) throw refuse('import')
  const exported = WebAssembly.Module.exports(module)
  if (exported.some(({ name, kind }) => !Object.hasOwn(EXPORTS, name) || EXPORTS[name] !== kind)) throw refuse('export')
  if (REQUIRED.some((name) => !exported.some((one) => one.name === name))) throw refuse('export')
  return module
}
