/** How each hospital stands: asked of its node and of CometBFT beside it, and never guessed. */
import { checkWith, z } from '@salus/base/schema'
import { createRpc } from '@salus/ledger/comet/rpc'
import { sampleHospitals } from './hospitals.ts'
import type { Links } from './links.ts'
import type { Member, Part } from './member.ts'
import type { Plan } from './plan.ts'

export type HospitalStatus = {
  readonly hospital: number
  readonly name: string
  readonly url: string
  /** Which of its processes run. */
  readonly processes: readonly Part[]
  /** `starting`, `ready`, `restored`, `closed`, or `away` where nobody answers. */
  readonly node: string
  /** CometBFT's last block; absent where it does not answer. */
  readonly height?: number
  readonly catching?: boolean
  readonly peers?: number
  /** Entries of its journal, and how many of them the others have cosigned. */
  readonly entries?: number
  readonly witnessed?: number
  /** Do the journal's heads reach the ledger? */
  readonly ledger?: string
}

export type ConsortiumStatus = {
  readonly hospitals: readonly HospitalStatus[]
  /** How many may fail while blocks are still made. */
  readonly tolerated: number
  /** Are more than two thirds of the votes together? Then blocks can be made. */
  readonly quorum: boolean
  /** Pairs that do not hear each other. */
  readonly cut: readonly (readonly [number, number])[]
}

const health = z.object({
  status: z.string(),
  size: z.int().optional(),
  witnessed: z.int().optional(),
  ledger: z.string().optional(),
})

async function healthOf(url: string) {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(3_000) })
    return checkWith(health, await response.json())
  } catch {
    return undefined
  }
}

async function hospitalStatus(
  nth: number,
  { port, rpc }: Plan['hospitals'][number],
  member: Member | undefined,
): Promise<HospitalStatus> {
  const url = `http://127.0.0.1:${port}`
  const client = createRpc(`http://127.0.0.1:${rpc}`)
  const [said, comet, peers] = await Promise.all([
    healthOf(url),
    client.status().catch(() => undefined),
    client.peers().catch(() => undefined),
  ])
  return {
    ...{ hospital: nth, name: sampleHospitals[nth - 1]?.name ?? '', url, node: said?.status ?? 'away' },
    processes: member?.running() ?? [],
    ...(comet ? { height: comet.height, catching: comet.catching } : {}),
    ...(peers === undefined ? {} : { peers }),
    ...(said?.size === undefined ? {} : { entries: said.size }),
    ...(said?.witnessed === undefined ? {} : { witnessed: said.witnessed }),
    ...(said?.ledger === undefined ? {} : { ledger: said.ledger }),
  }
}

/** The most that may fail of `count`: fewer than a third (CometBFT's own condition). */
export const toleratedOf = (count: number): number => Math.floor((count - 1) / 3)

/** Is there a group that hears each other, has its processes, and holds more than two thirds? */
function hasQuorum(able: readonly number[], count: number, links: Pick<Links, 'whole'>): boolean {
  return able.some((one) => able.filter((other) => one === other || links.whole(one, other)).length * 3 > count * 2)
}

export async function statusOf(plan: Plan, members: readonly Member[], links: Links): Promise<ConsortiumStatus> {
  const hospitals = await Promise.all(plan.hospitals.map((one, i) => hospitalStatus(i + 1, one, members[i])))
  const able = members.flatMap((one, i) => (one.running().length === 2 ? [i + 1] : []))
  const numbers = hospitals.map(({ hospital }) => hospital)
  const cut = numbers.flatMap((a) => numbers.filter((b) => a < b && !links.whole(a, b)).map((b) => [a, b] as const))
  return { hospitals, tolerated: toleratedOf(hospitals.length), quorum: hasQuorum(able, hospitals.length, links), cut }
}
