/** N19 The market's object store as desks' pages reach it: bounded both ways, each object under its digest. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { base64url, utf8 } from '@salus/base/bytes'
import { type Bound, bind } from '@salus/base/endpoint'
import { parseJson } from '@salus/base/json'
import { MAX_OBJECT, marketEndpoints } from '@salus/market/endpoints'
import { type ObjectStore, openStore } from '@salus/market/store'

/** Where a node's objects are when nothing else is said. */
export const storeIn = (dir: string): string => pathToFileURL(join(dir, 'store')).href

/** Binds what desks may ask of the store at `url`. Its folder is opened at the first question: a node without a market has none. */
export function objectRoutes(url: string): Bound[] {
  let opened: Promise<ObjectStore> | undefined
  const store = () => {
    opened ??= openStore(url)
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
  return [
    bind(marketEndpoints.object, async ({ params }) => ({
      bytes: base64url(await (await store()).get(params.digest, MAX_OBJECT)),
    })),
    bind(marketEndpoints.put, async ({ input }) => {
      // Parameters and nothing else: what is no JSON is refused before anything is written.
      parseJson(input.text)
      const { digest } = await (await store()).put([utf8(input.text)])
      return { digest }
    }),
  ]
}
