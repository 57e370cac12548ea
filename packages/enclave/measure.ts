/** What a simulated enclave is: SHA-256 over the sources it runs. On hardware the platform measures; this only tells versions apart. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const PACKAGES = resolve(import.meta.dirname, '..')
let known: string | undefined

/** 32 bytes, hexadecimal: over every source of the enclave and of what it imports, in order of their paths. */
export function measureSources(): string {
  if (known !== undefined) return known
  const paths = globSync('{base,crypto,enclave}/**/*.ts', {
    cwd: PACKAGES,
    exclude: (path) => /node_modules|\.test\.ts$|testing/.test(String(path)),
  })
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const bytes = readFileSync(join(PACKAGES, path))
    hash.update(`${path.replaceAll('\\', '/')} ${bytes.length}\n`).update(bytes)
  }
  known = hash.digest('hex')
  return known
}
