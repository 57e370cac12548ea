import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync, gzipSync } from 'node:zlib'
import { filings } from '@salus/base/categories'
import { needsShared } from '@salus/base/testing'
import { MAX_FILE, MAX_LINE, type SourceResource } from './contract.ts'
import { type OnProgress, readFhirFile } from './file.ts'
import { sampleBundle, sampleObservation, samplePatient, syntheaFiles, uuid } from './testing.ts'
import { countByType } from './write.ts'

const folder = mkdtempSync(join(tmpdir(), 'salus-fhir-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
async function all(path: string, onProgress?: OnProgress): Promise<SourceResource[]> {
  const read: SourceResource[] = []
  for await (const one of readFhirFile(path, onProgress)) read.push(one)
  return read
}
const rejection = (work: Promise<unknown>): Promise<Error & { code?: string; facts?: object }> =>
  work.then(
    () => assert.fail('accepted'),
    (error) => error,
  )
const observation = (n: number) =>
  sampleObservation(`o${n}`, 'Patient/sample-1', { note: [{ text: 'x'.repeat(1000) }] })
const bundle = sampleBundle([samplePatient(), sampleObservation('o', uuid(0))])
const lines = [samplePatient(), observation(1), observation(2)].map((one) => JSON.stringify(one))

test('F9 the 23 Synthea patients come through without a lost resource', needsShared('vectors/synthea'), async () => {
  const files = syntheaFiles()
  assert.equal(files.length, 23)
  let total = 0
  for (const file of files) {
    const source = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
      entry: { resource: { resourceType: string } }[]
    }
    const read = await all(file)
    assert.deepEqual(countByType(read), countByType(source.entry.map(({ resource }) => resource)))
    assert.equal(new Set(read.map((one) => one.source)).size, read.length)
    assert.equal(new Set(read.map((one) => one.patient)).size, 1)
    for (const one of read) {
      assert.ok((filings as readonly string[]).includes(one.filing))
      assert.equal(one.fallback, false)
      assert.equal(one.external, 0)
      assert.ok(!JSON.stringify(one.resource).includes('"reference":"urn:'))
    }
    total += read.length
  }
  assert.equal(total, 6519)
})

test('F9 the kind of file is told by its content, not by its name', async () => {
  const whole = JSON.stringify(bundle)
  const forms: [string, string | Uint8Array, number][] = [
    ['compact.json', whole, 2],
    ['compact-newline.json', `${whole}\n`, 2],
    ['pretty.json', JSON.stringify(bundle, null, 2), 2],
    ['mark.json', `\ufeff${whole}`, 2],
    ['mark-lines.txt', `\ufeff${lines.join('\n')}`, 3],
    ['blank-first.json', `\n\n  ${JSON.stringify(bundle, null, 2)}`, 2],
    ['packed.bin', gzipSync(whole), 2],
    ['lines.ndjson', lines.join('\n'), 3],
    ['lines-windows.ndjson', `${lines.join('\r\n')}\r\n\r\n`, 3],
    ['lines.json', lines.join('\n'), 3],
    ['lines.ndjson.gz', gzipSync(lines.join('\n')), 3],
    ['members.gz', Buffer.concat(lines.map((line) => gzipSync(`${line}\n`))), 3],
    ['bundles.ndjson', `${whole}\n${whole}\n`, 4],
    ['alone.json', JSON.stringify(samplePatient()), 1],
    ['alone-pretty.json', JSON.stringify({ resourceType: 'Organization', id: 'a' }, null, 1), 1],
  ]
  for (const [name, content, count] of forms) assert.equal((await all(put(name, content))).length, count, name)
})

test('F9 an empty or foreign file is refused', async () => {
  await assert.rejects(all(put('empty.json', '')), { code: 'not-json' })
  await assert.rejects(all(put('text.json', 'family name: Sample')), {
    code: 'not-json',
    facts: { problem: 'json-invalid' },
  })
  await assert.rejects(all(put('list.json', '[]')), { code: 'not-fhir' })
  await assert.rejects(all(put('number.json', '7\n8\n')), { code: 'not-json' })
  assert.deepEqual(await all(put('empty.ndjson', '')), [])
})

test('F9 a missing file is refused without its name', async () => {
  const error = await rejection(all(join(folder, 'Ada_Sample.json')))
  assert.equal(error.message, 'file-unreadable')
  assert.deepEqual(error.facts, { reason: 'ENOENT' })
  assert.ok(!`${error.stack}${error.cause}`.includes('Ada_Sample'))
  await assert.rejects(all(folder), { code: 'file-unreadable', facts: { reason: 'EISDIR' } })
})

test('F10 a bundle above 64 MiB is refused, packed or not', async () => {
  const path = join(folder, 'large.json')
  const file = openSync(path, 'w')
  const block = ' '.repeat(1024 * 1024)
  writeSync(file, '{')
  for (let n = 0; n < 64; n++) writeSync(file, block)
  closeSync(file)
  await assert.rejects(all(path), { code: 'file-too-large', facts: { limit: MAX_FILE } })
})

test('F10 a bomb is stopped at the limit, long before it is unpacked', async () => {
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024, 0x20), { level: 1 })
  const path = put('bomb.json.gz', Buffer.concat([gzipSync('{'), ...Array.from({ length: 32 }, () => member)]))
  let seen = 0
  let size = 0
  const read = all(path, (bytes, total) => {
    seen = bytes
    size = total
  })
  await assert.rejects(read, { code: 'file-too-large', facts: { limit: MAX_FILE } })
  assert.ok(seen > 0 && seen < size / 2, 'reading stopped early')
})

test('F10 a truncated or damaged gzip is refused, and nothing of a bundle is given', async () => {
  const packed = gzipSync(JSON.stringify(bundle))
  for (const length of [2, 12, packed.length >> 1, packed.length - 1]) {
    await assert.rejects(
      all(put('cut.json.gz', packed.subarray(0, length))),
      { code: 'gzip-truncated' },
      String(length),
    )
  }
  const damaged = Uint8Array.from(packed)
  damaged[packed.length - 6] = (damaged[packed.length - 6] as number) ^ 1
  await assert.rejects(all(put('damaged.json.gz', damaged)), { code: 'gzip-invalid' })
})

test('F11 an error in a line says which, after the good lines before it', async () => {
  const read = async (content: string | Uint8Array) => {
    const found: string[] = []
    const reading = async () => {
      for await (const { source } of readFhirFile(put('bad.ndjson', content))) found.push(source)
    }
    return { error: await rejection(reading()), found }
  }
  const good = ['Patient/sample-1', 'Observation/o1']
  const cut = await read(`${lines[0]}\n\n${lines[1]}\n${lines[2]?.slice(0, -4)}`)
  assert.deepEqual(cut.found, good)
  assert.equal(cut.error.code, 'not-json')
  assert.deepEqual(cut.error.facts, { problem: 'json-invalid', line: 4 })
  const unknown = await read(`${lines[0]}\n${lines[1]}\n{"resourceType":"Secret"}`)
  assert.deepEqual(unknown.error.facts, { line: 3 })
  const packed = gzipSync(lines.slice(0, 2).join('\n') + '\n'.repeat(9), { level: 0 })
  assert.deepEqual((await read(packed.subarray(0, packed.length - 3))).error.code, 'gzip-truncated')
})

test('F11 a line above 16 MiB is refused', async () => {
  const path = put('long.ndjson', `${lines[0]}\n{"a":"${'x'.repeat(MAX_LINE)}"}\n`)
  await assert.rejects(all(path), { code: 'line-too-long', facts: { line: 2, limit: MAX_LINE } })
})

test("F11 a line cut anywhere by the reader's chunks comes out whole", async () => {
  const many = Array.from({ length: 400 }, (_, n) => JSON.stringify(observation(n)).replaceAll('x', 'é'))
  const read = await all(put('chunks.ndjson', many.join('\n')))
  assert.deepEqual(
    read.map(({ resource }) => JSON.stringify(resource)),
    many,
  )
})

test('F11 ndjson of any size is read with flat memory', async () => {
  const path = join(folder, 'big.ndjson')
  const file = openSync(path, 'w')
  const count = 42_000
  for (let n = 0; n < count; n += 500) {
    writeSync(file, Array.from({ length: 500 }, (_, k) => `${JSON.stringify(observation(n + k))}\n`).join(''))
  }
  closeSync(file)
  const bytes = statSync(path).size
  assert.ok(bytes > 48_000_000)
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const held = () => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = held()
  let most = 0
  let seen = 0
  for await (const { patient } of readFhirFile(path)) {
    assert.equal(patient, 'Patient/sample-1')
    if (++seen % 4000 === 0) most = Math.max(most, held() - before)
  }
  assert.equal(seen, count)
  assert.ok(most < bytes / 4, `${most} bytes held of ${bytes}`)
})

test('F11 each resource says where it stood: its line, its entry, or both', async () => {
  const places = async (path: string) => (await all(path)).map(({ at }) => at)
  const bundle = sampleBundle([samplePatient(), observation(1)])
  assert.deepEqual(await places(put('at.json', JSON.stringify(bundle))), [{ entry: 1 }, { entry: 2 }])
  const mixed = [JSON.stringify(samplePatient()), '', JSON.stringify(bundle)].join('\n')
  assert.deepEqual(await places(put('at.ndjson', mixed)), [{ line: 1 }, { line: 3, entry: 1 }, { line: 3, entry: 2 }])
  assert.deepEqual(await places(put('alone.json', JSON.stringify(samplePatient()))), [{}])
  const broken = { ...bundle, entry: [{ resource: samplePatient() }, { resource: { resourceType: 'Nonsense' } }] }
  const { facts } = await rejection(all(put('broken.ndjson', `\n${JSON.stringify(broken)}`)))
  assert.deepEqual(facts, { line: 2, entry: 2 })
})

test('F9 progress counts the bytes of the file as it lies on disk, up to its size', async () => {
  const content = gzipSync(lines.join('\n'))
  const seen: [number, number][] = []
  for await (const _ of readFhirFile(put('progress.gz', content), (read, total) => seen.push([read, total])));
  assert.deepEqual(seen.at(-1), [content.length, content.length])
})

test('F11 a reader may stop in the middle, packed or not', async () => {
  const many = Array.from({ length: 3000 }, (_, n) => JSON.stringify(observation(n))).join('\n')
  for (const path of [put('stop.ndjson', many), put('stop.gz', gzipSync(many))]) {
    let seen = 0
    for await (const _ of readFhirFile(path)) if (++seen === 3) break
    assert.equal(seen, 3)
    rmSync(path)
  }
})
