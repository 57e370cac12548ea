/** What hospitals send the ledger: signed heads of journals that grow, each with the proof that it extends the one before. */
import { base64url, utf8 } from '@salus/base/bytes'
import {
  completeSubtrees,
  createFrontier,
  type FrontierState,
  leafHash,
  merkleRoot,
  type Span,
  subtreesForConsistency,
} from '@salus/crypto/merkle'
import type { Bodies } from '@salus/ledger/contract'
import { createSender, sampleGenesis, sampleOrganisation } from '@salus/ledger/samples'

const HOSPITALS = 32
/** Entries that stand in each journal before its first head: from there on a proof is as long as a real one. */
const BEFORE = 10_000
/** Entries between two heads. */
const BETWEEN = 10

const leavesOf = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(utf8(`sample ${from + i}`)))

function frontierOf(size: number): FrontierState {
  const frontier = createFrontier()
  for (const leaf of leavesOf(0, size)) frontier.append(leaf)
  return frontier.state()
}

/**
 * A journal of which the frontier alone is kept, so that 10^5 heads need no memory: what a proof lists is a complete
 * subtree of the tree before, or made of leaves that are new.
 */
function createJournal(origin: string, begun: FrontierState) {
  const frontier = createFrontier(begun)
  let first = true
  return (): Bodies['log.advance'] => {
    const before = frontier.state()
    const fresh = leavesOf(before.size, BETWEEN)
    for (const leaf of fresh) frontier.append(leaf)
    const at = completeSubtrees(0, before.size).map(({ level, index }) => index * 2 ** level)
    const hashOf = ([start, end]: Span) =>
      start < before.size
        ? (before.hashes[at.indexOf(start)] as Uint8Array)
        : merkleRoot(fresh.slice(start - before.size, end - before.size))
    const proof = first ? [] : subtreesForConsistency(before.size, frontier.size).map(hashOf)
    first = false
    return {
      origin,
      size: frontier.size,
      root: base64url(frontier.root()),
      proof: proof.map((hash) => base64url(hash)),
    }
  }
}

/** Sample hospitals and a chain that begins with them; `begin` gives their heads from the first on, for a ledger that is empty. */
export async function sampleHeads() {
  const names = Array.from({ length: HOSPITALS }, (_, nth) => `sample-${nth + 1}`)
  const organisations = await Promise.all(names.map((name) => sampleOrganisation(name, `log.${name}.example`)))
  const frontier = frontierOf(BEFORE)
  const begin = () => {
    const each = organisations.map(({ org, keys, journal }) => ({
      sender: createSender(org, keys),
      advance: createJournal(journal?.origin ?? '', frontier),
    }))
    let next = 0
    return async (count: number): Promise<string[]> => {
      const txs: string[] = []
      for (let i = 0; i < count; i++) {
        const { sender, advance } = each[next++ % HOSPITALS] as (typeof each)[number]
        txs.push(await sender.next('log.advance', advance()))
      }
      return txs
    }
  }
  return { genesis: sampleGenesis(organisations), origin: organisations[0]?.journal?.origin ?? '', begin }
}
export type Heads = ReturnType<Awaited<ReturnType<typeof sampleHeads>>['begin']>
