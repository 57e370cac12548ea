/**
 * The pulling side of replication (N23): one round asks each peer for what came after the stored cursor, adopts it, and moves the
 * cursor after that and not before. What takes something away comes first, of everything there is.
 */
import { isAppError } from '@salus/base/errors'
import { type Cursor, cursorOf, dropHeld, type Held, heldChains, saveCursor, saveHeld } from '@salus/journal/adopted'
import { replicaEndpoints as at, type ReplicaPage } from '@salus/journal/replica'
import { parseStatement } from '@salus/journal/statement'
import { type Checked, checkAll } from './mend.ts'
import {
  adoptAll,
  adoptErasure,
  adoptOne,
  askPeer,
  assertOn,
  isLie,
  isRefusal,
  quietly,
  type ReplicaPorts,
  type Taking,
} from './taking.ts'

/**
 * One round: statements adopted, letters of contents, chains that a rule holds back (by its code), lies (by what they were refused
 * with), and the logs of nodes that were away, or were not asked further.
 */
export type Pulled = {
  readonly adopted: number
  readonly letters: number
  readonly held: Readonly<Record<string, number>>
  readonly lied: Readonly<Record<string, number>>
  readonly away: readonly string[]
}

/** Ends at once everything that is taken back from the cursor to the end of the peer's log. Answers what could not be ended yet. */
async function stopsFirst(taking: Taking, from: Cursor): Promise<string[]> {
  const later: string[] = []
  for (let cursor = from; ; ) {
    const page = await askPeer(taking, at.entries, { ...cursor, only: 'stops' })
    assertOn(cursor, page)
    for (const entry of page.entries) {
      // Whose chain is not here yet is stopped when it comes, within this round.
      await taking.ports.journal.stop(entry.statement, taking.peer.origin).catch((error) => {
        if (!isRefusal(error)) throw error
        later.push(entry.statement)
      })
      if (parseStatement(entry.statement).type === 'PersonErased') await adoptErasure(taking, entry)
    }
    cursor = page.next
    if (page.end) return later
  }
}

const ended = async (asked: Promise<unknown>, error: unknown): Promise<never> => {
  await asked.catch(() => undefined)
  throw error
}

async function pullFrom(taking: Taking): Promise<void> {
  const { ports, peer } = taking
  let cursor = await ports.sources.tx((s) => cursorOf(s, peer.origin))
  const later = await stopsFirst(taking, cursor)
  let asked: Promise<ReplicaPage> = askPeer(taking, at.entries, { ...cursor, only: 'all' })
  for (;;) {
    const page = await asked
    assertOn(cursor, page)
    // The next page comes while this one is adopted. That it is asked for must not say that this one is.
    if (!page.end) asked = quietly(askPeer(taking, at.entries, { ...page.next, only: 'next' }))
    // Whatever ends the round ends with what was asked ahead: rounds do not pile up on a peer that answers slowly.
    await adoptAll(taking, page.entries).catch((error) => ended(asked, error))
    for (const one of later) await ports.journal.stop(one, peer.origin).catch(() => undefined)
    cursor = page.next
    await ports.sources.tx((s) => saveCursor(s, peer.origin, cursor))
    if (page.end) return
  }
}

/** The bare entries of its log (J32). Where they cannot be had now its statements are asked for all the same; a lie ends the round. */
async function mirrorFrom({ ports, peer }: Taking): Promise<void> {
  try {
    await ports.mirror.pull(peer)
    ports.doubts.clear(peer.origin)
  } catch (error) {
    if (!isAppError(error)) throw error
    if (error.code === 'journal-behind' || error.code === 'proof-invalid') ports.doubts.doubt(peer.origin, error.code)
    if (isLie(error)) throw error
  }
}

/** What it saw of the other logs (N31). */
async function hearFrom({ ports, peer }: Taking): Promise<void> {
  const { notes } = await askPeer({ ports, peer }, at.seen, {}).catch((error) => {
    // Away, or of an earlier version.
    if (!isAppError(error)) throw error
    return { notes: [] }
  })
  await ports.doubts.hear(notes)
}

/** A chain that a rule held back, once more: what it waited for may have come from another peer. */
async function retry(taking: Taking, held: Held): Promise<void> {
  const { origin, chain, home, within } = held
  const { sources, projector } = taking.ports
  await sources.tx((s) => dropHeld(s, origin, chain))
  try {
    for (let from = within; ; ) {
      const page = await askPeer(taking, at.chain, { of: home, within: from })
      // Its place was the peer's word, which nobody had checked: everything is looked at again.
      if (page.entries.some((one) => projector.chainOf(one.statement) !== chain)) return startAgain(taking)
      const before = taking.counting.adopted
      for (const one of page.entries) await adoptOne(taking, one)
      from = page.entries.at(-1)?.receipt.number ?? from
      if (page.end || taking.counting.adopted === before) return
    }
  } catch (error) {
    // It was erased there, is no longer for this node, or never stood there.
    if (isAppError(error) && error.code === 'not-found') return startAgain(taking)
    await sources.tx((s) => saveHeld(s, held))
    throw error
  }
}

const startAgain = async ({ ports, peer }: Taking): Promise<void> =>
  void (await ports.sources.tx((s) => saveCursor(s, peer.origin, { after: 0, within: 0 })))

/** What a round is made of: peers that were away, and what those said that lied, count by count. */
type Round = {
  readonly counting: Taking['counting']
  readonly away: Set<string>
  readonly lied: Record<string, number>
}

/** Where this node itself cannot go on the round ends; where a peer cannot, or lies, the others are asked. */
async function reach({ away, lied }: Round, taking: Taking, work: (taking: Taking) => Promise<void>): Promise<void> {
  const { origin } = taking.peer
  if (away.has(origin)) return
  await work(taking).catch((error) => {
    if (!isAppError(error) || (error.code.startsWith('journal-') && !isLie(error))) throw error
    away.add(origin)
    if (isLie(error)) lied[error.code] = (lied[error.code] ?? 0) + 1
  })
}

async function round(ports: ReplicaPorts): Promise<Pulled> {
  const now: Round = { counting: { adopted: 0, letters: 0 }, away: new Set(), lied: {} }
  const { counting, away, lied } = now
  const peers = ports.peers()
  for (const peer of peers) {
    const taking = { ports, peer, counting }
    await reach(now, taking, mirrorFrom)
    await reach(now, taking, pullFrom)
    await reach(now, taking, hearFrom)
  }
  await ports.doubts.look()
  for (const held of await ports.sources.tx(heldChains)) {
    const peer = peers.find((one) => one.origin === held.origin)
    if (peer) await reach(now, { ports, peer, counting }, (taking) => retry(taking, held))
  }
  const codes: Record<string, number> = {}
  for (const { code } of await ports.sources.tx(heldChains)) codes[code] = (codes[code] ?? 0) + 1
  return { ...counting, held: codes, lied, away: [...away] }
}

export type Replica = ReturnType<typeof createReplica>

export function createReplica(ports: ReplicaPorts) {
  let running: Promise<Pulled> | undefined
  let checking: Promise<Checked> | undefined
  return {
    /** Compares everything that is held here with what was signed, and fetches again what is damaged (N25). */
    check(): Promise<Checked> {
      ports.mirror.lookAgain()
      checking ??= checkAll(ports).finally(() => {
        checking = undefined
      })
      return checking
    },
    /** Waits for what runs. */
    async settle(): Promise<void> {
      await Promise.allSettled([running, checking])
    },
    /** One round; whoever asks while one runs gets that one. */
    pull(): Promise<Pulled> {
      running ??= round(ports).finally(() => {
        running = undefined
      })
      return running
    },
  }
}
