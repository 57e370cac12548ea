/**
 * The drills: what takes minutes (crashes, damage, attackers), one file after another within a budget of time.
 * `salus drills part-of-a-name …` runs only the named ones; SALUS_DRILL_MINUTES (20) is the time for all. Each drill gets its
 * share of what is left in SALUS_DRILL_SECONDS and says itself what it left out; one that never began is named here.
 * With SALUS_DRILL_WHOLE=1 whatever was left out is a failure: for a machine that has the time.
 */
import { globSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { isNotHere, prepareComet } from './comet.js'
import { createCount } from './count.js'

const root = resolve(import.meta.dirname, '..')
const parts = process.argv.slice(2)
const { add, notes, runFiles, finish } = createCount(root)
const say = (line) => process.stdout.write(`${line}\n`)

/** How much of the time a drill gets beside the others; 1 when it is not named. What one leaves goes to the next. */
const weights = {
  ...{ kill: 4, keeper: 2, damage: 3, dataset: 3, fuzz: 2, ndjson: 2 },
  ...{
    'consortium.adversity': 7,
    'consortium.falls': 5,
    'consortium.replay': 3,
    'consortium.join': 2,
    'consortium.newcomer': 6,
    'consortium.wiped': 2,
  },
}
/** A drill that needs less than this is not worth beginning; one that overruns its share by this much hangs. */
const LEAST_SECONDS = 5
const GRACE_SECONDS = 120

const minutes = Number(process.env.SALUS_DRILL_MINUTES ?? '20')
if (!(minutes > 0)) {
  process.stderr.write('SALUS_DRILL_MINUTES is no number of minutes above 0.\n')
  process.exit(2)
}
const nameOf = (file) => basename(file).replace(/\.drill\.ts$/, '')
const files = globSync('drills/*.drill.ts', { cwd: root })
  .filter((file) => parts.length === 0 || parts.some((part) => nameOf(file).includes(part)))
  .sort()
if (files.some((file) => nameOf(file).startsWith('consortium'))) prepareComet(root)
const end = performance.now() + minutes * 60_000
const weightOf = (file) => weights[nameOf(file)] ?? 1
const done = []

for (const [i, file] of files.entries()) {
  const left = (end - performance.now()) / 1000
  const waiting = files.slice(i).reduce((sum, one) => sum + weightOf(one), 0)
  const seconds = Math.floor((left * weightOf(file)) / waiting)
  if (seconds < LEAST_SECONDS) {
    add('skipped', `drill ${nameOf(file)}: the time was used up`)
    continue
  }
  process.env.SALUS_DRILL_SECONDS = String(seconds)
  process.env.SALUS_TEST_SECONDS = String(seconds + GRACE_SECONDS + 60)
  const start = performance.now()
  const timeout = (seconds + GRACE_SECONDS) * 1000
  const passed = await runFiles({ files: [join(root, file)], concurrency: 1, timeout })
  done.push({ name: nameOf(file), passed, took: Math.round((performance.now() - start) / 1000), seconds })
}
for (const { name, passed, took, seconds } of done)
  say(`drill ${name}: ${passed ? 'passed' : 'FAILED'} in ${took} s of ${seconds} s`)
finish()
// An engine that cannot be had here is no drill that was cut short.
const cut = notes('skipped').filter((one) => !isNotHere(one))
if (process.env.SALUS_DRILL_WHOLE === '1' && cut.length > 0) process.exitCode = 1
