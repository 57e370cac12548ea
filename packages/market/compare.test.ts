import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@salus/crypto/hash'
import { compareAnswers, type Told } from './compare.ts'
import type { Fitted } from './fitted.ts'

const outcome = { column: 'sick', op: 'eq', value: '1' }
const leg = (data: string, open: boolean) => ({ data: digest(data), public: open }) as never
type Term = { column: string; transform?: string }

/** A result as its enclave answered; figures of it are made up. */
function told(terms: readonly Term[], logLik: number, more: object = {}, open = true, data = 'one'): Told {
  const model: Fitted = {
    ...{ n: 400, events: 150, parameters: terms.length + 1, fit: { auc: 0.7 + terms.length / 50, logLik } },
    ...{ terms: terms.map(({ column }) => ({ name: column, term: column })), tests: [], method: 'maximum-likelihood' },
  }
  return { model, params: { outcome, terms, ...more } as never, deal: { legs: [leg(data, open)] } as never }
}
const small = told([{ column: 'age' }], -200.25)
const large = told([{ column: 'sex' }, { column: 'age' }], -195)

test('A6 a model within another, over the same versions: likelihood ratio, degrees of freedom, p', () => {
  const { nested, lr, df, p, about } = compareAnswers(small, large)
  assert.deepEqual([nested, lr, df, about], [true, 10.5, 1, 0])
  assert.ok(p !== null && p > 0.001 && p < 0.0013)
  assert.equal(compareAnswers(large, small).lr, 10.5, 'whichever is named first')
  const said = told([{ column: 'age' }], -200.25, { filter: [], missing: 'complete', firth: 'auto' })
  assert.equal(compareAnswers(said, large).nested, true, 'what is said is what is meant')
})

test('A6 what only looks alike is not nested: another transform, filter, outcome, version or method', () => {
  const others: readonly [string, Told][] = [
    ['the same column, transformed', told([{ column: 'age', transform: 'log' }], -200)],
    ['another cohort', told([{ column: 'age' }], -200, { filter: [{ column: 'sex', op: 'eq', value: 'm' }] })],
    ['another outcome', told([{ column: 'age' }], -200, { outcome: { ...outcome, value: '0' } })],
    ['another version', told([{ column: 'age' }], -200, {}, true, 'two')],
    ['hospitals as a term, which the larger lacks', told([{ column: 'age' }], -200, { site: 'factor' })],
    ['penalised', { ...small, model: { ...small.model, method: 'firth' } }],
  ]
  for (const [what, one] of others) {
    const found = compareAnswers(one, large)
    assert.deepEqual([found.nested, found.lr, found.df, found.p], [false, null, null, null], what)
    assert.equal(typeof found.aucChange, 'number', 'the AUC is compared all the same')
  }
})

test('A6 where likelihoods came rounded, the ratio says by how much it may be off', () => {
  const [a, b] = [
    told([{ column: 'age' }], -200.3, {}, false),
    told([{ column: 'age' }, { column: 'sex' }], -1195, {}, false),
  ]
  assert.equal(compareAnswers(a, b).about, 0.1 + 1)
})
