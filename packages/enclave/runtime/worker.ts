/**
 * What runs inside the worker thread of one analysis. These functions are turned into text (`workerSource`), so they refer to
 * nothing but each other.
 */

/** First message to the worker. `size` bytes of input follow in pieces, two of them on their way at a time. */
export type Start = {
  readonly module: WebAssembly.Module
  readonly call: string
  readonly size: number
  readonly most: number
}
/** `next`: send the next piece, in the buffer that comes back. Then exactly one of `result` and `fault`. */
export type Report = { next: ArrayBuffer | null } | { result: Uint8Array } | { fault: 'trapped' | 'memory' | 'output' }

type Exports = {
  memory: WebAssembly.Memory
  setup?(): void
  alloc(size: number): number
  fault?: WebAssembly.Global
} & Record<string, (at: number, size: number) => number>

type State = {
  post(report: Report, give?: ArrayBuffer[]): void
  start?: Start
  all?: Exports
  at: number
  written: number
}

/** Was memory what it lacked? When it says so, or when there is not an eighth more to be had. */
function isFull({ memory, fault }: Exports): boolean {
  try {
    return fault?.value === 1 || memory.grow(Math.ceil(memory.buffer.byteLength / 524_288)) === undefined
  } catch {
    return true
  }
}

/** Runs `work`; a trap of the analysis becomes a report, with the memory wiped. */
function guarded(state: State, work: (all: Exports, start: Start) => void): void {
  const { start } = state
  if (!start) return
  try {
    state.all ??= new WebAssembly.Instance(start.module).exports as unknown as Exports
    work(state.all, start)
  } catch {
    const { all } = state
    const bytes = all?.memory.buffer.byteLength ?? 0
    const full = all ? isFull(all) : false
    if (all) new Uint8Array(all.memory.buffer, 0, bytes).fill(0)
    state.post({ fault: full ? 'memory' : 'trapped' })
  }
}

/** Calls the analysis and takes its answer out: a u32 length, then that many bytes. */
function answer(state: State, all: Exports, { call, size, most }: Start): void {
  const head = (all[call]?.(state.at, size) ?? 0) >>> 0
  const whole = all.memory.buffer
  const length = head + 4 <= whole.byteLength ? new DataView(whole).getUint32(head, true) : most + 1
  const fits = length <= most && head + 4 + length <= whole.byteLength
  const result = fits ? new Uint8Array(whole).slice(head + 4, head + 4 + length) : undefined
  new Uint8Array(whole).fill(0)
  state.post(result ? { result } : { fault: 'output' })
}

/** Sets the analysis up and asks for its input. */
function begin(state: State, start: Start): void {
  state.start = start
  guarded(state, (all) => {
    all.setup?.()
    state.at = all.alloc(start.size) >>> 0
    if (state.at % 16 !== 0 || state.at + start.size > all.memory.buffer.byteLength) throw new RangeError()
    state.post({ next: null })
    state.post({ next: null })
  })
}

/** Takes a piece of the input; the last one starts the call. */
function take(state: State, piece: Uint8Array<ArrayBuffer>): void {
  guarded(state, (all, start) => {
    new Uint8Array(all.memory.buffer).set(piece, state.at + state.written)
    state.written += piece.length
    piece.fill(0)
    if (state.written === start.size) answer(state, all, start)
    else state.post({ next: piece.buffer }, [piece.buffer])
  })
}

function listen(): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const state: State = { post: (report, give) => parentPort?.postMessage(report, give ?? []), at: 0, written: 0 }
  parentPort?.on('message', (message: Start | Uint8Array<ArrayBuffer>) =>
    message instanceof Uint8Array ? take(state, message) : begin(state, message),
  )
}

/** The worker's program: text, so that a thread starts without reading or translating a file. */
export const workerSource = `${[isFull, guarded, answer, begin, take, listen].join('\n')}\nlisten()`
