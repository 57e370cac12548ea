/**
 * Anti-entropy (N25): every statement, packet and ciphertext held here is compared with what was signed; what is not that is counted
 * by kind, and fetched again: of a mirrored chain from its home, of an own one from whoever mirrors it.
 */
import { isAppError } from '@salus/base/errors'
import { digest } from '@salus/crypto/hash'
import { placesAt } from '@salus/journal/adopted'
import { type Damage, lookForDamage } from '@salus/journal/damage'
import { putContent, putPacket, putStatement } from '@salus/journal/mending'
import { replicaEndpoints as at, type ReplicaEntry } from '@salus/journal/replica'
import type { PeerAddress } from './peers.ts'
import { askPeer, partsOf, type ReplicaPorts } from './taking.ts'

type Counts = Partial<Record<Damage['kind'], number>>
/** How much was looked at; how many rows of each kind were not what was signed, and how many of those are again. */
export type Checked = {
  readonly statements: number
  readonly packets: number
  readonly contents: number
  readonly found: Readonly<Counts>
  readonly healed: Readonly<Counts>
}

const count = (counts: Counts, kind: Damage['kind']): void => {
  counts[kind] = (counts[kind] ?? 0) + 1
}

/** Who may have it, and under which index: `by` says whose log that counts in. */
type Holder = { readonly peer: PeerAddress; readonly of: number; readonly by: 'log' | 'home' }

async function holdersOf({ sources, peers }: ReplicaPorts, index: number): Promise<Holder[]> {
  const places = await sources.tx((s) => placesAt(s, index))
  // What stood here first others know by its place here; what came from elsewhere, or moved on, by its place there.
  const own: Holder[] = places.some(({ late }) => !late) ? [] : peers().map((peer) => ({ peer, of: index, by: 'home' }))
  const there = places.flatMap(({ origin, home }) =>
    peers().flatMap((peer): Holder[] => (peer.origin === origin ? [{ peer, of: home, by: 'log' }] : [])),
  )
  return [...there, ...own]
}

async function entryFrom(ports: ReplicaPorts, { peer, of, by }: Holder): Promise<ReplicaEntry> {
  return askPeer({ ports, peer }, at.entry, { of, by })
}

/** Puts right what one holder has; false where it has not got it, or another thing. */
async function mendFrom(ports: ReplicaPorts, damage: Damage, holder: Holder): Promise<boolean> {
  const { sources } = ports
  const { index: idx } = damage
  if (damage.kind === 'content') {
    const { peer, of, by } = holder
    const whole = await partsOf({ ports, peer }, { of, by })
    return sources.tx((s) => putContent(s, damage.chain, damage.named, whole))
  }
  const entry = await entryFrom(ports, holder)
  if (damage.kind === 'statement') return sources.tx((s) => putStatement(s, idx, entry.statement))
  const { at: place, named } = damage
  const packet = entry.packets.find((one) => digest(one) === named)
  return packet !== undefined && sources.tx((s) => putPacket(s, { idx, at: place, named }, packet))
}

async function mend(ports: ReplicaPorts, damage: Damage): Promise<boolean> {
  for (const holder of await holdersOf(ports, damage.index)) {
    const done = await mendFrom(ports, damage, holder).catch((error) => {
      if (isAppError(error) && !error.code.startsWith('journal-')) return false
      throw error
    })
    if (done) return true
  }
  return false
}

/** Looks at everything, a step at a time; a statement that is right again is looked at once more, with what came along. */
export async function checkAll(ports: ReplicaPorts): Promise<Checked> {
  const [found, healed]: [Counts, Counts] = [{}, {}]
  const seen = { statements: 0, packets: 0, contents: 0 }
  for (let from = 0, again = false; ; ) {
    const looked = await ports.sources.tx((s) => lookForDamage(s, ports.projector, from))
    const mended: Damage[] = []
    for (const one of looked.damage) {
      if (!again || one.kind !== 'statement') count(found, one.kind)
      if (!(await mend(ports, one))) continue
      count(healed, one.kind)
      mended.push(one)
    }
    // Its packets and its content are known again only now.
    again = !again && mended.some((one) => one.kind === 'statement')
    if (again) continue
    for (const kind of ['statements', 'packets', 'contents'] as const) seen[kind] += looked[kind]
    if (looked.next === undefined) return { ...seen, found, healed }
    from = looked.next
  }
}
