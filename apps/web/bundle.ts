/** How the bundle is made: one build of four pages, so that what they share is loaded once. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decoderFiles, decoders } from '@salus/ui/web/record/decoders'
import { build, type InlineConfig, type Plugin } from 'vite'
import type { WebFile } from './manifest.ts'

const apps = fileURLToPath(new URL('..', import.meta.url))
const here = fileURLToPath(new URL('.', import.meta.url))

const shape: InlineConfig = {
  ...{ root: apps, configFile: false, envFile: false, logLevel: 'error', base: '/', mode: 'production' },
  publicDir: `${here}public`,
  // One copy of what several packages use.
  resolve: { dedupe: ['react', 'react-dom'] },
  // The patient's worker is told apart by its name: it alone may ask other hospitals (headers.ts).
  worker: {
    format: 'es',
    rolldownOptions: {
      output: {
        entryFileNames: ({ facadeModuleId }) =>
          facadeModuleId === `${apps}patient/worker.ts` ? 'assets/patient-worker-[hash].js' : 'assets/[name]-[hash].js',
      },
    },
  },
}

/** Scripts that a PDF's worker asks for by their own names, when a file needs them. */
const withDecoders: Plugin = {
  name: 'decoders',
  generateBundle() {
    for (const one of decoderFiles) {
      const source = readFileSync(fileURLToPath(import.meta.resolve(`pdfjs-dist/wasm/${one}`)))
      this.emitFile({ type: 'asset', fileName: `${decoders.slice(1)}${one}`, source })
    }
  },
}

/** Writes the pages, their scripts and styles to `out`. */
export async function bundle(out: string): Promise<void> {
  const input = ['web', 'patient', 'professional', 'research'].map((one) => `${apps}${one}/index.html`)
  await build({
    ...shape,
    plugins: [withDecoders],
    build: {
      ...{ outDir: out, emptyOutDir: false, assetsInlineLimit: 0, target: 'es2024', reportCompressedSize: false },
      ...{ modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2_000 },
      rolldownOptions: { input },
    },
  })
}

/** The service worker with the digests of `files` written into it. */
export async function serviceWorker(files: readonly WebFile[]): Promise<string> {
  const digests = Object.fromEntries(files.map(({ path, digest }) => [`/${path}`, digest]))
  const bundleDigest = createHash('sha256').update(JSON.stringify(digests)).digest('base64url')
  const [made] = (await build({
    ...shape,
    publicDir: false,
    define: { SALUS_FILES: JSON.stringify(digests), SALUS_BUNDLE: JSON.stringify(bundleDigest) },
    build: { write: false, target: 'es2024', lib: { entry: `${here}sw.ts`, formats: ['es'], fileName: 'sw' } },
  })) as unknown as { output: readonly { code?: string }[] }[]
  const code = made?.output[0]?.code
  if (!code) throw new Error(`no service worker came of ${readFileSync(`${here}sw.ts`).length} bytes`)
  return code
}
