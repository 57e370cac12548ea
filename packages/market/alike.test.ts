import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertColumns } from './alike.ts'
import type { ContractColumn } from './dataset/contract.ts'

const both = (text: string) => ({ en: text, fr: text })
const number = (name: string, unit = 'mm[Hg]'): ContractColumn => ({
  ...{ name, title: both(name), kind: 'number', unit, min: 0, max: 1 },
})
const category = (name: string, ...codes: string[]): ContractColumn => ({
  ...{ name, title: both(name), kind: 'category', levels: codes.map((code) => ({ code, title: both(code) })) },
})
const params = {
  outcome: { column: 'sick', op: 'eq', value: '1' },
  terms: [{ column: 'age' }, { columns: ['age', 'sex'] }],
  filter: [{ column: 'bp', op: 'gt', value: 3 }],
}
const here = [category('sick', '0', '1'), number('age', 'a'), category('sex', 'F', 'M'), number('bp')]

test('A10 columns that a model names are the same thing in every data set; others may differ', () => {
  assertColumns(params, [here])
  assertColumns(params, [here, [...here, number('more')], here.toReversed()])
  const other = (column: ContractColumn) => here.map((one) => (one.name === column.name ? column : one))
  for (const column of [
    category('sex', 'f', 'm'),
    category('sex', 'M', 'F'),
    number('age', 'mo'),
    number('sex', 'a'),
  ]) {
    const refused = { code: 'columns-differ', facts: { column: column.name } }
    assert.throws(() => assertColumns(params, [here, other(column)]), refused)
  }
  assert.throws(() => assertColumns(params, [here.slice(1)]), { code: 'columns-differ', facts: { column: 'sick' } })
  assert.throws(() => assertColumns({ columns: ['none'] }, [here]), { facts: { column: 'none' } })
})
