/** Pages of an app as rows: an address and what is loaded when somebody goes there. */
import { type ComponentType, lazy, type ReactNode, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { Caught } from './mount.tsx'

/** A component that may be drawn without being told anything. */
type Page = ComponentType

/** The page called `name` of a module that is loaded late; a name that is none of its pages does not compile. */
export const page = <M extends Record<K, Page>, K extends keyof M>(load: () => Promise<M>, name: K) =>
  lazy(async () => ({ default: (await load())[name] as Page }))

export type Pages = readonly (readonly [path: string, page: Page])[]

/** The page whose address it is; the first one where none is. A page that fails leaves the others standing. */
export function PageOf({ pages, loading }: { pages: Pages; loading: ReactNode }) {
  const First = pages[0]?.[1]
  return (
    <Caught>
      <Suspense fallback={loading}>
        <Switch>
          {pages.map(([path, One]) => (
            <Route key={path} path={path} component={One} />
          ))}
          {First ? <Route component={First} /> : null}
        </Switch>
      </Suspense>
    </Caught>
  )
}
