/**
 * Bad input gets a clear answer, and nothing is lost: every kind of it, where the test is that proves it, and the code that
 * answers. Those beside this file (`bad-input.*.test.ts`) also ask that the node answers a good request afterwards and still
 * has everything it acknowledged; the others stand where their rule does, and are not written twice.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { knownCodes } from '@salus/node-app/status'
import { type Program, parseSync, Visitor } from 'oxc-parser'
import { assertWords } from './bad-input.ts'

const root = resolve(import.meta.dirname, '..')
const here = (part: string) => `tests/bad-input.${part}.test.ts`

/** What is bad · file · name of the test (or its beginning) · codes that answer. */
type Row = readonly [item: string, file: string, name: string, ...codes: string[]]
const matrix: readonly Row[] = [
  ['not JSON, over HTTP', here('http'), 'not JSON', 'json-invalid'],
  ['not JSON, in a file', here('import'), 'not JSON (a file)', 'not-json'],
  ['bytes that are no text', here('http'), 'bytes that are no text', 'encoding-invalid'],
  ['truncated gzip', here('import'), 'truncated gzip', 'gzip-truncated', 'gzip-invalid'],
  ['a 2 GB ndjson', 'drills/ndjson.drill.ts', 'a 2 GB ndjson streams with flat memory'],
  ['an ndjson of 50 MB', 'packages/fhir/file.test.ts', 'F11 ndjson of any size is read with flat memory'],
  ['an ndjson that breaks in the middle', here('import'), 'an ndjson that breaks in the middle', 'not-json'],
  ['a 200 MB JSON', here('import'), 'a 200 MB JSON is refused in words', 'file-too-large'],
  ['a body that is too large', here('http'), 'a body that is too large, announced or not', 'body-too-large'],
  ['a resource of unknown type', here('import'), 'a resource of unknown type', 'resource-type-unknown'],
  ['two patients in one bundle', here('import'), 'two patients in one bundle', 'two-patients'],
  ['wrong references', here('import'), 'wrong references', 'reference-unresolved', 'entry-duplicate', 'no-patient'],
  [
    'a statement signed by another key',
    here('statements'),
    'a statement signed by another key',
    'signer-unknown',
    'signature-invalid',
  ],
  [
    'a statement that expired',
    here('statements'),
    'a statement that expired',
    'statement-expired',
    'statement-from-the-future',
  ],
  ['a statement replayed', here('statements'), 'a statement replayed', 'statement-replayed'],
  ['a statement re-encoded', here('statements'), 'a statement re-encoded', 'statement-invalid'],
  [
    'a statement for another organisation',
    here('statements'),
    'a statement for another organisation',
    'statement-for-another',
  ],
  ['a statement with one byte changed', here('statements'), 'a statement with one byte changed', 'signature-invalid'],
  ['a revoked credential', 'tests/slices.test.ts', 'D8 a revoked credential is refused at once', 'credential-missing'],
  [
    'a revoked credential, a request made before',
    'tests/bounds.test.ts',
    'G14 nothing is given to somebody whose credential',
    'credential-missing',
  ],
  [
    'a claim code used twice, or guessed',
    'packages/directory/service.test.ts',
    'D17 a wrong, malformed, ended or already claimed code',
    'claim-code-wrong',
  ],
  [
    'a claim code used twice, as people type it',
    'tests/cli.test.ts',
    'a record is claimed with the code from standard input',
    'claim-code-wrong',
  ],
  ['a storm of guessed codes', 'packages/directory/service.test.ts', 'D17 a storm of wrong codes', 'claim-code-locked'],
  [
    'categories the role may not see, asked for',
    'packages/grants/rules.test.ts',
    'G1 property: what is asked passes exactly when',
    'category-not-for-role',
  ],
  [
    'categories the role may not see, read through a team',
    'tests/bounds.test.ts',
    'R18 the matrix holds for whoever reads',
    'not-for-role',
  ],
  [
    'a packet that does not match its grant or its recipient',
    here('statements'),
    'a packet that does not match its grant',
    'grant-packet-wrong',
    'packets-mismatch',
  ],
  [
    'a deposit packet that does not match',
    'packages/records/rules.test.ts',
    'R4 a packet says whose it is',
    'deposit-packet-wrong',
  ],
  [
    'a packet that does not match its epoch',
    'tests/slices.test.ts',
    'D12 epochs do not begin in the past',
    'epoch-refused',
  ],
  [
    'a packet to the wrong recipient, on the device',
    'packages/crypto/packet.test.ts',
    'C5 a packet that names another recipient is refused',
    'cannot-open',
  ],
  [
    'a keyring with a fork or a gap',
    'packages/directory/keyring.test.ts',
    'D3 a gap, a fork, another past',
    'keyring-broken',
  ],
  [
    'a keyring with a fork or a gap, on the device',
    'packages/directory/device/verify.test.ts',
    'D13 swapped, missing, repeated or foreign',
    'keyring-broken',
  ],
  [
    'a keyring with a small-order key',
    'packages/directory/keyring.test.ts',
    'D2 weak keys never enter a keyring',
    'key-refused',
  ],
  [
    'an old policy head',
    'packages/grants/rules.test.ts',
    'G5 the policy head goes up by one and never back',
    'policy-head-old',
  ],
  [
    'reading after revoke, end, erase',
    here('statements'),
    'reading after a revocation',
    'grant-revoked',
    'grant-ended',
    'grant-unknown',
    'not-found',
  ],
  [
    'a signed read sent again after a revocation',
    'tests/records.test.ts',
    'R7 the same signed read, sent again',
    'grant-revoked',
  ],
  [
    'ids of others in every route',
    here('ids'),
    'ids of others in every route',
    'not-found',
    'record-unknown',
    'hold-unknown',
  ],
  ['ids of others in every path', 'tests/matrix.test.ts', 'role x endpoint x other'],
  ['ids of others in every statement', 'tests/matrix.test.ts', 'role x statement', 'signer-not-allowed'],
  ['ids that mean nothing', 'tests/refused.test.ts', 'D13 ids that mean nothing', 'schema-mismatch'],
  ['duplicate JSON keys', here('http'), 'duplicate JSON keys', 'json-duplicate-key'],
  ['deep nesting', here('http'), 'deep nesting', 'json-too-deep'],
  ['prototype keys', here('http'), 'prototype keys', 'json-invalid'],
  ['lone surrogates', here('http'), 'lone surrogates', 'json-invalid'],
  ['numbers beyond 2^53', here('http'), 'numbers beyond 2^53', 'schema-mismatch'],
  ['slow connections', here('connections'), 'slow connections', 'request-too-slow'],
  ['half-open connections', here('connections'), 'half-open connections', 'request-unreadable'],
  ['a reader that stops reading', here('connections'), 'a reader that stops reading'],
  ['what is no HTTP', here('connections'), 'what is no HTTP', 'request-unreadable', 'headers-too-large'],
  ['disk full', here('place'), 'disk full (', 'disk-full'],
  [
    'disk full, in the ledger',
    'packages/ledger/sequencer.test.ts',
    'L10 a full disk costs the block at work',
    'disk-full',
  ],
  [
    'disk full, in the middle of a group',
    'packages/journal/recover.test.ts',
    'J12 a full disk in the middle of a group',
  ],
  ['read-only folder', here('place'), 'read-only folder', 'folder-unusable'],
  [
    'a clock that jumps',
    here('clock'),
    'a clock that jumps: statements and sessions',
    'session-invalid',
    'statement-expired',
  ],
  ['a clock that jumps: grants', here('clock'), 'a clock that jumps: grants end', 'grant-ended', 'grant-revoked'],
  ['a clock that jumps: epochs', here('clock'), 'a clock that jumps: what is deposited meanwhile'],
  ['a clock that jumps: receipts', here('clock'), 'a clock that jumps: receipts'],
  ['a clock that jumps: the ledger', 'packages/ledger/testing.ts', 'L9 block times never go back'],
  ['port taken', 'tests/listen.test.ts', 'a port that is taken is said in words', 'port-taken'],
  ['data folder of a newer version', here('place'), 'data folder of a newer version', 'data-format-newer'],
  ['yesterday’s backup, restored or copied', 'tests/rollback.test.ts', 'N10 ', 'journal-behind'],
  ['erasures after a restore', 'tests/erased.test.ts', 'N11 backup, erase, restore, start'],
]

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8')
/** What stands at the top of a source beside its tests: a table, a helper, by name. */
function besides(program: Program, source: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const one of program.body) {
    const named =
      one.type === 'VariableDeclaration' ? one.declarations : one.type === 'FunctionDeclaration' ? [one] : []
    for (const { id, start, end } of named) if (id?.type === 'Identifier') found.set(id.name, source.slice(start, end))
  }
  return found
}

/** The text with every declaration it names, and what those name in turn. */
function withNamed(text: string, beside: ReadonlyMap<string, string>): string {
  const left = new Map(beside)
  let all = text
  for (let next = ''; ; all += next) {
    next = ''
    for (const [name, said] of left) {
      if (!new RegExp(`(?<![\\w'"])${name}(?![\\w'"])`).test(all)) continue
      left.delete(name)
      next += said
    }
    if (next === '') return all
  }
}

/** The tests in a source: name (a template's text as it is written) and everything inside the call, with what that names. */
function testsIn(file: string, source: string): { name: string; body: string }[] {
  const found: { name: string; body: string }[] = []
  const { program } = parseSync(file, source)
  const beside = besides(program, source)
  new Visitor({
    CallExpression({ callee, arguments: [first, ...more], end }) {
      if (callee.type !== 'Identifier' || callee.name !== 'test' || !first) return
      const name = source.slice(first.start + 1, first.end - 1)
      found.push({ name, body: withNamed(source.slice(more[0]?.start ?? end, end), beside) })
    },
  }).visit(program)
  return found
}

/** What a row promises and its test does not hold: the code stands in the test itself, or in what it names of its file. */
function broken([item, file, name, ...codes]: Row, source = sourceOf(file)): string[] {
  const own = testsIn(file, source).filter((one) => one.name.startsWith(name))
  const absent = codes.filter((code) => !own.some(({ body }) => body.includes(`'${code}'`)))
  return [
    ...(own.length > 0 ? [] : [`${item}: ${file} has no “${name}”`]),
    ...absent.map((one) => `${item}: “${name}” in ${file} expects no ${one}`),
  ]
}

test('every kind of bad input has its test, which names the code that answers', () => {
  assert.deepEqual(
    matrix.flatMap((row) => broken(row)),
    [],
  )
  assert.equal(new Set(matrix.map(([item]) => item)).size, matrix.length, 'each item once')
  const [item, file, name] = matrix[0] as Row
  assert.equal(broken([item, file, 'a test that nobody wrote']).length, 1)
  assert.equal(broken([item, file, name, 'a-code-that-nobody-throws']).length, 1)
})

test('a code that stands in another test of the file, or beside it, does not count; one in a table that it names does', () => {
  const source = [
    "const beside = 'beside', table = { code: 'named' }",
    'const by = () => table',
    "test('one', () => expect('here', by))",
    "test(`two (sample)`, () => expect('there'))",
  ].join('\n')
  const row = (name: string, ...codes: string[]): Row => ['item', 'sample.ts', name, ...codes]
  for (const [name, ...codes] of [
    ['one', 'here', 'named'],
    ['two (', 'there'],
  ] as const) {
    assert.deepEqual(broken(row(name, ...codes), source), [])
    for (const other of ['here', 'named', 'there', 'beside'].filter((code) => !codes.includes(code as never))) {
      assert.deepEqual(broken(row(name, other), source), [`item: “${name}” in sample.ts expects no ${other}`])
    }
  }
})

test('every test of bad input stands in the table', () => {
  const listed = (file: string, name: string) => matrix.some(([, at, begin]) => at === file && name.startsWith(begin))
  for (const file of globSync('tests/bad-input.*.test.ts', { cwd: root })) {
    for (const { name } of testsIn(file, sourceOf(file))) assert.ok(listed(file, name), `${file}: ${name}`)
  }
})

test('every code of the table has words in both languages, and those that the node answers with have a status', () => {
  const told = new Set(matrix.flatMap(([, , , ...codes]) => codes))
  for (const code of told) assertWords(code)
  // Told by a device or a program, never by a node over HTTP.
  const apart = [
    'not-json',
    'gzip-truncated',
    'gzip-invalid',
    'file-too-large',
    'resource-type-unknown',
    'two-patients',
  ]
  const more = [
    'reference-unresolved',
    'entry-duplicate',
    'no-patient',
    'port-taken',
    'data-format-newer',
    'journal-behind',
  ]
  const known = new Set(knownCodes)
  assert.deepEqual([...told].filter((one) => !known.has(one)).sort(), [...apart, ...more].sort())
})
