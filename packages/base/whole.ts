/** Files that stand whole on the disk or not at all. Node only. */
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

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
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
