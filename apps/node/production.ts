/**
 * Production mode (N9): `SALUS_MODE=production`. No demonstration, TLS or a declared proxy, the node's own keys from a folder
 * apart that nobody else may read. What is missing is listed whole, not one by one at each start.
 */
import { accessSync, constants, existsSync, lstatSync, readlinkSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { isDemonstration, isFounded } from './found.ts'
import { keyFile, keysOf, ownKeys, pushKeyFile } from './keys.ts'

/** What a host read from its environment. */
export type Mode = {
  readonly production: boolean
  readonly dir: string
  /** SALUS_KEYS: a folder with the node's own keys. */
  readonly keys: string | undefined
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  /** SALUS_PROXY=declared: somebody in front speaks TLS, and the operator says so. */
  readonly proxy: boolean
  /** SALUS_ERASED: where erasures are remembered. */
  readonly erased: string
}

export const productionChecks = ['founded', 'demonstration', 'transport', 'keys', 'key-modes', 'erased'] as const
export type ProductionCheck = { readonly name: (typeof productionChecks)[number]; readonly ok: boolean }

/** Where erasures are remembered when nobody says otherwise: beside the data folder, so that no copy of it has them. */
export const erasedBeside = (dir: string): string => `${resolve(dir)}-erased.log`

/** Reads the variables that say how a node runs over `dir`. */
export function readMode(env: Readonly<Record<string, string | undefined>>, dir: string): Mode {
  const { SALUS_TLS_CERT: cert, SALUS_TLS_KEY: key } = env
  return {
    production: env.SALUS_MODE === 'production',
    dir,
    keys: env.SALUS_KEYS || undefined,
    tls: cert && key ? { cert, key } : undefined,
    proxy: env.SALUS_PROXY === 'declared',
    erased: env.SALUS_ERASED || erasedBeside(dir),
  }
}

const readable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** More links one after another than any system follows. */
const MOST_LINKS = 40

/** What a link says; undefined for anything else, and for what cannot be looked at. */
function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}

/** Where `path` really is; or would be, from what exists of it: also a link to a file that is still to be made. */
function placeOf(path: string, links = 0): string {
  const whole = resolve(path)
  if (dirname(whole) === whole || links > MOST_LINKS) return whole
  const place = join(placeOf(dirname(whole), links), basename(whole))
  const target = linkAt(place)
  return target === undefined ? place : placeOf(resolve(dirname(place), target), links + 1)
}

/** Is `path` inside `dir`, or `dir` itself? */
function inside(dir: string, path: string): boolean {
  const way = relative(placeOf(dir), placeOf(path))
  return way !== '..' && !way.startsWith(`..${sep}`)
}

/** What production needs, each with whether it is there; all of them, in one order. */
export function checkProduction(mode: Mode): ProductionCheck[] {
  const { dir, keys, tls, proxy, erased } = mode
  const files = ownKeys.map((name) => keyFile(keys ?? keysOf(dir), name))
  const apart = keys !== undefined && !inside(dir, keys) && files.every(readable)
  // Owner only, and nothing more than reading and writing.
  const secret = [
    ...files,
    ...[pushKeyFile(keys ?? keysOf(dir))].filter(existsSync),
    ...(tls && readable(tls.key) ? [tls.key] : []),
  ]
  const closed = secret.every((path) => readable(path) && (statSync(path).mode & 0o177) === 0)
  return [
    { name: 'founded', ok: isFounded(dir) },
    { name: 'demonstration', ok: !existsSync(join(dir, 'demo.json')) && !isDemonstration(dir) },
    { name: 'transport', ok: proxy || (tls !== undefined && readable(tls.cert) && readable(tls.key)) },
    { name: 'keys', ok: apart && !ownKeys.some((name) => existsSync(keyFile(keysOf(dir), name))) },
    { name: 'key-modes', ok: closed },
    { name: 'erased', ok: !inside(dir, erased) },
  ]
}
