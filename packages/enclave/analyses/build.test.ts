import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { analysisDigest, analysisNames, analysisOf, buildAnalysis, compileAnalysis } from './build.ts'
import { COMPILER } from './compile.ts'

const DIGESTS = join(import.meta.dirname, 'digests.json')

/** Set when an analysis was changed on purpose: writes the digests instead of comparing them. */
const WRITE = process.env.SALUS_WRITE_DIGESTS === '1'

test('H1 each analysis is the one whose digest is in git', async () => {
  const built: Record<string, string> = {}
  for (const name of analysisNames()) built[name] = (await buildAnalysis(name)).digest
  if (WRITE) writeFileSync(DIGESTS, `${JSON.stringify(built, null, 2)}\n`)
  assert.deepEqual(JSON.parse(readFileSync(DIGESTS, 'utf8')), built)
})

test('H1 two builds give the same bytes', async () => {
  const [one, two] = [await compileAnalysis('heartify'), await compileAnalysis('heartify')]
  assert.deepEqual(one, two)
  assert.deepEqual(one, (await analysisOf('heartify')).wasm)
})

test('H1 error: an analysis that is not what its digest says is named', async () => {
  const { digest } = await buildAnalysis('describe')
  await assert.rejects(analysisOf('describe', { describe: digest.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) }), {
    code: 'analysis-changed',
    facts: { analysis: 'describe' },
  })
  await assert.rejects(analysisOf('describe', {}), { code: 'analysis-changed' })
})

test('H1 a byte of the manifest or of the code is another digest, and the compiler is the declared one', async () => {
  const { wasm, digest } = await buildAnalysis('describe')
  const manifest = readFileSync(join(import.meta.dirname, 'describe/manifest.json'))
  assert.equal(analysisDigest(manifest, wasm), digest)
  assert.notEqual(analysisDigest(Buffer.concat([manifest, Buffer.from(' ')]), wasm), digest)
  assert.notEqual(
    analysisDigest(
      manifest,
      Uint8Array.from(wasm, (byte, i) => (i === 99 ? byte ^ 1 : byte)),
    ),
    digest,
  )
  const declared = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
  assert.ok(COMPILER.startsWith(`assemblyscript ${declared.dependencies.assemblyscript} `))
})

test('error: an analysis that is not here is named as unknown', async () => {
  await assert.rejects(analysisOf('../runtime'), { code: 'analysis-unknown' })
})
