import assert from 'node:assert/strict'
import { test } from 'node:test'
import { categories } from '@salus/base/categories'
import { matrix, mayAsk, mayBreakGlass, type Profession, professions } from './matrix.ts'

// The table again, by the first letters of each category in the order of the closed list: a change must be made twice.
const marks: Readonly<Record<Profession, string>> = {
  //                     all pro med prc dev imm res ima vit soc pre vis pla dir doc adm
  physician: /*         */ 'x x x x x x x x x x x x x x x x',
  'emergency-physician': 'x x x x x x x x x x x x x x x .',
  nurse: /*             */ 'x x x x x x x x x x x x x . x .',
  midwife: /*           */ 'x x x x x x x x x x x x x . . .',
  pharmacist: /*        */ 'x x x x x x x . x . x . x . . .',
  dentist: /*           */ 'x x x x x . . x . . x . . . . .',
  biologist: /*         */ 'x x x . x . x . . . x . . . . .',
  radiologist: /*       */ 'x x x x x . x x . . x . . . . .',
  physiotherapist: /*   */ 'x x . x x . . x . . . . x . . .',
  psychologist: /*      */ '. x x . . . . . . x . x x x . .',
  dietitian: /*         */ 'x x x . . . x . x . x . x . . .',
  'social-worker': /*   */ '. . . . . . . . . x . . x . . x',
  secretary: /*         */ '. . . . . . . . . . . . . . . x',
  keeper: /*            */ '. . . . . . . . . . . . . . . .',
}

test('D20 who may ask for what: every profession by every category', () => {
  for (const profession of professions) {
    const row = marks[profession].split(' ')
    assert.equal(row.length, categories.length, profession)
    for (const [i, category] of categories.entries()) {
      assert.equal(mayAsk(profession, category), row[i] === 'x', `${profession} ${category}`)
    }
  }
})

test('D20 every profession has a row of categories that exist, each once; nobody asks for people or hidden', () => {
  assert.deepEqual(Object.keys(matrix).sort(), [...professions].sort())
  for (const [profession, row] of Object.entries(matrix)) {
    assert.ok(row.length > 0 !== (profession === 'keeper') && row.every((one) => categories.includes(one)))
    assert.equal(new Set(row).size, row.length)
  }
  assert.equal(mayAsk('physician', 'hidden' as never), false)
  assert.equal(mayAsk('physician', 'people' as never), false)
})

test('D33 who treats people in an emergency may break the glass; nobody else, the keeper least of all', () => {
  assert.deepEqual(professions.filter(mayBreakGlass), ['physician', 'emergency-physician', 'nurse', 'midwife'])
})
