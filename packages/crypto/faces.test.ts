import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { personKeys } from './testing.ts'

const folder = import.meta.dirname
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
const NODE_FACES = new Set(['stream.ts', 'verify.ts', 'testing.ts', 'platforms.ts'])
const importsOf = (name: string) =>
  [...readFileSync(join(folder, name), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)

test('C11 every face but verify, stream and testing runs in a browser: no node: import, no Buffer, no process', () => {
  const safe = sources.filter((name) => !NODE_FACES.has(name))
  assert.equal(safe.length, sources.length - NODE_FACES.size)
  for (const name of safe) {
    const text = readFileSync(join(folder, name), 'utf8')
    assert.doesNotMatch(text, /'node:|\bBuffer\b|\bprocess\./, name)
    for (const from of importsOf(name)) {
      assert.ok(!NODE_FACES.has(from.slice(2)), `${name} imports ${from}`)
      assert.match(
        from,
        /^(\.\/|@noble\/(curves|hashes|post-quantum)\/|shamir-secret-sharing$|@salus\/base\/(?!sqlite|testing))/,
        `${name} imports ${from}`,
      )
    }
  }
  assert.ok(NODE_FACES.has('verify.ts') && importsOf('verify.ts').includes('node:crypto'))
})

test('C11 no face reads a clock or randomness of its own, but packets and keys made inside the platform', () => {
  for (const name of sources) {
    const text = readFileSync(join(folder, name), 'utf8')
    assert.doesNotMatch(text, /Date\.now|new Date|Math\.random|getRandomValues|systemClock/, name)
    if (name !== 'packet.ts') assert.doesNotMatch(text, /systemRandom/, name)
  }
})

test('default: the faces are the listed ones and each exists', () => {
  const names = Object.keys(manifest.exports).sort()
  const listed =
    'chunked errors file guardians hash httpsig jws keychain keys merkle packet pad seal stream suites testing verify'
  assert.deepEqual(
    names,
    listed.split(' ').map((name) => `./${name}`),
  )
  for (const [name, file] of Object.entries(manifest.exports)) {
    assert.equal(file, `${name}.ts`)
    assert.ok(sources.includes((file as string).slice(2)), name)
  }
})

test('behavior: the key pool hands out the same keys again, from a folder only we can read', async () => {
  const [first, again] = [await personKeys(2), await personKeys(1)]
  assert.deepEqual(again[0], first[0])
  assert.notDeepEqual(first[0]!.publicKey, first[1]!.publicKey)
  const pool = readdirSync(tmpdir()).find((name) => name.startsWith('salus-test-keys-'))
  assert.equal(statSync(join(tmpdir(), pool!)).mode & 0o777, 0o700)
})
