/** D42 What a device pinned, followed to the newest version that its node hands out: by the rule of D39, never by the node's word. */
import type { Call } from '@salus/base/endpoint'
import { type Consortium, followRoots, MOST_VERSIONS, type Roots } from '../consortium.ts'
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
