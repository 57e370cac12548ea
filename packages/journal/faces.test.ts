import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const folder = import.meta.dirname
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { exports: Record<string, string> }
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
const FOR_DEVICES = ['contract', 'statement', 'entry', 'note', 'proof', 'policy', 'verify', 'device']

/** Every file that `name` pulls in at run time, itself first. */
function reached(name: string, seen: string[] = []): string[] {
  if (seen.includes(name)) return seen
  seen.push(name)
  for (const [, from] of read(name).matchAll(/^(?:import|export) (?!type )[^;]*? from '(\.\/[^']+)'/gms)) {
    reached((from as string).slice(2), seen)
  }
  return seen
}

test('J17 what a device uses runs in a browser: no node face is reached', () => {
  for (const face of FOR_DEVICES) {
    for (const name of reached(`${face}.ts`)) {
      assert.doesNotMatch(read(name), /'node:|\bBuffer\b|\bprocess\.|base\/(sqlite|testing)'|crypto\/verify'/, name)
    }
  }
  assert.ok(reached('device.ts').includes('proof.ts') && reached('testing.ts').includes('sample.store.ts'))
})

test('J17 no file but those of tests has a clock or randomness of its own', () => {
  for (const name of files) {
    if (/test|crash/.test(name)) continue
    assert.doesNotMatch(read(name), /Date\.now|new Date|Math\.random|getRandomValues|systemRandom|systemClock/, name)
  }
})

test('default: the faces are listed by name and each exists; SQL stands in stores only', () => {
  for (const [name, file] of Object.entries(manifest.exports)) {
    assert.match(name, /^\.\/[a-z]+$/)
    assert.ok(existsSync(join(folder, file)), file)
  }
  for (const name of files) {
    if (name.endsWith('.store.ts') || name.endsWith('.test.ts')) continue
    assert.doesNotMatch(read(name), /'(SELECT|INSERT|UPDATE|DELETE|PRAGMA) /, name)
  }
})

test('default: every rule of the README has a test, and no test names another', () => {
  const rules = new Set([...read('README.md').matchAll(/^- \*\*(J\d+)\*\*/gm)].map((match) => match[1]))
  const tested = new Set<string | undefined>()
  // What needs several nodes is tested with them.
  const journeys = join(import.meta.dirname, '../../tests')
  const across = readdirSync(journeys).map((one) => `../../tests/${one}`)
  for (const name of [...files, ...across].filter((one) => one.endsWith('.test.ts'))) {
    for (const match of read(name).matchAll(/^ *test\(\s*['`](J\d+) /gm)) tested.add(match[1])
  }
  assert.deepEqual([...tested].sort(), [...rules].sort())
})
