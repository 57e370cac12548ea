/** Compiles an analysis' AssemblyScript sources (`*.as`) to WebAssembly: no imports, portable arithmetic, same bytes each time. */
import { readFileSync } from 'node:fs'
import { join, normalize, relative } from 'node:path'
import { AppError } from '@salus/base/errors'

/** `stub`: memory is never given back, for an analysis runs once; `abort` compiled away leaves the module without imports. */
const OPTIONS = [
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '--enable',
  'simd',
  '-O3',
  '--noAssert',
  '--uncheckedBehavior',
  'always',
  '--exportStart',
  'setup',
  '--outFile',
  'out.wasm',
]

/** What the compiled bytes depend on beside the sources. */
export const COMPILER = `assemblyscript 0.28.20 ${OPTIONS.join(' ')}`

/** A source the compiler asks for as `x.ts` and that lies here as `x.as` (so that TypeScript's own tools leave it alone). */
function readSource(folder: string, name: string): string | null {
  const path = normalize(join(folder, name))
  if (relative(folder, path).startsWith('..') || !name.endsWith('.ts')) return null
  try {
    return readFileSync(path.replace(/\.ts$/, '.as'), 'utf8')
  } catch {
    return null
  }
}

/** Compiles `entry` (relative to `folder`, ending in `.ts`) with everything it imports. Error: `analysis-invalid`. */
export async function compile(folder: string, entry: string, options: readonly string[] = []): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc')
  let wasm: Uint8Array | undefined
  const { error } = await asc.main([entry, ...OPTIONS, ...options], {
    readFile: (name) => readSource(folder, name),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') wasm = contents
    },
    listFiles: () => [],
  })
  if (error || !wasm) throw new AppError('analysis-invalid', { why: 'compile' }, { cause: error })
  return wasm
}
