/**
 * What a page of ours may do, as headers: scripts of this origin alone, none inline, none made from text; nothing is asked of
 * anybody else. The service worker has them written in, so that a change of theirs is a change of its bytes.
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
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
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
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(), microphone=()',
  'x-frame-options': 'DENY',
}

/** The media type of a file of the bundle. */
export const typeOf = (path: string): string => types[/\.\w+$/.exec(path)?.[0] ?? ''] ?? 'application/octet-stream'
