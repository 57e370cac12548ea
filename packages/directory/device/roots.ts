/** D42 What a device pinned, followed to the newest version that its node hands out: by the rule of D39, never by the node's word. */
import type { Call } from '@salus/base/endpoint'
import { isAppError } from '@salus/base/errors'
import { type Consortium, followRoots, MOST_VERSIONS, openConsortium, type Roots } from '../consortium.ts'
import { directoryEndpoints } from '../endpoints.ts'

/** What came after a version that is pinned: the last of `files` takes its place. */
export type Newer = { readonly roots: Roots; readonly files: readonly [Consortium, ...Consortium[]] }

/** What takes the place of `pinned`; undefined where there is nothing newer. Throws where one is no successor of the one before. */
export async function newerRoots(call: Call, pinned: Roots): Promise<Newer | undefined> {
  const all: Consortium[] = []
  let roots = pinned
  for (;;) {
    const { files } = await call(directoryEndpoints.versions, { query: { after: roots.version } })
    const texts = files.map((one) => JSON.stringify(one))
    roots = await followRoots(roots, texts)
    all.push(...files)
    const [first, ...rest] = all
    if (files.length < MOST_VERSIONS) return first && { roots, files: [first, ...rest] }
  }
}

/** What is wrong with the versions themselves; anything else is the way to the node, or the node. */
const unfollowed: ReadonlySet<string> = new Set([
  ...['roots-chain', 'roots-older', 'roots-skipped', 'roots-minority', 'organisation-unknown', 'jws-invalid'],
])

/** Another ledger's roots, or another text of the version that is pinned. A node that is behind says nothing against it. */
async function isOther(call: Call, pinned: Roots): Promise<boolean> {
  const served = await openConsortium(JSON.stringify(await call(directoryEndpoints.consortium)))
  if (served.chain !== pinned.chain || served.genesis !== pinned.genesis) return true
  return served.version === pinned.version && JSON.stringify(served) !== JSON.stringify(pinned)
}

/** D42 As `newerRoots`; `other` where what the node serves follows nothing that is pinned: that is for the person to hear. */
export async function servedRoots(call: Call, pinned: Roots): Promise<Newer | 'other' | undefined> {
  try {
    return (await newerRoots(call, pinned)) ?? ((await isOther(call, pinned)) ? 'other' : undefined)
  } catch (error) {
    if (isAppError(error) && unfollowed.has(error.code)) return 'other'
    throw error
  }
}
