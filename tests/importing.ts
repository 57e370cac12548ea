/** A desk that imports, without a command line: over a test node, with a store of its own. */
import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { base64url } from '@salus/base/bytes'
import { openDeskStore } from '@salus/cli/desk'
import { type ImportCounts, importResources } from '@salus/cli/import'
import type { OpenDesk } from '@salus/cli/people'
import { generateKeyPair } from '@salus/crypto/keys'
import { readFhirFile } from '@salus/fhir/file'
import { deskOf, type World } from './people.ts'

/** Imports a file as the command does, and closes. `validate`: throws what is wrong with a resource. */
export async function createImport(w: World, validate: (source: never) => void = () => {}) {
  const { desk, link } = await deskOf(w)
  const { publicKey, privateKey } = generateKeyPair(w.random)
  const keys = { org: desk.org, register: { publicKey, privateKey: base64url(privateKey) } }
  const device = { seal: async (bytes: Uint8Array) => base64url(bytes), open: async () => new Uint8Array(32) }
  const folder = mkdtempSync(join(tmpdir(), 'salus-import-'))
  const store = openDeskStore({ store: join(folder, 'desk.db'), device: device as never })
  const at = { desk, link, keys } as unknown as OpenDesk
  return {
    folder,
    run: (path: string): Promise<ImportCounts> =>
      importResources({ at, store, validate: validate as never, progress: () => {} }, readFhirFile(path)),
    close: store.close,
  }
}

/** A pipe with a name, that `parts` flow through as fast as they are read; `done` when the reader has let go. */
export function pipeOf(path: string, parts: Iterable<string | Uint8Array>): { path: string; done: Promise<void> } {
  const made = spawnSync('mkfifo', [path])
  if (made.status !== 0) throw new Error(`mkfifo: ${made.stderr}`)
  // A reader that has seen enough closes: what is left has nowhere to go.
  const done = pipeline(Readable.from(parts), createWriteStream(path)).catch(() => undefined)
  return { path, done }
}
