/**
 * Builds the web apps: static files, named by their content, and a manifest of their digests. Two builds of the same sources
 * give the same bytes (tested). Where it is kept, the digest of the sources names the folder: an unchanged tree is built once.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WebFile } from './manifest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, 'node_modules/.cache/salus-web')

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('base64url')

/** Everything that goes into a bundle: the sources of apps and packages, and the locked versions. */
function sourceDigest(): string {
  const hash = createHash('sha256')
  const sources = globSync('{apps,packages}/**/*.{ts,tsx,css,html,svg,webmanifest,json}', {
    cwd: root,
    exclude: (path) => /node_modules|\.test\.ts/.test(String(path)),
  })
  for (const path of [...sources, 'package-lock.json'].sort()) {
    hash.update(`${path}\n${sha256(readFileSync(join(root, path)))}\n`)
  }
  return hash.digest('hex').slice(0, 24)
}

/** The files of a folder with their digests, in order of their paths. */
function filesOf(dir: string): WebFile[] {
  const paths = globSync('**/*', { cwd: dir, withFileTypes: true }).filter((one) => one.isFile())
  return paths
    .map((one) => relative(dir, join(one.parentPath, one.name)).replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const bytes = readFileSync(join(dir, path))
      return { path, digest: sha256(bytes), bytes: bytes.length }
    })
}

/** Builds into `out`, which must be empty. */
export async function buildWeb(out: string): Promise<{ files: WebFile[]; digest: string }> {
  const { bundle, serviceWorker } = await import('./bundle.ts')
  await bundle(out)
  // The page without a folder of its own is the start page.
  await rename(join(out, 'web/index.html'), join(out, 'index.html'))
  await rm(join(out, 'web'), { recursive: true })
  await writeFile(join(out, 'sw.js'), await serviceWorker(filesOf(out)))
  const files = filesOf(out)
  const manifest = `${JSON.stringify({ files })}\n`
  await writeFile(join(out, 'web.json'), manifest)
  return { files, digest: sha256(manifest) }
}

/** Is there a bundle of these sources already? */
export const isBuilt = (): boolean => existsSync(join(cache, sourceDigest(), 'web.json'))

/** The folder of a bundle made from these sources, built now when there is none yet. */
export async function webFolder(): Promise<string> {
  const dir = join(cache, sourceDigest())
  if (existsSync(join(dir, 'web.json'))) return dir
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'new-'))
  await buildWeb(fresh)
  // Another process may have been faster: its bytes are the same.
  await rename(fresh, dir).catch(() => rm(fresh, { recursive: true, force: true }))
  return dir
}

/** SHA-256 of a bundle's manifest, base64url: what stands on the ledger. */
export const webDigest = async (dir: string): Promise<string> => sha256(await readFile(join(dir, 'web.json')))
