import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWith } from '@salus/base/schema'
import { choicesMade, MAX_BLOCKED, researchPurposes } from './contract.ts'
import { decideChoices, decideUnblocked, isBlocked } from './rules.ts'

const [PATIENT, MOREL, OKAFOR] = ['P', 'M', 'O'].map((one) => one.repeat(26).replaceAll('O', '0')) as [
  string,
  string,
  string,
]

test('G17 each purpose and each person once; nobody blocks the own handle', () => {
  const wrong = { code: 'choices-wrong' }
  decideChoices({ research: [], blocked: [] }, PATIENT)
  decideChoices({ research: [...researchPurposes], blocked: [MOREL, OKAFOR] as never }, PATIENT)
  assert.throws(() => decideChoices({ research: ['cancer', 'cancer'], blocked: [] }, PATIENT), wrong)
  assert.throws(() => decideChoices({ research: [], blocked: [MOREL, MOREL] as never }, PATIENT), wrong)
  assert.throws(() => decideChoices({ research: [], blocked: [PATIENT] as never }, PATIENT), wrong)
})

test('G17 a set is closed words and handles, two hundred at most, under a policy head', () => {
  const set = { research: ['cancer'], blocked: [MOREL], policy: 3 }
  assert.deepEqual(checkWith(choicesMade, set), set)
  const refused = { code: 'schema-mismatch' }
  for (const wrong of [
    { ...set, research: ['anything'] },
    { ...set, blocked: ['somebody'] },
    { ...set, policy: 0 },
    { ...set, why: 'free text' },
    { ...set, blocked: Array.from({ length: MAX_BLOCKED + 1 }, () => MOREL) },
  ]) {
    assert.throws(() => checkWith(choicesMade, wrong), refused)
  }
})

test('G18 a block reaches who asks and the one colleague who would read, and nobody else', () => {
  assert.equal(isBlocked([MOREL], { asker: MOREL }), true)
  assert.equal(isBlocked([MOREL], { asker: OKAFOR, colleague: MOREL }), true)
  assert.equal(isBlocked([MOREL], { asker: OKAFOR }), false)
  assert.equal(isBlocked([], { asker: MOREL }), false)
  assert.throws(() => decideUnblocked([MOREL], { asker: MOREL }), { code: 'request-refused-beforehand', facts: {} })
  decideUnblocked([MOREL], { asker: OKAFOR })
})
