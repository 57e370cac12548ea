/** What people, teams and openers of links may call themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayName } from './contract.ts'

const takes = (name: string) => displayName.safeParse(name).success

test('D36 names of many languages are taken', () => {
  const names = ['Dr Camille Morel (sample)', 'É. & Cie', "Siobhán O'Neill", '聖ロクス', 'فاطمة', 'Équipe 2, nuit', 'A']
  for (const name of [...names, 'x'.repeat(80), 'Nguyễn Thị Ánh']) assert.ok(takes(name), name)
})

test('D36 a name that is not what it looks like is refused', () => {
  const marks = [
    '\n',
    '\t',
    '\0',
    '\u007f',
    '\u0085',
    '\u00ad',
    '\u061c',
    '\u200b',
    '\u200d',
    '\u200e',
    '\u2028',
    '\u2029',
  ]
  for (const mark of [
    ...marks,
    '\u202e',
    '\u2066',
    '\ufeff',
    '\ue000',
    '\ud800',
    '\u{e0041}',
    '  ',
    '\u00a0 ',
    '<',
    '>',
  ])
    assert.ok(!takes(`Dr${mark}Morel`), JSON.stringify(mark))
  for (const mark of ['\u2713', '\u2714', '\u2714\ufe0f', '\u2705', '\u2611', '\u{1f5f8}'])
    assert.ok(!takes(`Dr Morel ${mark}`), JSON.stringify(mark))
  const shapes = ['', ' ', ' Morel', 'Morel ', 'x'.repeat(81), '123', '...', '?', 'Ame\u0301lie']
  for (const name of shapes) assert.ok(!takes(name), JSON.stringify(name))
})
