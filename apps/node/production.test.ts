import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock, systemRandom } from '@salus/base/clock'
import { composeNode } from './compose.ts'
import { checkProduction, productionChecks, readMode } from './production.ts'
import { startNode } from './testing.ts'

const root = mkdtempSync(join(tmpdir(), 'salus-production-'))
after(() => rmSync(root, { recursive: true, force: true }))

const missing = (env: Record<string, string>, dir: string): string[] =>
  checkProduction(readMode({ SALUS_MODE: 'production', ...env }, dir))
    .filter((one) => !one.ok)
    .map((one) => one.name)

test('N9 everything that production lacks is listed at once; when all is there, nothing is', async () => {
  const dir = join(root, 'data')
  assert.deepEqual(
    missing({}, dir),
    productionChecks.filter((one) => one !== 'demonstration' && one !== 'erased'),
  )
  await (await startNode({ dir })).node.close()
  assert.deepEqual(missing({}, dir), ['transport', 'keys'])
  const keys = join(root, 'keys')
  mkdirSync(keys)
  for (const one of ['journal.key', 'operator.key']) renameSync(join(dir, 'keys', one), join(keys, one))
  const both = { SALUS_KEYS: keys, SALUS_PROXY: 'declared' }
  assert.deepEqual(missing(both, dir), ['keys', 'key-modes'], 'the witness key is one of them')
  renameSync(join(dir, 'keys', 'witness.key'), join(keys, 'witness.key'))
  assert.deepEqual(missing(both, dir), [])
  const ports = { clock: systemClock, random: systemRandom, log: () => {} }
  await assert.rejects(composeNode({ dir, ...ports }), { code: 'key-damaged' })
  await (await composeNode({ dir, keys, ...ports })).close()
})

test('N9 each requirement is looked at: TLS files, modes, places, the demonstration', async () => {
  const dir = join(root, 'each')
  await (await startNode({ dir })).node.close()
  const keys = join(root, 'each-keys')
  renameSync(join(dir, 'keys'), keys)
  const env = { SALUS_KEYS: keys, SALUS_PROXY: 'declared' }
  assert.deepEqual(missing(env, dir), [])
  const { SALUS_PROXY: _, ...bare } = env
  assert.deepEqual(missing(bare, dir), ['transport'])
  const pem = join(root, 'one.pem')
  assert.deepEqual(missing({ ...bare, SALUS_TLS_CERT: pem, SALUS_TLS_KEY: pem }, dir), ['transport'])
  writeFileSync(pem, 'sample')
  assert.deepEqual(missing({ ...bare, SALUS_TLS_CERT: pem, SALUS_TLS_KEY: pem }, dir), ['key-modes'])
  chmodSync(pem, 0o600)
  assert.deepEqual(missing({ ...bare, SALUS_TLS_CERT: pem, SALUS_TLS_KEY: pem }, dir), [])
  for (const mode of [0o640, 0o604, 0o700]) {
    chmodSync(join(keys, 'operator.key'), mode)
    assert.deepEqual(missing(env, dir), ['key-modes'], mode.toString(8))
  }
  chmodSync(join(keys, 'operator.key'), 0o600)
  assert.deepEqual(missing({ ...env, SALUS_ERASED: join(dir, 'erased.log') }, dir), ['erased'])
  writeFileSync(join(dir, 'demo.json'), '{}')
  assert.deepEqual(missing(env, dir), ['demonstration'])
  rmSync(join(dir, 'demo.json'))
  const marker = join(dir, 'node.json')
  const plain = readFileSync(marker, 'utf8')
  writeFileSync(marker, JSON.stringify({ ...JSON.parse(plain), demonstration: true }))
  assert.deepEqual(missing(env, dir), ['demonstration'], 'founded for one, whatever is left of it')
  writeFileSync(marker, plain)
  chmodSync(join(keys, 'witness.key'), 0o644)
  assert.deepEqual(missing(env, dir), ['key-modes'])
  chmodSync(join(keys, 'witness.key'), 0o600)
  mkdirSync(join(dir, 'keys'))
  writeFileSync(join(dir, 'keys', 'journal.key'), 'left behind')
  assert.deepEqual(missing(env, dir), ['keys'])
})

test('N9 a place is inside the data folder by where it really is: names with dots, and links, are looked through', async () => {
  const dir = join(root, 'inside')
  await (await startNode({ dir })).node.close()
  const keys = join(root, 'inside-keys')
  renameSync(join(dir, 'keys'), keys)
  const env = { SALUS_KEYS: keys, SALUS_PROXY: 'declared' }
  const link = (name: string, target: string) => {
    symlinkSync(target, join(root, name))
    return join(root, name)
  }
  const erased = (path: string, at = dir) => missing({ ...env, SALUS_ERASED: path }, at)
  for (const path of [
    ...[join(dir, '..erased.log'), join(dir, 'more', 'erased.log'), join(root, 'other', '..', 'inside', 'erased.log')],
    ...[
      join(link('to-data', dir), 'erased.log'),
      link('to-file', join(dir, 'not-yet.log')),
      link('near', 'inside/one.log'),
    ],
  ])
    assert.deepEqual(erased(path), ['erased'], path)
  for (const path of [join(root, '..erased.log'), join(root, 'not-yet', 'erased.log'), `${dir}-erased.log`])
    assert.deepEqual(erased(path), [], path)
  // The folder itself may be named by a link.
  assert.deepEqual(erased(join(dir, 'erased.log'), link('data-by-link', dir)), ['erased'])
  const within = join(dir, '..keys')
  renameSync(keys, within)
  assert.deepEqual(missing({ ...env, SALUS_KEYS: within }, dir), ['keys'])
  assert.deepEqual(missing({ ...env, SALUS_KEYS: link('to-keys', within) }, dir), ['keys'])
  renameSync(within, keys)
  assert.deepEqual(erased(link('around', join(root, 'around'))), [], 'a link to itself is followed to no end')
  assert.deepEqual(erased(join(link('deeper', join(root, 'deeper', 'more')), 'erased.log')), [])
})
