import assert from 'node:assert/strict'
import { test } from 'node:test'
import { professions } from '@salus/directory/matrix'
import { formsOf, writable } from './forms.ts'

test('every profession has its forms, each once; only a pharmacist dispenses, only a keeper and nobody write nothing', () => {
  for (const one of professions) {
    const forms = formsOf(one)
    assert.equal(new Set(forms).size, forms.length, one)
    assert.equal(forms.length === 0, one === 'keeper', one)
    assert.equal(forms.includes('dispense'), one === 'pharmacist', one)
  }
  assert.equal(formsOf('pharmacist')[0], 'dispense')
  assert.equal(formsOf('biologist')[0], 'result')
  assert.deepEqual(formsOf('secretary'), ['administrative', 'document'])
  assert.deepEqual(formsOf(undefined), [])
  assert.equal(formsOf('physician').length, writable.length - 1)
})
