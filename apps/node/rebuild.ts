/** Views can be dropped and made again from the sources alone (architecture §2 rule 5). */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { composeNode, type NodePorts } from './compose.ts'

/** Drops `views.db` and makes it again. Returns how many entries of the log were applied. The node must not be running. */
export async function rebuildViews(ports: NodePorts): Promise<number> {
  for (const suffix of ['', '-wal', '-shm']) await rm(join(ports.dir, `views.db${suffix}`), { force: true })
  const node = await composeNode(ports)
  const size = node.journal.log.size()
  await node.close()
  return size
}
