/**
 * The service worker: serves the bundle it was built with and refuses every other byte. What a node hands out is compared
 * with the digests written in here before a page sees it; without a network the same files come from the cache.
 */
import { doors } from './doors.ts'
import { addressesIn, headersOf, isPhone, typeOf } from './headers.ts'

/** Digest of each file by its path, and of all of them: written in when the bundle is made. */
declare const SALUS_FILES: Readonly<Record<string, string>>
declare const SALUS_BUNDLE: string

type Extendable = Event & { waitUntil(work: Promise<unknown>): void }
type Fetching = Event & { readonly request: Request; respondWith(answer: Promise<Response>): void }
type Pushed = Extendable
type Clicked = Extendable & { readonly notification: { close(): void } }
type Scope = {
  skipWaiting(): Promise<void>
  readonly clients: {
    claim(): Promise<void>
    matchAll(what: object): Promise<readonly { readonly url: string; focus(): Promise<unknown> }[]>
    openWindow(url: string): Promise<unknown>
  }
  readonly registration: { showNotification(title: string, options: object): Promise<void> }
  addEventListener(type: string, listener: (event: never) => void): void
}
const scope = globalThis as unknown as Scope

/** A cache for each bundle: a release that changes one byte of one file, or a header, has another. */
const CACHE = `salus-${SALUS_BUNDLE}`

const pathOf = (url: string): string => {
  const { pathname } = new URL(url)
  return pathname.endsWith('/') ? `${pathname}index.html` : pathname
}

const base64url = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** Both languages: nothing else of the app is there to ask for one. */
const refusal = (): Response =>
  new Response(
    '<!doctype html><meta charset="utf-8"><title>Salus</title><h1>Salus</h1><p>This file is not the one this app was built with. It was not opened. Ask the organisation, or compare with: salus verify-app.</p><p lang="fr">Ce fichier n’est pas celui de cette application. Il n’a pas été ouvert. Demandez à l’organisme, ou comparez avec : salus verify-app.</p>',
    {
      status: 502,
      headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" },
    },
  )

const isRight = async (path: string, bytes: ArrayBuffer): Promise<boolean> =>
  base64url(await crypto.subtle.digest('SHA-256', bytes)) === SALUS_FILES[path]

/** How long the node may take to say which other hospitals there are, milliseconds. */
const PATIENCE_MS = 2_000

/**
 * The other hospitals that the patient's worker may tell what is taken back: asked of the node each time, kept nowhere. A node that names
 * a stranger gains nothing: what the worker sends it could send to the node itself, which could pass it on.
 */
async function addressesFor(path: string): Promise<string[]> {
  if (!isPhone(path)) return []
  const asked = { method: 'HEAD', cache: 'no-store', credentials: 'omit' } as const
  return fetch(path, { ...asked, signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    ({ headers }) => addressesIn(headers.get('content-security-policy')),
    () => [],
  )
}

/** The file under our own headers, whatever came along with it. */
const answerOf = async (path: string, bytes: ArrayBuffer): Promise<Response> =>
  new Response(bytes, {
    headers: {
      ...headersOf(path, await addressesFor(path)),
      'content-type': typeOf(path),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    },
  })

/** Fetches a file and holds it against its digest; throws when it is another. */
async function fetchChecked(path: string): Promise<Response> {
  const response = await fetch(path.replace(/index\.html$/, ''), { cache: 'no-cache', credentials: 'omit' })
  const bytes = await response.arrayBuffer()
  if (!response.ok || !(await isRight(path, bytes))) throw new TypeError('not the file of the manifest')
  return answerOf(path, bytes)
}

/** What lies in the cache is looked at again: whatever runs in a page could have put something else there. */
async function answer(path: string): Promise<Response> {
  const cache = await caches.open(CACHE)
  const kept = await cache.match(path)
  const bytes = await kept?.arrayBuffer()
  if (bytes && (await isRight(path, bytes))) return answerOf(path, bytes)
  try {
    const fresh = await fetchChecked(path)
    await cache.put(path, fresh.clone())
    return fresh
  } catch {
    return refusal()
  }
}

scope.addEventListener('install', (event: Extendable) => {
  const all = async () => {
    const cache = await caches.open(CACHE)
    for (const path of Object.keys(SALUS_FILES)) await cache.put(path, await fetchChecked(path))
    await scope.skipWaiting()
  }
  event.waitUntil(all())
})

scope.addEventListener('activate', (event: Extendable) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name)
    await scope.clients.claim()
  }
  event.waitUntil(tidy())
})

scope.addEventListener('fetch', (event: Fetching) => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return
  const path = pathOf(request.url)
  const door = Object.hasOwn(doors, path) ? doors[path] : undefined
  if (door) event.respondWith(Promise.resolve(Response.redirect(door, 302)))
  else if (Object.hasOwn(SALUS_FILES, path)) event.respondWith(answer(path))
  // A script or a page that the manifest does not name is none of ours.
  else if (['document', 'script', 'style', 'worker'].includes(request.destination))
    event.respondWith(Promise.resolve(refusal()))
})

// An empty push says "look", and nothing else: what is new is fetched and checked by the app itself.
scope.addEventListener('push', (event: Pushed) => {
  const french = navigator.language.startsWith('fr')
  const body = french ? 'Quelque chose de nouveau vous attend.' : 'Something new waits for you.'
  event.waitUntil(scope.registration.showNotification('Salus', { body, tag: 'salus', icon: '/icon.svg' }))
})

scope.addEventListener('notificationclick', (event: Clicked) => {
  event.notification.close()
  const open = async () => {
    const [there] = await scope.clients.matchAll({ type: 'window' })
    await (there ? there.focus() : scope.clients.openWindow('/patient/'))
  }
  event.waitUntil(open())
})
