/** Two records of this organisation that are one person: joined, and separated again. Nothing is moved. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import { identityJoined } from '@salus/directory/contract'
import { mergeIdentities, unmergeIdentities } from '@salus/directory/device/desk'
import { checkKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { parseStatement } from '@salus/journal/statement'
import { type AtDesk, alone, atDesk } from './open.ts'
import { namesOf } from './register.ts'

/** Where a record went, as this browser did it: the keyring of the one that goes on says it for everybody. */
type Merged = Readonly<Record<string, { readonly merge: string; readonly into: string }>>
const mergedOf = async ({ store, id }: AtDesk): Promise<Merged> => (await store.read<Merged>(`merged-${id}`)) ?? {}

/** A record that is joined to the one looked at. */
export type Joined = {
  readonly merge: string
  readonly from: string
  readonly into: string
  readonly name: string
}

/** The desk's own statements in the keyring's view, checked with it. */
async function joinedTo({ link }: AtDesk, handle: Handle): Promise<{ merge: string; from: Handle }[]> {
  const view = await link.call(directoryEndpoints.keyring, { input: { handle } })
  await checkKeyring(view, handle, link.roots, link.logs)
  return view.merges.map((token) => checkWith(identityJoined, parseStatement(token).body))
}

/** What is joined with this record: those that go on here, and the one this goes on in. */
export async function joined(handle: Handle): Promise<Joined[]> {
  const at = await atDesk()
  const known = await namesOf(at)
  const nameOf = (one: string) => known.get(one)?.name || one
  const here = (await joinedTo(at, handle)).map(({ merge, from }) => ({
    ...{ merge, from, into: handle, name: nameOf(from) },
  }))
  const away = (await mergedOf(at))[handle]
  return away ? [...here, { ...away, from: handle, name: nameOf(away.into) }] : here
}

/** Joins two: new documents go to `into`, both are asked for. */
export const merge = (from: Handle, into: Handle): Promise<void> =>
  alone(async () => {
    if (from === into) throw new AppError('merge-refused')
    const at = await atDesk()
    const id = await mergeIdentities(at.link, at.desk, from, into)
    await at.store.write(`merged-${at.id}`, { ...(await mergedOf(at)), [from]: { merge: id, into } })
  })

/** Separates them again. */
export const unmerge = ({ merge: id, from, into }: Joined): Promise<void> =>
  alone(async () => {
    const at = await atDesk()
    await unmergeIdentities(at.link, at.desk, id, [from as Handle, into as Handle])
    const { [from]: _, ...rest } = await mergedOf(at)
    await at.store.write(`merged-${at.id}`, rest)
  })
