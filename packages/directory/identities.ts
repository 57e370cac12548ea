/** Two keyrings that are one person: merged by the desk, by words in both chains, and taken back the same way (D32). */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { type AnyKind, type Deciding, kind } from '@salus/journal/slice'
import { type DirectoryCode, identityJoined, identityMerged, identityUnmerged } from './contract.ts'
import { loadKeyring } from './directory.store.ts'
import { endMerge, joinMerge, mergeIn, mergesOf, saveMerge } from './identities.store.ts'

const refused = () => new AppError<DirectoryCode>('merge-refused')

/** Is this a patient of the desk's own organisation? */
async function ownPatient(v: Tx, handle: string, org: string): Promise<boolean> {
  const state = await loadKeyring(v, handle)
  return state?.kind === 'patient' && state.org === org
}

type Merging = Pick<Deciding<{ merge: string }>, 'views' | 'statement' | 'body' | 'chain'>

/** Nothing stands in the way of `chain` going on under `into`: no chains of merges, no circle. */
async function isFree({ views, statement, body, chain }: Merging, into: string): Promise<boolean> {
  if (await mergeIn(views, into, body.merge, statement.iss)) return false
  const standing = [...(await mergesOf(views, chain)), ...(await mergesOf(views, into))]
  // Another may have gone on under the same one before; whoever goes on under somebody takes nobody along. Of another desk is no word here.
  return standing.every((one) => one.org !== statement.iss || (one.target === into && one.source !== chain))
}

/**
 * D32 Each stands in one merge at most. D47 At a copy the other one of the two need not be, nor what else was merged with it: what is here
 * is asked, of the rest the home did.
 */
const merged: AnyKind = kind({
  type: 'IdentityMerged',
  body: identityMerged,
  signers: ['desk'],
  async decide({ views, statement, body, chain, elsewhere }) {
    const { iss } = statement
    const unseen = elsewhere && !(await loadKeyring(views, body.into))
    const both = (await ownPatient(views, chain, iss)) && (unseen || (await ownPatient(views, body.into, iss)))
    if (!both || chain === body.into || (await mergeIn(views, chain, body.merge, iss))) throw refused()
    if (!elsewhere && !(await isFree({ views, statement, body, chain }, body.into))) throw refused()
  },
  async project(v, { statement, body, chain }) {
    await saveMerge(v, { id: body.merge, source: chain, target: body.into, org: statement.iss })
  },
})

const joined: AnyKind = kind({
  type: 'IdentityJoined',
  body: identityJoined,
  signers: ['desk'],
  async decide({ views, statement, body, chain, elsewhere }) {
    if (!(await ownPatient(views, chain, statement.iss))) throw refused()
    const row = await mergeIn(views, chain, body.merge, statement.iss)
    if (!row && elsewhere) return
    if (row?.target !== chain || row.source !== body.from || row.joined !== null || row.ended) throw refused()
  },
  project: async (v, { statement, body, index }) =>
    void (await joinMerge(v, { source: body.from, id: body.merge, org: statement.iss }, index)),
})

const unmerged: AnyKind = kind({
  type: 'IdentityUnmerged',
  body: identityUnmerged,
  signers: ['desk'],
  async decide({ views, statement, body, chain, elsewhere }) {
    if (!(await ownPatient(views, chain, statement.iss))) throw refused()
    if (!elsewhere && !(await mergeIn(views, chain, body.merge, statement.iss))) throw refused()
  },
  async project(v, { statement, body, chain }) {
    const row = await mergeIn(v, chain, body.merge, statement.iss)
    if (row) await endMerge(v, row)
  },
})

/** Kinds of merging. */
export const identityKinds: readonly AnyKind[] = [merged, joined, unmerged]

/** Where new documents about `handle` go. */
export async function mergedInto(v: Tx, handle: string): Promise<Handle | undefined> {
  return (await mergesOf(v, handle)).find((one) => one.source === handle && one.joined !== null)?.target
}

/** Indexes of the entries by which others go on under `handle`. */
export async function joinedTo(v: Tx, handle: string): Promise<number[]> {
  const rows = await mergesOf(v, handle)
  return rows.flatMap((one) => (one.target === handle && one.joined !== null ? [one.joined] : []))
}
