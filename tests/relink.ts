/** Sessions survive a restart of the node; challenges and proofs do not: links opened anew. */
import { systemClock, systemRandom } from '@salus/base/clock'
import type { startBenchNode } from '@salus/cli/bench/world'
import { createCall } from '@salus/directory/device/http'
import { createLink, type Link } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { openSession } from '@salus/directory/device/session'
import type { Signer } from '@salus/journal/statement'
import type { PatientDevice } from '@salus/records/device/patient'

type Node = Awaited<ReturnType<typeof startBenchNode>>
const at = { clock: systemClock, random: systemRandom }

async function relink(node: Node, signer: Signer, sub: string): Promise<Link> {
  const { roots } = node.desk.device
  const plain = createLink(createCall({ ...node.reach, ...at }), roots, at)
  const session = await openSession(plain.call, signer, sub, plain.origin)
  return createLink(
    createCall({ ...node.reach, ...at }, () => session),
    roots,
    at,
  )
}

export const deskLink = async (node: Node) => ({
  ...node.desk,
  link: await relink(node, node.desk.desk.signer, node.desk.keys.org),
})

export const patientLink = async ({ keys }: PatientDevice, node: Node): Promise<Link> =>
  relink(node, await signerOf(keys.device), keys.handle)
