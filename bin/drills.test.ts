/** The runner of the drills, on small trees of drills whose outcome is known. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const made: string[] = []
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

type Run = { readonly minutes?: string; readonly parts?: readonly string[]; readonly whole?: true }

/** Runs the runner over drills by name; `minutes` is the budget. */
function runDrills(drills: Record<string, string>, { minutes = '10', parts = [], whole }: Run = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'salus-drills-'))
  made.push(dir)
  for (const folder of ['bin', 'drills']) mkdirSync(join(dir, folder))
  for (const file of ['drills.js', 'count.js', 'limit.js', 'comet.js'])
    cpSync(join(import.meta.dirname, file), join(dir, 'bin', file))
  for (const [name, source] of Object.entries(drills)) {
    writeFileSync(join(dir, `drills/${name}.drill.ts`), `import { test } from 'node:test'\n${source}`)
  }
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const result = spawnSync(process.execPath, [join(dir, 'bin/drills.js'), ...parts], {
    ...{ cwd: dir, encoding: 'utf8' as const },
    env: { ...env, SALUS_DRILL_MINUTES: minutes, SALUS_DRILL_WHOLE: whole ? '1' : '' },
  })
  const lines = result.stdout.trimEnd().split('\n')
  return { lines, last: lines.at(-1), status: result.status }
}

const fine = "test('fine', () => {})"

test('default: drills run in order, each with a share of the time; the last line counts', () => {
  const say = "test('told ' + process.env.SALUS_DRILL_SECONDS, () => {})"
  const { lines, last, status } = runDrills({ kill: say, zebra: say })
  assert.equal(last, '2 passed, 0 failed, 0 skipped')
  assert.equal(status, 0)
  const shares = lines.flatMap((line) => /^drill (\w+): passed in \d+ s of (\d+) s$/.exec(line) ?? [])
  assert.deepEqual([shares[1], shares[4]], ['kill', 'zebra'])
  // Four parts of five to the first; what it did not use goes to the second.
  assert.ok(Number(shares[2]) >= 470 && Number(shares[2]) <= 480, shares[2])
  assert.ok(Number(shares[5]) > 500, shares[5])
  assert.ok(lines.some((line) => line.includes(`told ${shares[2]}`)))
})

test('behavior: what a drill left out is named with its reason, and so is one that never began', () => {
  const left = "test('half', { skip: '7 kills left, the time was used up' }, () => {})"
  const { lines, last, status } = runDrills({ a: `${left}\n${fine}` })
  assert.equal(last, '1 passed, 0 failed, 1 skipped')
  assert.ok(lines.includes('skipped: half: 7 kills left, the time was used up'))
  assert.equal(status, 0)
  assert.equal(
    runDrills({ a: `${left}\n${fine}` }, { whole: true }).status,
    1,
    'where the whole is asked for, it fails',
  )
  assert.equal(runDrills({ a: fine }, { whole: true }).status, 0)
  const none = runDrills({ a: fine }, { minutes: '0.01' })
  assert.ok(none.lines.includes('skipped: drill a: the time was used up'))
  assert.deepEqual([none.last, none.status], ['0 passed, 0 failed, 1 skipped', 1])
})

test('error: a drill that fails is named and does not stop the others; a budget must be a number', () => {
  const { lines, last, status } = runDrills({ a: "test('bad', () => { throw new Error('sample') })", b: fine })
  assert.equal(last, '1 passed, 1 failed, 0 skipped')
  assert.ok(lines.some((line) => line.startsWith('drill a: FAILED')) && lines.includes('failed: bad'))
  assert.equal(status, 1)
  assert.equal(runDrills({ a: fine }, { minutes: 'soon' }).status, 2)
})

test('behavior: parts of names restrict', () => {
  const { lines, last } = runDrills({ kill: fine, thief: fine }, { parts: ['thie'] })
  assert.equal(last, '1 passed, 0 failed, 0 skipped')
  assert.ok(!lines.some((line) => line.startsWith('drill kill')))
})
