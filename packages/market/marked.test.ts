import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAnswers, type Told } from './compare.ts'
import { type FigureRow, figuresCsv } from './described.ts'
import { csvOf, type Fitted } from './fitted.ts'

const model: Fitted = {
  ...{ n: 400, events: 150, parameters: 2, fit: { auc: 0.7, logLik: -200 }, tests: [] },
  terms: ['age', 'sex'].map((name) => ({ name, term: name, oddsRatio: 2 })),
}
const row: FigureRow = {
  ...{ column: 'age', site: '', n: 1, missing: 0, implausible: 0, mean: 1, sd: 1 },
  ...{ p5: 1, p25: 1, p50: 1, p75: 1, p95: 1 },
}
const told = (kind: string): Told => ({ model, params: {}, deal: { kind, legs: [] } as never })

test('A9 every row of a saved table names the machine', () => {
  for (const kind of ['simulated', 'snp'] as const)
    for (const csv of [csvOf(model, kind), figuresCsv([row, row], kind)]) {
      const [head = '', ...lines] = csv.trimEnd().split('\n')
      assert.match(head, /,machine$/)
      assert.equal(lines.length, 2)
      for (const line of lines) assert.ok(line.endsWith(`,${kind}`), line)
    }
})

test('A9 a comparison is simulated as soon as one of the two machines was', () => {
  const simulated = (a: string, b: string) => compareAnswers(told(a), told(b)).simulated
  assert.deepEqual(
    [simulated('snp', 'snp'), simulated('simulated', 'snp'), simulated('snp', 'simulated')],
    [false, true, true],
  )
})
