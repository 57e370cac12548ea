/** Files that stand whole on the disk or not at all. */
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** Writes a file whole and durably: a new name, synced, renamed, and the folder synced after it. */
export async function writeWhole(dir: string, name: string, content: string): Promise<void> {
  const path = join(dir, name)
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const folder = await open(dir, 'r')
  await folder.sync().finally(() => folder.close())
}
