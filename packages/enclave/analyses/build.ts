/** The analyses of this repository: compiled once, kept by the digest of their sources, checked against the digest in git. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { concat, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { COMPILER, compile } from './compile.ts'
import { type AnalysisCode, type Manifest, parseManifest } from './manifest.ts'

/** An analysis ready to run. `digest` is over its manifest's bytes and its code: what an offer, an order and a deal name. */
export type Built = { readonly manifest: Manifest; readonly wasm: Uint8Array; readonly digest: Digest }

const FOLDER = import.meta.dirname
const CACHE = resolve(FOLDER, '../../../node_modules/.cache/salus-enclave')

/** The names of the analyses that are here. */
export const analysisNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'manifest.json')))
    .sort()

function sourcesOf(name: string): string[] {
  const folders = ['lib', join(name, 'assembly')]
  return folders.flatMap((folder) =>
    readdirSync(join(FOLDER, folder))
      .filter((file) => file.endsWith('.as'))
      .sort()
      .map((file) => join(folder, file)),
  )
}

/** The digest of everything the code is made from: sources, compiler, options. */
function sourceDigest(name: string): Digest {
  const parts = sourcesOf(name).map((path) => `${path}\n${digest(readFileSync(join(FOLDER, path)))}\n`)
  return digest(utf8([COMPILER, ...parts].join('\n')))
}

/** Compiles `name` anew. The same sources give the same bytes. */
export const compileAnalysis = (name: string): Promise<Uint8Array> => compile(FOLDER, join(name, 'assembly/index.ts'))

async function cached(name: string): Promise<Uint8Array> {
  const path = join(CACHE, `${name}-${sourceDigest(name)}.wasm`)
  if (existsSync(path)) return new Uint8Array(await readFile(path))
  const wasm = await compileAnalysis(name)
  await mkdir(CACHE, { recursive: true })
  const passing = `${path}.${process.pid}`
  await writeFile(passing, wasm)
  await rename(passing, path)
  return wasm
}

/** What an analysis is known by: SHA-256 over the length of its manifest, its manifest and its code. */
export const analysisDigest = (manifest: Uint8Array, wasm: Uint8Array): Digest =>
  digest(concat(utf8(`salus-analysis ${manifest.length}\n`), manifest, wasm))

const expected = (): Record<string, string> => JSON.parse(readFileSync(join(FOLDER, 'digests.json'), 'utf8'))

/** The built analysis, whatever its digest. Error: `analysis-unknown`. */
export async function buildAnalysis(name: string): Promise<Built> {
  if (!analysisNames().includes(name)) throw new AppError<AnalysisCode>('analysis-unknown')
  const bytes = readFileSync(join(FOLDER, name, 'manifest.json'))
  const wasm = await cached(name)
  return { manifest: parseManifest(bytes), wasm, digest: analysisDigest(bytes, wasm) }
}

/**
 * The analysis `name`, compiled when it has not been yet.
 *
 * Errors: `analysis-unknown`; `analysis-changed` when it is not what `digests` (those in git) say, named in the facts.
 */
export async function analysisOf(name: string, digests = expected()): Promise<Built> {
  const built = await buildAnalysis(name)
  if (digests[name] !== built.digest) throw new AppError<AnalysisCode>('analysis-changed', { analysis: name })
  return built
}
