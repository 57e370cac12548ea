/**
 * All checks, then all tests; `salus test part-of-a-path …` runs only the tests whose path holds one of the parts.
 * The last line of standard output is always `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const root = resolve(import.meta.dirname, '..')
const parts = process.argv.slice(2)
const counts = { passed: 0, failed: 0, skipped: 0 }
const notes = { failed: [], skipped: [] }
const say = (line) => process.stdout.write(`${line}\n`)

/** What must hold of the sources as a whole, each counted as one test. */
const checks = [
  ['types', 'tsc', ['--noEmit']],
  ['lint and format', 'biome', ['check', '.']],
  ['dead code', 'knip', []],
]

/** Runs one check; its output is shown only when it fails. */
function check([name, tool, args]) {
  const result = spawnSync(process.execPath, [join(root, 'node_modules/.bin', tool), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const passed = result.status === 0
  say(`${passed ? '✔' : '✖'} ${name}`)
  counts[passed ? 'passed' : 'failed']++
  if (passed) return
  notes.failed.push(name)
  say(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`)
}

/** Test files outside node_modules, in a steady order, restricted to the asked parts of paths. */
function findTests() {
  const exclude = (name) => name.split('/').at(-1) === 'node_modules'
  const asked = parts.map((part) => (existsSync(part) ? relative(root, resolve(part)) : part))
  return globSync('**/*.test.ts', { cwd: root, exclude })
    .filter((file) => asked.length === 0 || asked.some((part) => file.includes(part)))
    .sort()
    .map((file) => join(root, file))
}

// Children report before their parent: what is pending one level deeper belongs to the event that arrives now.
const pending = []

/** Counts a finished test once, at its leaves; a parent counts only when it failed by itself. */
function countOne(event, failed) {
  const { name, nesting, details, skip, todo } = event
  const parent = (pending[nesting + 1] ?? 0) > 0
  pending.length = nesting + 1
  pending[nesting] = (pending[nesting] ?? 0) + 1
  const ownFault = failed && !(parent && details.error?.failureType === 'subtestsFailed')
  // The runner names a file that ran no test after itself: that is a file that proves nothing.
  const empty = !failed && nesting === 0 && !parent && existsSync(resolve(root, name))
  if (skip !== undefined || todo !== undefined) {
    counts.skipped++
    const reason = [skip, todo].find((one) => typeof one === 'string' && one !== '')
    notes.skipped.push(reason ? `${name}: ${reason}` : name)
  } else if (ownFault || empty) {
    counts.failed++
    notes.failed.push(empty ? `${relative(root, resolve(root, name))}: holds no test` : name)
  } else if (!parent && details.type !== 'suite') counts.passed++
}

/** Runs the files, each in its own process, two at a time. */
async function runTests(files) {
  const execArgv = ['--disable-warning=ExperimentalWarning']
  const events = run({ files, cwd: root, concurrency: 2, isolation: 'process', execArgv, timeout: 240_000 })
  let success = true
  events.on('test:pass', (event) => countOne(event, false))
  events.on('test:fail', (event) => countOne(event, true))
  events.on('test:summary', (summary) => {
    success &&= summary.success
  })
  for await (const chunk of events.compose(spec)) process.stdout.write(chunk)
  if (success || notes.failed.length > 0) return
  // A process that ended badly after its last test: no event names it, only the summary knows.
  counts.failed++
  notes.failed.push('a test file whose tests passed ended with an error')
}

if (parts.length === 0) for (const one of checks) check(one)
const files = findTests()
if (files.length > 0) await runTests(files)
for (const note of notes.skipped) say(`skipped: ${note}`)
for (const note of notes.failed) say(`failed: ${note}`)
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
