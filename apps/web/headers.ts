/**
 * What a page of ours may do, as headers: scripts of this origin alone, none inline, none made from text; nothing is asked of
 * anybody else, but for one worker (`headersOf`). The service worker has them written in, so that a change of theirs is a change of its bytes.
 */

/** By the ending of a file's name. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
}

/** CSP level 3 with Trusted Types. Images and files of a record are shown from memory (blob:). */
const policy = (others: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    ["connect-src 'self'", ...others].join(' '),
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types salus',
  ].join('; ')

/** What goes along with every file of the bundle, from the node and from the service worker alike. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy([]),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), microphone=()',
  'x-frame-options': 'DENY',
}

/** The worker in which a patient's device lives, as the build names it. */
export const isPhone = (path: string): boolean => /^\/?assets\/patient-worker-[\w-]+\.js$/.test(path)

/** Over TLS, or on this machine alone: anything else is no hospital's address. */
function originOf(address: string): string[] {
  const url = URL.parse(address)
  const near = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  return url && (url.protocol === 'https:' || near) ? [url.origin] : []
}

/**
 * D41 The patient's worker, and no page, also asks the nodes that the ledger names at `addresses`: it tells them what is taken back.
 * Everything else asks its own node alone.
 */
export function headersOf(path: string, addresses: readonly string[]): Readonly<Record<string, string>> {
  if (!isPhone(path)) return pageHeaders
  const others = [...new Set(addresses.flatMap(originOf))].sort()
  return { ...pageHeaders, 'content-security-policy': policy(others) }
}

/** The addresses that such a policy names. */
export const addressesIn = (found: string | null): string[] =>
  (found ?? '')
    .split(';')
    .map((one) => one.trim().split(/\s+/))
    .filter(([name]) => name === 'connect-src')
    .flatMap(([, ...all]) => all.filter((one) => one !== "'self'"))

/** The media type of a file of the bundle. */
export const typeOf = (path: string): string => types[/\.\w+$/.exec(path)?.[0] ?? ''] ?? 'application/octet-stream'
