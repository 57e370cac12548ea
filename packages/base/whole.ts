/** Files that stand whole on the disk or not at all. Node only. */
import { open, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Writes a file whole, for its owner alone, and durably: a new name, synced, renamed, and the folder synced after it. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await flush(dirname(path))
}

/** Puts on the disk what a file says, or which names a folder holds. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync().finally(() => file.close())
}

/** The same for a folder with everything in it: the files first, then the names. */
export async function flushAll(folder: string): Promise<void> {
  for (const one of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, one.name)
    if (one.isDirectory()) await flushAll(path)
    else await flush(path)
  }
  await flush(folder)
}
