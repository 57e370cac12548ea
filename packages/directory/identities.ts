/** Two keyrings that are one person: merged by the desk, by words in both chains, and taken back the same way (D32). */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { Tx } from '@salus/base/sqlite'
import { type AnyKind, kind } from '@salus/journal/slice'
import { type DirectoryCode, identityJoined, identityMerged, identityUnmerged } from './contract.ts'
import { loadKeyring } from './directory.store.ts'
import { endMerge, joinMerge, mergeIn, mergesOf, saveMerge } from './identities.store.ts'

const refused = () => new AppError<DirectoryCode>('merge-refused')

/** Is this a patient of the desk's own organisation? */
async function ownPatient(v: Tx, handle: string, org: string): Promise<boolean> {
  const state = await loadKeyring(v, handle)
  return state?.kind === 'patient' && state.org === org
}

/** D32 Each stands in one merge at most: no chains of merges, no circle. */
const merged: AnyKind = kind({
  type: 'IdentityMerged',
  body: identityMerged,
  signers: ['desk'],
  async decide({ views, statement, body, chain, elsewhere }) {
    const { iss } = statement
    // D47 The other one of the two need not have a copy where this one has.
    const other = elsewhere || (await ownPatient(views, body.into, iss))
    const both = (await ownPatient(views, chain, iss)) && other
    if (
      !both ||
      chain === body.into ||
      (await mergeIn(views, chain, body.merge)) ||
      (await mergeIn(views, body.into, body.merge))
    )
      throw refused()
    const standing = [...(await mergesOf(views, chain)), ...(await mergesOf(views, body.into))]
    // Another may have gone on under the same one before; whoever goes on under somebody takes nobody along.
    if (standing.some((one) => one.target !== body.into || one.source === chain)) throw refused()
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
    const row = await mergeIn(views, chain, body.merge)
    if (!row && elsewhere) return
    const fits = row && row.target === chain && row.source === body.from && row.org === statement.iss
    if (!fits || row.joined !== null || row.ended) throw refused()
  },
  project: async (v, { body, index }) => void (await joinMerge(v, body.from, body.merge, index)),
})

const unmerged: AnyKind = kind({
  type: 'IdentityUnmerged',
  body: identityUnmerged,
  signers: ['desk'],
  async decide({ views, statement, body, chain, elsewhere }) {
    const row = await mergeIn(views, chain, body.merge)
    if (!row && elsewhere) return
    if (row?.org !== statement.iss) throw refused()
  },
  async project(v, { body, chain }) {
    const row = await mergeIn(v, chain, body.merge)
    if (row) await endMerge(v, row.source, row.id)
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
