/** The page's side of a device: one worker, what it says on its own account, and how pages ask it. */

import { scriptUrl } from '@salus/ui/web/trusted'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { queries } from './mount.tsx'
import { connect, type News, type Remote, type Verbs } from './rpc.ts'

/** Is the node out of reach, are its roots others than this device's; how far has something come. */
export type Heard = Progressed & { readonly offline: boolean; readonly otherRoots: boolean }
type Progressed = { readonly done: number | undefined; readonly of: number | undefined }

let heard: Heard = { offline: false, otherRoots: false, done: undefined, of: undefined }
const listeners = new Set<() => void>()

function hear(news: News): void {
  if (news.news === 'changed') {
    void queries.invalidateQueries()
    return
  }
  if (news.news === 'offline') heard = { ...heard, offline: news.offline }
  else if (news.news === 'other-roots') heard = { ...heard, otherRoots: true }
  else heard = { ...heard, done: news.done, of: news.of }
  for (const one of listeners) one()
}

/** Starts the worker at `address`; its verbs. */
export const startDevice = <V extends Verbs>(address: string): Remote<V> =>
  connect<V>(new Worker(scriptUrl(address), { type: 'module', name: 'device' }), hear)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
/** What the worker says. */
export const useHeard = (): Heard => useSyncExternalStore(subscribe, () => heard)

/** Asks the device; asked again whenever something changed. */
export const useAsked = <T>(key: readonly unknown[], ask: () => Promise<T>) => useQuery({ queryKey: key, queryFn: ask })

/** Has the device do something; everything shown is asked anew afterwards. */
export const useDoing = <A, T>(work: (input: A) => Promise<T>, then?: (made: T) => void) =>
  useMutation({
    mutationFn: work,
    onSuccess: (made: T) => {
      void queries.invalidateQueries()
      then?.(made)
    },
  })
