/** The runner's count, on small trees of tests whose outcome is known. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'

const made: string[] = []
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

const HEAD = "import { describe, test } from 'node:test'\n"

/** Runs the runner over `files`; always with a part of a path, so that the whole-tree checks stay out. */
function runTests(files: Record<string, string>, part = '.test.ts', more: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'salus-runner-'))
  made.push(dir)
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), HEAD + source)
  }
  mkdirSync(join(dir, 'bin'), { recursive: true })
  for (const file of ['test.js', 'count.js', 'limit.js', 'comet.js'])
    cpSync(join(import.meta.dirname, file), join(dir, 'bin', file))
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const at = { cwd: dir, env: { ...env, ...more }, encoding: 'utf8' as const }
  const result = spawnSync(process.execPath, [join(dir, 'bin/test.js'), part], at)
  const lines = result.stdout.trimEnd().split('\n')
  return { last: lines.at(-1), status: result.status, lines, out: result.stdout }
}

test('default: only leaves are counted, and the last line is the count', () => {
  const { last, status } = runTests({
    'a.test.ts':
      "test('one', () => {})\ntest('parent', async (t) => { await t.test('x', () => {}); await t.test('y', () => {}) })",
    'deep/b.test.ts': "describe('suite', () => { test('in it', () => {}) })",
  })
  assert.equal(last, '4 passed, 0 failed, 0 skipped')
  assert.equal(status, 0)
})

test('behavior: skipped tests are listed with their reason', () => {
  const { last, lines, status } = runTests({
    'a.test.ts':
      "test('one', () => {})\ntest('two', { skip: 'needs a moon' }, () => {})\ntest('three', { todo: true }, () => {})",
  })
  assert.equal(last, '1 passed, 0 failed, 2 skipped')
  assert.ok(lines.includes('skipped: two: needs a moon'))
  assert.ok(lines.includes('skipped: three'))
  assert.equal(status, 0)
})

test('error: a failing leaf counts once, its parent does not; a parent that fails by itself does', () => {
  const { last, status, lines } = runTests({
    'a.test.ts': "test('parent', async (t) => { await t.test('bad', () => { throw new Error('sample') }) })",
    'b.test.ts': "test('own', async (t) => { await t.test('good', () => {}); throw new Error('sample') })",
  })
  assert.equal(last, '1 passed, 2 failed, 0 skipped')
  assert.ok(lines.includes('failed: bad'))
  assert.ok(lines.includes('failed: own'))
  assert.equal(status, 1)
})

for (const [what, source] of [
  ['does not load', "import './nowhere.ts'"],
  ['holds no test', ''],
  [
    'ends with an error after its last test',
    "test('fine', () => {})\nprocess.on('exit', () => { process.exitCode = 3 })",
  ],
] as const) {
  test(`error: a file that ${what} counts as failed`, () => {
    const { last, status, out } = runTests({ 'a.test.ts': source, 'b.test.ts': "test('other', () => {})" })
    assert.match(last ?? '', /, 1 failed, 0 skipped$/, out)
    assert.equal(status, 1)
  })
}

test('error: nothing run is not a success', () => {
  const { last, status } = runTests({ 'a.test.ts': "test('one', () => {})" }, 'elsewhere')
  assert.equal(last, '0 passed, 0 failed, 0 skipped')
  assert.equal(status, 1)
})

test('behavior: parts of paths restrict, and node_modules is never looked into', () => {
  const files = {
    'packages/one/a.test.ts': "test('one', () => {})",
    'packages/two/b.test.ts': "test('two', () => {})",
    'packages/two/node_modules/c.test.ts': "test('three', () => {})",
  }
  assert.equal(runTests(files, 'packages/two').last, '1 passed, 0 failed, 0 skipped')
})

test('error: a file that passes but does not end, or whose clean-up never ends, is ended and counts as failed', () => {
  const files = {
    'a.test.ts': "test('one', () => void setInterval(() => {}, 1000))",
    'b.test.ts':
      "import { after } from 'node:test'\nafter(() => new Promise(() => setInterval(() => {}, 1000)))\ntest('two', () => {})",
    'c.test.ts': "test('three', () => {})",
  }
  const { last, out, status } = runTests(files, '.test.ts', { SALUS_TEST_SECONDS: '4' })
  assert.match(out, /not ended after 4 s; still open/)
  assert.match(out, /failed: .*a\.test\.ts/)
  assert.match(out, /failed: .*b\.test\.ts/)
  assert.equal(last, '3 passed, 2 failed, 0 skipped')
  assert.equal(status, 1)
})

const once = "import { existsSync, writeFileSync } from 'node:fs'\n"
const second =
  "test('second time', () => { if (!existsSync('seen')) { writeFileSync('seen', ''); throw new Error('sample') } })"

test('behavior: a browser test that failed runs once more, alone; one that passes then is named', () => {
  const { last, lines, status } = runTests({
    'tests/browser/a.test.ts': `${once}test('steady', () => {})\n${second}`,
    'tests/b.test.ts': "test('other', () => {})",
  })
  assert.ok(lines.includes('unsteady: tests/browser/a.test.ts failed beside others and passed alone'))
  assert.equal(last, '3 passed, 0 failed, 0 skipped')
  assert.equal(status, 0)
})

test('error: no second run for what fails twice, for many files, or for what is no browser test', () => {
  const bad = "test('bad', () => { throw new Error('sample') })"
  const twice = runTests({ 'tests/browser/a.test.ts': bad, 'b.test.ts': "test('other', () => {})" })
  assert.deepEqual([twice.last, twice.status], ['1 passed, 1 failed, 0 skipped', 1])
  assert.equal(runTests({ 'tests/a.test.ts': `${once}${second}` }).last, '0 passed, 1 failed, 0 skipped')
  const many = ['a', 'b', 'c'].map((name) => [`tests/browser/${name}.test.ts`, bad] as const)
  const { last, out } = runTests(Object.fromEntries(many))
  assert.equal(last, '0 passed, 3 failed, 0 skipped')
  assert.doesNotMatch(out, /once more/)
})
