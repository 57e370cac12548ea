import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@salus/base/ids'
import { seededRandom } from '@salus/base/testing'
import { digest } from '@salus/crypto/hash'
import { analysisOf } from '@salus/enclave/analyses/build'
import { defaultGate, type Leg } from '@salus/enclave/deal'
import { gateOutput } from '@salus/enclave/gate'
import { runAnalysis } from '@salus/enclave/runtime/run'
import { contractColumn } from './dataset/contract.ts'
import { sampleTable } from './dataset/synthetic.ts'
import { described, figureRows, levelRows } from './described.ts'

const title = { en: 'x', fr: 'x' }
const columns = [
  { name: 'age', title, kind: 'number', unit: 'a', min: 20, max: 80, step: 1 },
  { name: 'sex', title, kind: 'category', levels: ['f', 'm'].map((code) => ({ code, title })) },
].map((one) => contractColumn.parse(one))

test('A7 what describe answers, gated, becomes lines: each column over all, then each hospital; categories with their events', async () => {
  const { wasm } = await analysisOf('describe')
  const orgs = ['sample-alpha', 'sample-beta']
  const tables = orgs.map((org) => sampleTable(digest(org), { org: org as never, columns }))
  const params = { outcome: { column: 'sex', op: 'eq', value: 'm' }, k: 10 }
  const output = await runAnalysis({ wasm, call: 'run', params, tables, limits: { memoryBytes: 64 << 20, ms: 20_000 } })
  for (const open of [true, false]) {
    const random = seededRandom(5)
    const legs = orgs.map(
      (org): Leg => ({
        ...{ order: newId(random) as never, org: org as never, data: digest(org), key: digest('key') },
        ...{ public: open, gate: defaultGate },
      }),
    )
    const gated = gateOutput(output, legs)
    assert.equal(gated.outcome, 'released', JSON.stringify(gated.reasons))
    const read = described.parse(JSON.parse(JSON.stringify(gated.result)))
    const rows = figureRows(read)
    assert.deepEqual(
      rows.filter(({ column }) => column === 'age').map(({ site, n }) => [site, n]),
      [
        ['', 800],
        ['sample-alpha', 400],
        ['sample-beta', 400],
      ],
    )
    const [age] = rows
    assert.ok(age?.mean && age.mean > 45 && age.mean < 55 && age.p50 && age.sd, JSON.stringify(age))
    const levels = levelRows(read).filter(({ column }) => column === 'sex')
    assert.ok(levels.length <= 2)
  }
})
