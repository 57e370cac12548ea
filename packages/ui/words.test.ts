import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languageOf, unbroken } from './language.ts'
import { errorWords } from './words.ts'

test('default: the first language that is ours wins, English when none is', () => {
  assert.equal(languageOf('fr-CH, fr;q=0.9, en;q=0.8'), 'fr')
  assert.equal(languageOf('en-GB,fr;q=0.5'), 'en')
  assert.equal(languageOf('de-DE,de;q=0.9,fr;q=0.8'), 'fr')
  assert.equal(languageOf('fr_FR.UTF-8'), 'fr')
  assert.equal(languageOf('C.UTF-8'), 'en')
  assert.equal(languageOf(undefined), 'en')
  assert.equal(languageOf(''), 'en')
})

test('in French no line ends before a mark that stands apart', () => {
  assert.equal(
    unbroken('une copie ; laquelle ? « la vôtre »'),
    'une copie\u00a0; laquelle\u00a0? «\u00a0la vôtre\u00a0»',
  )
  assert.equal(unbroken('http://un:deux, 10 h'), 'http://un:deux, 10 h')
})

test('U1 an error is told in the asked language', () => {
  assert.equal(errorWords('grant-revoked', 'en').title, 'The patient took this grant back.')
  assert.equal(errorWords('grant-revoked', 'fr').title, 'Le patient a retiré cette autorisation.')
  assert.ok(errorWords('grant-revoked', 'fr').next.length > 0)
})

test('U5 names that every object has are no codes', () => {
  assert.deepEqual(errorWords('constructor', 'en'), errorWords('internal', 'en'))
  assert.deepEqual(errorWords('toString', 'en'), errorWords('internal', 'en'))
})
