/**
 * Calls from a page to its device worker: plain data there, plain data or an AppError back, and news in between. Keys and
 * opened records' keys live in the worker; nothing here can ask for one.
 */
import { AppError, type Facts, isAppError } from '@salus/base/errors'

/** What a worker offers: verbs of plain data. */
export type Verbs = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>
/** The same as the page calls them. */
export type Remote<V extends Verbs> = { readonly [K in keyof V]: V[K] }
/** What the worker says on its own account: something changed, or how far it has come. */
export type News =
  | { readonly news: 'changed' }
  | { readonly news: 'progress'; readonly done: number; readonly of: number }
  | { readonly news: 'offline'; readonly offline: boolean }
  /** The node serves roots that follow nothing this device pinned. */
  | { readonly news: 'other-roots' }

type Asked = { readonly id: number; readonly verb: string; readonly args: readonly unknown[] }
type Answered =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly code: string; readonly facts: Facts }

/** What a worker's global scope is here; the DOM's own types describe a window. */
type Port = {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}

/** Tells the page something it did not ask for. */
export const tell = (news: News): void => (globalThis as unknown as Port).postMessage(news)

/** In the worker: answers calls by `verbs`. A fault that is none of ours says "internal" and nothing else. */
export function serve(verbs: Verbs): void {
  const port = globalThis as unknown as Port
  port.addEventListener('message', ({ data }) => {
    const { id, verb, args } = data as Asked
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    const work = run ? run(...(args as never[])) : Promise.reject(new AppError('internal'))
    work.then(
      (value) => port.postMessage({ id, value }),
      (error) => {
        const known = isAppError(error)
        if (!known) console.error(error)
        port.postMessage({ id, code: known ? error.code : 'internal', facts: known ? error.facts : {} })
      },
    )
  })
}

/** On the page: the worker's verbs, and its news. */
export function connect<V extends Verbs>(worker: Worker, heard: (news: News) => void): Remote<V> {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>()
  let last = 0
  worker.addEventListener('message', ({ data }: MessageEvent<Answered | News>) => {
    if ('news' in data) return heard(data)
    const one = waiting.get(data.id)
    waiting.delete(data.id)
    if ('code' in data) one?.reject(new AppError(data.code, data.facts))
    else one?.resolve(data.value)
  })
  // A worker that could not be loaded answers nobody: whoever waits hears of it.
  worker.addEventListener('error', () => {
    for (const { reject } of waiting.values()) reject(new AppError('internal'))
    waiting.clear()
  })
  const call = (verb: string, args: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, { resolve, reject })
      worker.postMessage({ id: last, verb, args } satisfies Asked)
    })
  return new Proxy({} as Remote<V>, {
    get: (_, verb) =>
      typeof verb === 'string' && verb !== 'then' ? (...args: unknown[]) => call(verb, args) : undefined,
  })
}

/** Verbs of a part of the device that is loaded when the first of them is asked for. */
export function late<M extends object, K extends keyof M & string>(
  load: () => Promise<M>,
  names: readonly K[],
): Pick<M, K> {
  const call =
    (name: K) =>
    async (...args: unknown[]) => {
      const verb = (await load())[name] as (...all: unknown[]) => Promise<unknown>
      return verb(...args)
    }
  return Object.fromEntries(names.map((name) => [name, call(name)])) as Pick<M, K>
}
