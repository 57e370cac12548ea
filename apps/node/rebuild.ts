/** Views can be dropped and made again from the sources alone (architecture §2 rule 5). */
import { composeNode, type NodePorts } from './compose.ts'
import { dropViews } from './last.ts'
import { lockFolder } from './lock.ts'

/** Drops `views.db` and makes it again. Returns how many entries of the log were applied. The node must not be running. */
export async function rebuildViews(ports: NodePorts): Promise<number> {
  // Not under a running node: it would go on over files that are gone.
  lockFolder(ports.dir)()
  dropViews(ports.dir)
  const node = await composeNode(ports)
  const size = node.journal.log.size()
  await node.close()
  return size
}
