/**
 * The web apps: files of one built folder, each named in its manifest, read once. A strict policy goes along: scripts of this
 * origin alone, none inline, none made from text; nothing is asked of anybody else.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseWith, z } from '@salus/base/schema'
import { doors } from '@salus/web-app/doors'
import { headersOf, isPhone, typeOf } from '@salus/web-app/headers'
import type { Hono } from 'hono'

const manifest = z.strictObject({
  files: z.array(z.strictObject({ path: z.string().regex(/^[\w./-]+$/), digest: z.string(), bytes: z.int() })),
})

/** A bundle's files by the paths they answer under. */
export type Web = {
  readonly has: (path: string) => boolean
  /** `stores`: where the other hospitals are, whom a patient's device tells what is taken back. */
  readonly serve: (app: Hono, samples: () => unknown, stores: () => readonly string[]) => void
}

const SAMPLES = '/samples.json'

type File = { readonly bytes: Buffer; readonly type: string; readonly lasting: boolean; packed?: Buffer }

/** A third of the bytes for who takes them so; packed when first asked for. Nothing secret stands in these files (BREACH). */
const packedOf = (file: File): Buffer => {
  file.packed ??= gzipSync(file.bytes, { level: 9 })
  return file.packed
}

/** Reads the folder; only what its manifest names is ever served, and a page under its folder's name. */
export function openWeb(dir: string): Web {
  const { files } = parseWith(manifest, readFileSync(join(dir, 'web.json')))
  const all = new Map<string, File>()
  for (const path of [...files.map((one) => one.path), 'web.json']) {
    const file = { bytes: readFileSync(join(dir, path)), type: typeOf(path) }
    // Named by its content: it never changes. Anything else, and what comes under a policy that does change, is asked for anew.
    const entry = { ...file, lasting: path.startsWith('assets/') && !isPhone(path) }
    all.set(`/${path}`, entry)
    if (path.endsWith('index.html')) all.set(`/${path.slice(0, -'index.html'.length)}`, entry)
  }
  return {
    has: (path) => all.has(path) || path === SAMPLES,
    serve(app, samples, stores) {
      app.get(SAMPLES, (c) => {
        c.set('route' as never, 'web.samples' as never)
        return c.json((samples() ?? null) as object)
      })
      for (const [path, file] of all) {
        const cache = file.lasting ? 'public, max-age=31536000, immutable' : 'no-cache'
        const type = { 'content-type': file.type, 'cache-control': cache, vary: 'accept-encoding' }
        app.get(path, (c) => {
          c.set('route' as never, 'web' as never)
          const sent = { ...headersOf(path, stores()), ...type }
          if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return c.body(file.bytes as never, 200, sent)
          return c.body(packedOf(file) as never, 200, { ...sent, 'content-encoding': 'gzip' })
        })
      }
      for (const [door, page] of Object.entries(doors)) app.get(door, (c) => c.redirect(page))
    },
  }
}
