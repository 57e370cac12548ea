/** glm.*: one logistic fit in the enclave's runtime beside the same fit in plain JavaScript; R and numpy where they are installed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharedFolder } from '@salus/base/testing'
import { buildAnalysis } from '@salus/enclave/analyses/build'
import { runAnalysis, warmUp } from '@salus/enclave/runtime/run'
import type { Table } from '@salus/enclave/table'
import { type BenchLine, elapsed, line, roundsOf, type Scale, sized } from './line.ts'

const NAMES = [
  'age',
  'male',
  'height',
  'weight',
  'ap_hi',
  'ap_lo',
  'cholesterol',
  'gluc',
  'smoke',
  'alco',
  'active',
  'cardio',
]
/** The plausible rows of the reference `cardio_train_clean`. */
const isClean = (row: Record<string, number>): boolean => {
  const { ap_hi = 0, ap_lo = 0, height = 0, weight = 0 } = row
  return (
    ap_hi >= 80 &&
    ap_hi <= 250 &&
    ap_lo >= 40 &&
    ap_lo <= 150 &&
    ap_hi > ap_lo &&
    height >= 120 &&
    height <= 220 &&
    weight >= 30 &&
    weight <= 200
  )
}

/** The check-ups as columns, repeated up to `rows`. */
function cardioTable(rows: number | undefined): Table {
  const text = readFileSync(join(sharedFolder('data/cardio') ?? '', 'cardio_train.csv'), 'utf8')
  const [head = '', ...lines] = text.trim().split(/\r?\n/)
  const names = head.replaceAll('"', '').split(';')
  const all = lines
    .map((one) => Object.fromEntries(one.split(';').map((cell, i) => [names[i] as string, Number(cell)])))
    .map((row): Record<string, number> => ({ ...row, age: (row.age ?? 0) / 365.25, male: row.gender === 2 ? 1 : 0 }))
    .filter(isClean)
  const count = rows ?? all.length
  const columns = NAMES.map((name) => ({
    ...{ name, kind: 'number' as const },
    values: Float64Array.from({ length: count }, (_, i) => all[i % all.length]?.[name] ?? Number.NaN),
  }))
  return { site: 'cardio', rows: count, columns }
}

const TOLERANCE = 1e-8

/** Newton's method row by row, as anybody would write it; columns standardised first so that both do the same sums. */
function plainFit(table: Table): Float64Array {
  const p = NAMES.length
  const rows = table.rows
  const y = table.columns.at(-1)?.values as Float64Array
  const x = new Float64Array(rows * p)
  for (let i = 0; i < rows; i++) x[i * p] = 1
  for (let j = 1; j < p; j++) {
    const from = table.columns[j - 1]?.values as Float64Array
    for (let i = 0; i < rows; i++) x[i * p + j] = from[i] as number
  }
  const beta = new Float64Array(p)
  for (let pass = 0; pass < 25; pass++) {
    const step = solve(...sums(x, y, beta, rows, p), p)
    let most = 0
    for (let j = 0; j < p; j++) {
      beta[j] = (beta[j] as number) + (step[j] as number)
      most = Math.max(most, Math.abs(step[j] as number) / (Math.abs(beta[j] as number) + 1e-3))
    }
    if (most < TOLERANCE) break
  }
  return beta
}

function sums(
  x: Float64Array,
  y: Float64Array,
  beta: Float64Array,
  rows: number,
  p: number,
): [Float64Array, Float64Array] {
  const information = new Float64Array(p * p)
  const score = new Float64Array(p)
  for (let i = 0; i < rows; i++) {
    let eta = 0
    for (let j = 0; j < p; j++) eta += (x[i * p + j] as number) * (beta[j] as number)
    const mu = 1 / (1 + Math.exp(-eta))
    const weight = mu * (1 - mu)
    const rest = (y[i] as number) - mu
    for (let j = 0; j < p; j++) {
      const value = x[i * p + j] as number
      score[j] = (score[j] as number) + value * rest
      for (let k = 0; k <= j; k++)
        information[j * p + k] = (information[j * p + k] as number) + weight * value * (x[i * p + k] as number)
    }
  }
  return [information, score]
}

/** Cholesky, then two triangles. */
function solve(a: Float64Array, b: Float64Array, p: number): Float64Array {
  const at = (i: number, j: number) => a[i * p + j] as number
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < j; k++) for (let i = j; i < p; i++) a[i * p + j] = at(i, j) - at(i, k) * at(j, k)
    const root = Math.sqrt(at(j, j))
    for (let i = j; i < p; i++) a[i * p + j] = at(i, j) / root
  }
  for (let i = 0; i < p; i++) {
    for (let k = 0; k < i; k++) b[i] = (b[i] as number) - at(i, k) * (b[k] as number)
    b[i] = (b[i] as number) / at(i, i)
  }
  for (let i = p - 1; i >= 0; i--) {
    for (let k = i + 1; k < p; k++) b[i] = (b[i] as number) - at(k, i) * (b[k] as number)
    b[i] = (b[i] as number) / at(i, i)
  }
  return b
}

const params = {
  ...{ outcome: { column: 'cardio', op: 'eq', value: 1 }, site: 'none', missing: 'complete', only: 'fit' },
  terms: NAMES.slice(0, -1).map((column) => ({ column })),
}

const NUMPY = `
import numpy as np, sys, time
d=np.fromfile(sys.argv[1]).reshape(int(sys.argv[2]),-1,order='F'); y=d[:,-1]; X=np.column_stack([np.ones(len(y)),d[:,:-1]])
def fit():
    b=np.zeros(X.shape[1])
    for _ in range(25):
        m=1/(1+np.exp(-X@b)); s=np.linalg.solve((X*(m*(1-m))[:,None]).T@X,X.T@(y-m)); b+=s
        if np.max(np.abs(s)/(np.abs(b)+1e-3))<1e-8: break
fit(); t=[]
for _ in range(3):
    a=time.perf_counter(); fit(); t.append(time.perf_counter()-a)
print(sorted(t)[1]*1000)
`

const R = `
a<-commandArgs(TRUE); n<-as.integer(a[2])
d<-as.data.frame(matrix(readBin(a[1],'double',n=file.info(a[1])$size/8),nrow=n)); names(d)[ncol(d)]<-'y'
fit<-function() glm(y~.,binomial,d); invisible(fit())
cat(median(replicate(3,system.time(fit())[['elapsed']]))*1000)
`

/** Other programs' own fits of the same table, each with the words that start it and a word that tells whether it is there. */
const peers = [
  { name: 'numpy', command: 'python3', program: ['-c', NUMPY], probe: ['-c', 'import numpy'] },
  { name: 'r', command: 'Rscript', program: ['-e', R], probe: ['--version'] },
] as const

/** Milliseconds of a peer's fit of the columns in the file at `path`; undefined where there is no such program. */
function peerMs({ command, program, probe }: (typeof peers)[number], path: string, rows: number): number | undefined {
  if (spawnSync(command, probe).status !== 0) return undefined
  const { stdout, status } = spawnSync(command, [...program, path, String(rows)], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : undefined
}

/** The same fit by others, as lines of their own, where they are installed. */
function peerLines(name: string, table: Table, subject: readonly number[]): BenchLine[] {
  const dir = mkdtempSync(join(tmpdir(), 'salus-glm-'))
  const path = join(dir, 'x')
  const columns = table.columns.map(({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  try {
    writeFileSync(path, new Uint8Array(Buffer.concat(columns)))
    return peers.flatMap((peer) => {
      const ms = peerMs(peer, path, table.rows)
      const limit = subject.map(() => 1000 / (ms ?? 1))
      return ms === undefined ? [] : [line(`${name}.${peer.name}`, `fits/s beside ${peer.name}`, subject, limit)]
    })
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function benchRows(name: string, scale: Scale, rows: number | undefined): Promise<BenchLine[]> {
  const { wasm } = await buildAnalysis('heartify')
  const table = cardioTable(rows)
  const limits = { memoryBytes: 3 * 2 ** 30, ms: 120_000 }
  const fit = () => runAnalysis({ wasm, call: 'run', params, tables: [table], limits })
  await fit()
  const [subject, plain]: [number[], number[]] = [[], []]
  for (let round = 0; round < roundsOf(scale); round++) {
    plain.push(1000 / (await elapsed(async () => plainFit(table))))
    // As in the enclave, where the thread starts while the data is decrypted.
    warmUp()
    await new Promise((done) => setTimeout(done, 100))
    subject.push(1000 / (await elapsed(fit)))
  }
  const unit = `fits/s, ${table.rows} x ${NAMES.length}, whole run; beside plain JavaScript`
  return [line(name, unit, subject, plain), ...(scale === 'tiny' ? [] : peerLines(name, table, subject))]
}

export const benchGlm70k = (scale: Scale): Promise<BenchLine[]> =>
  benchRows('glm.70k', scale, scale === 'tiny' ? 2_000 : undefined)
export const benchGlm1m = (scale: Scale): Promise<BenchLine[]> =>
  benchRows('glm.1m', scale, sized(scale, 1_000_000, 4_000))
