/** Bad files at the desk's import: each refused in words; what was filed before stays, and the mended file files the rest, once. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startNode } from '@salus/node-app/testing'
import { createGuard, refused } from './bad-input.ts'
import { createImport, pipeOf } from './importing.ts'
import { world } from './people.ts'

const at = await startNode()
const guard = await createGuard(world(at))
const desk = await createImport(guard.w)
after(async () => {
  await desk.close()
  await at.node.close()
})

let count = 0
const put = (content: string | Uint8Array, name = 'bad.json'): string => {
  const path = join(desk.folder, `${count++}-${name}`)
  writeFileSync(path, content)
  return path
}
const patient = (id: string) => ({ resourceType: 'Patient', id, name: [{ family: 'Import (sample)' }] })
const about = (id: string, who: string) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: { reference: `Patient/${who}` },
})
const bundle = (...resources: object[]) =>
  JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource) => ({ resource })) })

/** Each of `contents` is refused with `code`, nothing of it is recorded, and a good file is filed afterwards. */
async function nothingOf(contents: readonly (string | Uint8Array)[], code: string, name?: string): Promise<void> {
  const size = at.node.journal.log.size()
  for (const one of contents) await refused(desk.run(put(one, name)), code, String(one).slice(0, 80))
  assert.equal(at.node.journal.log.size(), size)
  const good = await desk.run(put(bundle(patient(`good-${count}`), about('o', `good-${count}`))))
  assert.deepEqual(good.deposited, { Patient: 1, Observation: 1 })
  await guard.goesOn()
}

test('not JSON (a file)', () =>
  nothingOf(
    ['', '{', '<Bundle/>', 'PID|1||A', bundle(patient('p')).slice(0, -2), `${bundle(patient('p'))}x`],
    'not-json',
  ))

test('truncated gzip', async () => {
  const packed = gzipSync(bundle(patient('p'), about('o', 'p')))
  await nothingOf(
    [packed.subarray(0, -1), packed.subarray(0, packed.length >> 1), packed.subarray(0, 4)],
    'gzip-truncated',
    'bad.json.gz',
  )
  const damaged = Uint8Array.from(packed)
  damaged[packed.length - 5] = (damaged[packed.length - 5] ?? 0) ^ 1
  await nothingOf([damaged], 'gzip-invalid', 'bad.json.gz')
})

test('a 200 MB JSON is refused in words', async () => {
  const size = at.node.journal.log.size()
  const block = `${JSON.stringify({ resource: about('o', 'p') })},`.repeat(10_000)
  function* file() {
    yield `{"resourceType":"Bundle","type":"collection","entry":[${JSON.stringify({ resource: patient('p') })},`
    for (let sent = 0; sent < 200e6; sent += block.length) yield block
    yield `${JSON.stringify({ resource: about('last', 'p') })}]}`
  }
  const before = process.memoryUsage().rss
  const { path, done } = pipeOf(join(desk.folder, 'large.json'), file())
  await refused(desk.run(path), 'file-too-large')
  await done
  assert.ok(process.memoryUsage().rss - before < 200e6, 'it is not held whole')
  assert.equal(at.node.journal.log.size(), size)
  await guard.goesOn()
})

test('a resource of unknown type', () =>
  nothingOf(
    [
      bundle(patient('p'), { resourceType: 'Secret', id: 'x' }),
      JSON.stringify({ resourceType: 'patient', id: 'x' }),
      bundle({ resourceType: 'constructor', id: 'x' }),
    ],
    'resource-type-unknown',
  ))

test('two patients in one bundle', () =>
  nothingOf(
    [bundle(patient('p'), patient('q')), bundle(patient('p'), about('o', 'p'), about('o2', 'q'))],
    'two-patients',
  ))

test('wrong references', async () => {
  const urn = { resource: about('o', 'p'), fullUrl: 'urn:uuid:4f3b7a9e-0000-4000-8000-000000000000' }
  const dangling = { ...about('o', 'p'), subject: { reference: 'urn:uuid:00000000-0000-4000-8000-00000000dead' } }
  await nothingOf([bundle(patient('p'), dangling)], 'reference-unresolved')
  const twice = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ resource: patient('p') }, urn, { ...urn, resource: about('o2', 'p') }],
  }
  await nothingOf([JSON.stringify(twice), bundle(patient('p'), about('o', 'p'), about('o', 'p'))], 'entry-duplicate')
  await nothingOf([bundle(about('o', 'nobody'))], 'no-patient')
})

test('an ndjson that breaks in the middle: the good lines are filed once, whatever is sent again', async () => {
  const lines = [patient('line'), ...Array.from({ length: 130 }, (_, i) => about(`o${i}`, 'line'))].map((one) =>
    JSON.stringify(one),
  )
  const broken = [...lines.slice(0, 120), '{"resourceType":', ...lines.slice(120)].join('\n')
  await refused(desk.run(put(broken, 'bad.ndjson')), 'not-json')
  const mended = await desk.run(put(lines.join('\n'), 'good.ndjson'))
  const { deposited, unchanged } = mended
  assert.equal((deposited.Observation ?? 0) + (unchanged.Observation ?? 0), 130)
  assert.equal(unchanged.Observation, 99, 'a hundred lines had gone out with the first batch')
  const again = await desk.run(put(lines.join('\n'), 'again.ndjson'))
  assert.deepEqual([again.deposited, again.unchanged], [{}, { Patient: 1, Observation: 130 }])
  await guard.goesOn()
})
