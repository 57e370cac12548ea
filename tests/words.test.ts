/** U2, U4: whatever a person can meet has words in both languages. Looks at the sources of every package. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { compartments } from '@salus/base/categories'
import { organisationKinds } from '@salus/directory/consortium'
import { professions } from '@salus/directory/matrix'
import { purposes, refusals } from '@salus/grants/contract'
import { findings, glassReasons } from '@salus/grants/emergency/contract'
import { linkStates } from '@salus/records/links/endpoints'
import { errors, errorTables } from '@salus/ui/errors'
import type { Both } from '@salus/ui/language'
import {
  categoryWords,
  findingWords,
  glassWords,
  linkWords,
  organisationWords,
  professionWords,
  purposeWords,
  refusalWords,
  statementWords,
} from '@salus/ui/vocabulary'
import { errorWords } from '@salus/ui/words'
import { type Node, parseSync, Visitor } from 'oxc-parser'
import { knownCodes } from '../apps/node/status.ts'

const root = resolve(import.meta.dirname, '..')
const sources = globSync('{packages,apps}/**/*.{ts,tsx}', { cwd: root, exclude: ['**/node_modules/**'] }).filter(
  (path) => !/(\.test|\/testing|\/samples?)(\.store)?\.ts$/.test(path),
)

type Found = { codes: Set<string>; statements: Set<string> }

/** Every string that a part of a program can give: of a condition only its two outcomes, not what it compares with. */
function literals(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(literals)
  if (node === null || typeof node !== 'object') return []
  const { type, value, test: _, ...parts } = node as { type?: string; value?: unknown; test?: unknown }
  if (type === 'Literal' && typeof value === 'string') return [value]
  return Object.values(parts).flatMap(literals)
}

const nameOf = (node: Node): string => (node.type === 'Identifier' ? node.name : '')

/** What one source declares: the members of its `…Code` unions, codes given to AppError, types given to `kind`. */
function look(file: string, source: string, { codes, statements }: Found): void {
  const { program, errors: broken } = parseSync(file, source)
  assert.deepEqual(broken, [], file)
  new Visitor({
    TSTypeAliasDeclaration({ id, typeAnnotation }) {
      if (/[a-z]Code$/.test(id.name)) for (const code of literals(typeAnnotation)) codes.add(code)
    },
    NewExpression({ callee, arguments: [code] }) {
      if (nameOf(callee) === 'AppError') for (const one of literals(code)) codes.add(one)
    },
    CallExpression({ callee, arguments: [row] }) {
      if (nameOf(callee) !== 'kind' || row?.type !== 'ObjectExpression') return
      for (const part of row.properties) {
        const type = part.type === 'Property' && nameOf(part.key) === 'type' ? part.value : undefined
        for (const one of literals(type)) statements.add(one)
      }
    },
  }).visit(program)
}

const found: Found = { codes: new Set(knownCodes), statements: new Set() }
for (const file of sources) look(file, readFileSync(join(root, file), 'utf8'), found)

/** A code that no union holds: the node's own answer to an unforeseen fault. */
const apart = ['internal']

const sorted = (all: Iterable<string>): string[] => [...new Set(all)].sort()

test('default: unions, errors and kinds are found in a source', () => {
  const seen: Found = { codes: new Set(), statements: new Set() }
  const source = `export type SampleCode = 'one-a' | 'two-b'
    throw new AppError<SampleCode>(when === 'late' ? 'three-c' : known)
    kind({ type: 'SampleSigned', body })`
  look('sample.ts', source, seen)
  assert.deepEqual(sorted(seen.codes), ['one-a', 'three-c', 'two-b'])
  assert.deepEqual(sorted(seen.statements), ['SampleSigned'])
  assert.ok(found.codes.size > 100 && found.statements.size >= 16)
})

test('U2 every code has words, and no words stand for a code nobody throws', () => {
  assert.deepEqual(sorted(Object.keys(errors)), sorted([...found.codes, ...apart]))
})

test('U2 a code stands in one table only', () => {
  const all = errorTables.flatMap((table) => Object.keys(table))
  assert.deepEqual(
    all.filter((code, at) => all.indexOf(code) !== at),
    [],
  )
})

/** What is not plain, calm or complete about a sentence of U3; empty when nothing is. */
function faults({ en, fr }: Both): string[] {
  const rules: readonly [string, boolean][] = [
    ['not a whole sentence', !/^\p{Lu}.*\.$/u.test(en) || !/^\p{Lu}.*\.$/u.test(fr)],
    ['a place to fill in', /[{}]/.test(en + fr)],
    ['the same in both languages', en === fr],
    ['a typewriter apostrophe', /'/.test(en + fr)],
    ['no space before a French sign', /[^\s][;:?!]/.test(fr.replace(/https?:/g, ''))],
    ['English with a French space', /\s[;:?!]/.test(en)],
    ['a code', /[a-z]+-[a-z]+-[a-z]+/.test(en.replaceAll('up-to-date', ''))],
    [
      'blame or alarm',
      /\b(invalid|illegal|error|fatal|forbidden|you must|you failed|invalide|interdit|erreur fatale)\b/i.test(en + fr),
    ],
    ['too long', en.length > 120 || fr.length > 140],
  ]
  return rules.filter(([, broken]) => broken).map(([name]) => name)
}

test('U3 every sentence is whole, plain and calm, in both languages', () => {
  for (const [code, [title, next]] of Object.entries(errors)) {
    assert.deepEqual([faults(title), faults(next)], [[], []], code)
    assert.notDeepEqual(title, next, code)
  }
  const good = { en: 'It ended.', fr: 'C’est fini.' }
  assert.deepEqual(faults(good), [])
  const planted = [
    { ...good, en: 'It ended' },
    { ...good, en: 'It ended at {time}.' },
    { en: 'Ici.', fr: 'Ici.' },
    { ...good, fr: "C'est fini." },
    { ...good, fr: 'Fini; voilà.' },
    { ...good, en: 'Done ; there.' },
    { ...good, en: 'See claim-code-wrong.' },
    { ...good, en: 'The key is invalid.' },
    { ...good, en: `${'It ended '.repeat(20)}.` },
  ]
  for (const one of planted) assert.equal(faults(one).length, 1, JSON.stringify(one))
})

test('U4 every key of the closed lists has words, and nothing else has', () => {
  const lists = [
    [categoryWords, compartments],
    [organisationWords, organisationKinds],
    [professionWords, professions],
    [purposeWords, purposes],
    [refusalWords, refusals],
    [glassWords, glassReasons],
    [findingWords, findings],
    [linkWords, linkStates],
    [statementWords, found.statements],
  ] as const
  for (const [words, keys] of lists) {
    assert.deepEqual(sorted(Object.keys(words)), sorted(keys))
    for (const [key, { en, fr }] of Object.entries(words)) assert.ok(en !== '' && fr !== '', key)
    const texts = Object.values(words).map(({ fr }) => fr)
    assert.equal(new Set(texts).size, texts.length, 'two keys read the same')
  }
})

test('U5 a code without words is told as our own fault', () => {
  assert.deepEqual(errorWords('never-heard-of', 'fr'), errorWords('internal', 'fr'))
  assert.notEqual(errorWords('not-found', 'en').title, errorWords('internal', 'en').title)
})
