/** Trusted Types: the only scripts a page may load by address are its own bundle's. */

type Policy = { createScriptURL(url: string): string }
type Factory = { createPolicy(name: string, rules: Policy): Policy }

const own = (url: string): string => {
  const { origin, pathname } = new URL(url, location.href)
  if (origin === location.origin && (pathname === '/sw.js' || /^\/assets\/[\w.-]+\.m?js$/.test(pathname))) return url
  throw new TypeError('not a script of this bundle')
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes
const policy = factory?.createPolicy('salus', { createScriptURL: own })

/** The address as the platform wants it: a TrustedScriptURL where there is such a thing. */
export const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? own(url)
