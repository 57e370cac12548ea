/**
 * All checks, then all tests; `salus test part-of-a-path …` runs only the tests whose path holds one of the parts.
 * The last line of standard output is always `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { prepareComet } from './comet.js'
import { createCount } from './count.js'

const root = resolve(import.meta.dirname, '..')
const parts = process.argv.slice(2)
const { add, runFiles, runAgain, finish } = createCount(root)
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
  add(passed ? 'passed' : 'failed', name)
  if (passed) return
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

/** What waits for a real browser to draw: on a busy machine its time is not ours. */
const drawn = (file) => relative(root, file).startsWith(join('tests', 'browser'))
const MOST_AGAIN = 2

/** Runs the files, each in its own process, two at a time; what a busy browser may have failed gets a second run, alone. */
async function runTests(files) {
  const limits = { timeout: 240_000 }
  await runFiles({ ...limits, files, concurrency: 2 })
  await runAgain(drawn, MOST_AGAIN, limits)
}

if (parts.length === 0) for (const one of checks) check(one)
const files = findTests()
// An engine that is no package: without it its tests say by name what is missing.
if (files.some((file) => /comet|consortium/.test(file))) prepareComet(root)
if (files.length > 0) await runTests(files)
finish()
