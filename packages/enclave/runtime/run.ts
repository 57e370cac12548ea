/**
 * Runs an analysis on tables in a thread of its own: WebAssembly without imports, a memory limit the engine keeps, a time
 * limit, an answer of bounded size. The same input gives the same bytes: there is no clock, randomness or thread inside.
 */
import { Worker } from 'node:worker_threads'
import type { Json } from '@salus/base/json'
import type { Table } from '../table.ts'
import { fail, type RuntimeCode } from './errors.ts'
import { moduleOf } from './module.ts'
import { decodeValue, encodeParts, type Parts, type Value } from './values.ts'
import { type Report, type Start, workerSource } from './worker.ts'

/** `memoryBytes`: the sandbox's whole memory, data included. `ms`: wall clock. `outputBytes`: the longest answer. */
export type Limits = { readonly memoryBytes: number; readonly ms: number; readonly outputBytes?: number }
export type Analysis = {
  readonly wasm: Uint8Array
  /** `run`: the result. `cohort`: for each table one byte a row, 1 where the row is used. */
  readonly call: 'run' | 'cohort'
  readonly params: Json
  readonly tables: readonly Table[]
  readonly limits: Limits
}

const OUTPUT_BYTES = 4 << 20
const PIECE = 4 << 20
const faults = { trapped: 'analysis-trapped', memory: 'analysis-memory', output: 'analysis-output-invalid' } as const

const inputOf = (params: Json, tables: readonly Table[]): Parts =>
  encodeParts({
    params: params as Value,
    tables: tables.map(({ site, rows, columns }) => ({
      site,
      rows,
      columns: columns.map(({ name, kind, levels, values }) => ({ name, kind, levels, values })),
    })),
  })

/**
 * The input in pieces of at most 4 MB, each a copy that can be handed over; the buffer of the one before comes in again with
 * `next`, so that the data is never whole in memory twice.
 */
function* piecesOf({ parts }: Parts): Generator<Uint8Array<ArrayBuffer>, undefined, ArrayBuffer | null> {
  let piece = new Uint8Array(PIECE)
  let used = 0
  for (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const length = Math.min(part.length - at, PIECE - used)
      piece.set(part.subarray(at, at + length), used)
      used += length
      at += length
      if (used < PIECE) continue
      piece = new Uint8Array((yield piece) ?? new ArrayBuffer(PIECE))
      used = 0
    }
  }
  if (used > 0) yield piece.subarray(0, used)
}

function startWorker(): Worker {
  return new Worker(workerSource, {
    eval: true,
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  })
}

let ready: Worker | undefined

/** Starts the thread of the next analysis ahead of time, while its data is still on the way. It serves that one only. */
export function warmUp(): void {
  if (ready) return
  const worker = startWorker()
  worker.unref()
  worker.on('exit', () => {
    if (ready === worker) ready = undefined
  })
  ready = worker
}

/** A thread nobody has used. */
function freshWorker(): Worker {
  const worker = ready ?? startWorker()
  ready = undefined
  worker.ref()
  return worker
}

/** Feeds `input` to the worker and waits for its one answer; the worker is ended whatever happens. */
function converse(worker: Worker, start: Start, input: Parts, ms: number): Promise<Uint8Array> {
  const pieces = piecesOf(input)
  return new Promise<Uint8Array>((resolve, reject) => {
    const end = (code: RuntimeCode) => reject(fail(code))
    const timer = setTimeout(() => end('analysis-time'), ms)
    worker.on('error', () => end('analysis-trapped'))
    worker.on('exit', () => {
      clearTimeout(timer)
      end('analysis-trapped')
    })
    worker.on('message', (report: Report) => {
      if ('result' in report) resolve(report.result)
      else if ('fault' in report) end(faults[report.fault])
      else {
        const { value } = pieces.next(report.next)
        if (value) worker.postMessage(value, [value.buffer])
      }
    })
    worker.postMessage(start)
  }).finally(() => worker.terminate())
}

/**
 * Runs one call of `wasm` on `tables`.
 *
 * Errors: `analysis-invalid` (refused before it ran), `analysis-trapped`, `analysis-memory`, `analysis-time`,
 * `analysis-output-invalid` (not one well-formed value, or too long).
 */
export async function runAnalysis({ wasm, call, params, tables, limits }: Analysis): Promise<Value> {
  const module = await moduleOf(wasm, limits.memoryBytes)
  const input = inputOf(params, tables)
  if (input.size > limits.memoryBytes) throw fail('analysis-memory')
  const most =
    limits.outputBytes ?? OUTPUT_BYTES + tables.reduce((sum, { rows }) => sum + (call === 'cohort' ? rows : 0), 0)
  const bytes = await converse(freshWorker(), { module, call, size: input.size, most }, input, limits.ms)
  return decodeValue(bytes)
}
