/** The demonstration, as a newcomer runs it: one command, real processes, and every figure that of the reference. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { needsShared, sharedFolder } from '@salus/base/testing'

const MAIN = resolve(import.meta.dirname, '../apps/cli/main.ts')
const shared = sharedFolder('data/cardio')

type Ran = { code: number; out: string; err: string; json: Record<string, unknown> }
function salus(words: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const child: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...words], {
    env: { PATH: process.env.PATH ?? '', LANG: 'en', ...env },
  })
  let [out, err] = ['', '']
  child.stdout?.on('data', (part) => {
    out += part
  })
  child.stderr?.on('data', (part) => {
    err += part
  })
  const limit = setTimeout(() => child.kill('SIGKILL'), 120_000)
  return new Promise((done) =>
    child.once('close', (code) => {
      clearTimeout(limit)
      const last = out.trim().split('\n').at(-1) ?? ''
      done({ code: code ?? -1, out, err, json: last.startsWith('{') ? JSON.parse(last) : {} })
    }),
  )
}

type Row = {
  term: string
  estimate: number
  se: number
  oddsRatio: number
  ciLow: number
  ciHigh: number
  p: number
  betaPerSd: number
  lr: number
}
const near = (is: number, wanted: number, relative: number, what: string) =>
  assert.ok(Math.abs(is / wanted - 1) < relative, `${what}: ${is} for ${wanted}`)

test(
  'heartify: one command, four hospitals, 853 people; every figure is the reference’s, and everybody is paid',
  needsShared('data/cardio'),
  async () => {
    const out = mkdtempSync(join(tmpdir(), 'salus-heartify-out-'))
    const ran = await salus(['heartify', '--json', '--out', out], { SALUS_SHARED: resolve(shared ?? '', '../..') })
    assert.equal(ran.code, 0, ran.err)
    const { terms, n, events, auc, paid, receipt } = ran.json as {
      terms: Row[]
      n: number
      events: number
      auc: number
      paid: Record<string, number>
      receipt: { verified: boolean }
    }
    assert.deepEqual([n, events], [853, 464])
    const reference = JSON.parse(readFileSync(join(shared ?? '', 'reference/uci_pooled_site.json'), 'utf8'))
    near(auc, reference.auc.estimate, 1e-10, 'AUC')
    assert.deepEqual(
      terms.map(({ term }) => term),
      ['age', 'sex', 'trestbps', 'thalach', 'exang', 'oldpeak'],
    )
    for (const row of terms) {
      const wanted = reference.coefficients.find(({ term }: { term: string }) => term === row.term)
      const tested = reference.term_tests.find(({ term }: { term: string }) => term === row.term)
      near(row.estimate, wanted.estimate, 1e-8, `${row.term} estimate`)
      near(row.se, wanted.se, 1e-8, `${row.term} se`)
      near(row.oddsRatio, wanted.or, 1e-8, `${row.term} odds ratio`)
      near(row.ciLow, wanted.wald_ci95_or[0], 1e-8, `${row.term} lower`)
      near(row.ciHigh, wanted.wald_ci95_or[1], 1e-8, `${row.term} upper`)
      near(row.p, wanted.p, 1e-6, `${row.term} p`)
      near(row.betaPerSd, wanted.beta_per_sd, 1e-8, `${row.term} beta per SD`)
      near(row.lr, tested.lr_chisq, 1e-7, `${row.term} likelihood ratio`)
    }
    assert.deepEqual(paid, { cleveland: 30, budapest: 20, zurich: 25, 'long-beach': 15, methodes: 10, 'calcul-sud': 8 })
    assert.equal(receipt.verified, true)
    for (const name of ['forest', 'roc', 'calibration']) {
      assert.match(readFileSync(join(out, `${name}.svg`), 'utf8'), /^<svg[^>]*role="img"/)
      assertDrawn(readFileSync(join(out, `${name}.png`)), name)
    }
    assert.match(readFileSync(join(out, 'terms.csv'), 'utf8'), /^term,/)
    await receiptVerifies(join(out, 'receipt.json'))
  },
)

/** A PNG (ISO/IEC 15948): its signature, and as wide as a picture of twice 600 units at least; an empty page would weigh less. */
function assertDrawn(png: Buffer, name: string): void {
  assert.equal(png.subarray(0, 8).toString('hex'), '89504e470d0a1a0a', name)
  assert.ok(png.readUInt32BE(16) >= 600, `${name}: ${png.readUInt32BE(16)} points wide`)
  assert.ok(png.length > 8_000, `${name}: ${png.length} bytes`)
}

/** The saved receipt is a file that `salus verify` knows, with the roots beside it; a changed one is refused. */
async function receiptVerifies(path: string): Promise<void> {
  const roots = join(path, '../consortium.json')
  const good = await salus(['verify', path, '--roots', roots, '--json'])
  assert.equal(good.code, 0, good.err)
  assert.equal((good.json as { simulated?: boolean }).simulated, true)
  const changed = readFileSync(path, 'utf8').replace(/"outcome\\":\\"released/, '"outcome\\":\\"held')
  writeFileSync(`${path}.changed.json`, changed)
  const bad = await salus(['verify', `${path}.changed.json`, '--roots', roots, '--json'])
  assert.deepEqual([bad.code, bad.json.code], [1, 'receipt-broken'])
}

test('heartify: without the data it names what is missing, and ends with 1', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'salus-heartify-none-'))
  const ran = await salus(['heartify', '--json'], { SALUS_SHARED: empty })
  assert.notEqual(ran.code, 0)
  assert.match(
    ran.err,
    /processed\.cleveland\.data, processed\.hungarian\.data, processed\.switzerland\.data, processed\.va\.data/,
  )
})
