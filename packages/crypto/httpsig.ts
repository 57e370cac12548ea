/**
 * HTTP message signatures (RFC 9421) with Ed25519 (§3.3.6), between nodes. One profile, written and read to the letter: who
 * asks, what exactly, of which node, when, once. Anything else is no signature; nothing is negotiated.
 */
import { base64, fromBase64, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { CryptoCode } from './errors.ts'
import { sha256 } from './hash.ts'
import type { SigningKey, VerifyEd25519 } from './jws.ts'

/** A component's name and its value, in the order they are signed (§2). */
type Component = readonly [name: string, value: string]

/** What a node's request is signed over. `to` names the node it is for: who passes it on cannot make it its own (header salus-to). */
export type SignedRequest = {
  readonly method: string
  /** As it was asked for; scheme aside, since a proxy ends TLS. */
  readonly url: string
  readonly to: string
  readonly body?: Uint8Array | undefined
  /** What somebody else proves by the request that this one carries on (RFC 9449 §7.1); nothing: the node asks for itself. */
  readonly carried?: Carried | undefined
}
/** The credentials of whose request it is; neither where that is nobody in particular. */
export type Carried = { readonly authorization?: string | undefined; readonly dpop?: string | undefined }
/** Who signed, when (seconds), and the letters that make this request the only one of its kind. */
export type Signing = { readonly keyid: string; readonly created: number; readonly nonce: string }

/** How far the two clocks may be apart, seconds: a nonce is remembered for that long either way. */
export const SIGNATURE_WINDOW = 60
const TAG = 'salus-node'
/** Of a request that is carried on: what a node asks for itself is never taken for it, nor it for that. */
const CARRIED = 'salus-carried'
const LABEL = 'sig'
/** Nonces of one key remembered at once; beyond, that one is not let in rather than twice. */
const MAX_NONCES = 100_000

const invalid = () => new AppError<CryptoCode>('signature-invalid')
const name = ([one]: Component) => `"${one}"`

/** The signature base (§2.5): one line a component, the parameters last. */
export const signatureBase = (components: readonly Component[], params: string): string =>
  [...components.map((one) => `${name(one)}: ${one[1]}`), `"@signature-params": ${params}`].join('\n')

/** `Content-Digest` of a body (RFC 9530 §2), SHA-256. */
export const contentDigest = (body: Uint8Array): string => `sha-256=:${base64(sha256(body))}:`

/** What is covered: always the same, in the same order; the body where there is one. */
function components({ method, url, to, carried }: SignedRequest, digest: string | undefined): Component[] {
  const { host, pathname, search } = new URL(url)
  const fixed: Component[] = [
    ['@method', method],
    ['@authority', host],
    ['@path', pathname],
    // An absent query is "?" (§2.2.7).
    ['@query', search === '' ? '?' : search],
    ['salus-to', to],
  ]
  const more = { 'content-digest': digest, authorization: carried?.authorization, dpop: carried?.dpop }
  return [
    ...fixed,
    ...Object.entries(more).flatMap(([one, value]): Component[] => (value === undefined ? [] : [[one, value]])),
  ]
}

const paramsOf = (covered: readonly Component[], { created, keyid, nonce }: Signing, carried: boolean): string =>
  `(${covered.map(name).join(' ')});created=${created};keyid="${keyid}";nonce="${nonce}";tag="${carried ? CARRIED : TAG}"`

async function signed(key: SigningKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (typeof key === 'function') return key(message)
  return new Uint8Array(await crypto.subtle.sign('Ed25519', key, message))
}

/** Signs one request; answers the headers that go with it. `keyid` and `nonce` are plain letters without quotes. */
export async function signRequest(
  key: SigningKey,
  request: SignedRequest,
  by: Signing,
): Promise<Record<string, string>> {
  if (!KEYID.test(by.keyid) || !NONCE.test(by.nonce)) throw invalid()
  const digest = request.body === undefined ? undefined : contentDigest(request.body)
  const covered = components(request, digest)
  const params = paramsOf(covered, by, request.carried !== undefined)
  const signature = await signed(key, utf8(signatureBase(covered, params)))
  return {
    'salus-to': request.to,
    ...(digest === undefined ? {} : { 'content-digest': digest }),
    'signature-input': `${LABEL}=${params}`,
    signature: `${LABEL}=:${base64(signature)}:`,
  }
}

const KEYID = /^[a-z0-9][a-z0-9.-]{1,98}$/
const NONCE = /^[\w-]{22}$/
const INPUT =
  /^sig=(\((?:"[a-z@-]{3,20}"(?: (?=")|(?=\))){0,1}){5,8}\);created=(\d{1,10});keyid="([a-z0-9.-]{2,99})";nonce="([\w-]{22})";tag="salus-(?:node|carried)")$/
const SIGNATURE = /^sig=:([A-Za-z0-9+/]{86}==):$/

/** Does the node carry on what somebody else asks, rather than ask for itself? Its signature then says so, or it is none. */
export const isCarried = (input: string): boolean => input.endsWith(`;tag="${CARRIED}"`)

/** The headers a signature stands in, as they came; a header that stands twice comes joined by a comma and is refused. */
export type SignatureHeaders = {
  readonly to: string
  readonly input: string
  readonly signature: string
  readonly digest?: string | undefined
}

/** Signature of one request, not yet verified. Throws `signature-invalid` for all that is not written as `signRequest` writes. */
function read(request: Omit<SignedRequest, 'body'>, headers: SignatureHeaders) {
  const input = INPUT.exec(headers.input)
  const value = SIGNATURE.exec(headers.signature)?.[1]
  if (!input || value === undefined || headers.to !== request.to) throw invalid()
  const [, params = '', created, keyid = '', nonce = ''] = input
  const by: Signing = { created: Number(created), keyid, nonce }
  const covered = components(request, headers.digest)
  // Made again from what is asked here, it must be the same to the letter.
  if (!KEYID.test(keyid) || paramsOf(covered, by, request.carried !== undefined) !== params) throw invalid()
  return { by, base: utf8(signatureBase(covered, params)), signature: fromBase64(value) }
}

/** Whose key it is: undefined for nobody that is known. */
export type KeyOf = (keyid: string) => Promise<string | undefined> | string | undefined

/** Remembers which nonces were used while they could be used again; true: it was there. Full, it takes none (fail closed). */
function createNonces(limit: number) {
  const seen = new Map<string, number>()
  return (nonce: string, now: number): boolean => {
    for (const [one, until] of seen) {
      if (until >= now) break
      seen.delete(one)
    }
    if (seen.has(nonce)) return true
    if (seen.size >= limit) return true
    // As long as any request of now could come again, so that they end in the order they came.
    seen.set(nonce, now + 3 * SIGNATURE_WINDOW)
    return false
  }
}

/** Hears of a request that a known key signed rightly, so many seconds ahead of this clock (below 0: behind) that it was refused. */
type Late = (by: Signing, apart: number) => void

/**
 * The receiver's check: known key, right signature, within a minute of this clock, for this node, once. Answers who signed;
 * throws `signature-invalid` without saying which of these it was. State with a lifetime: one per node.
 */
export function createSignatureCheck(verify: VerifyEd25519, keyOf: KeyOf, limit = MAX_NONCES, late?: Late) {
  const used = new Map<string, ReturnType<typeof createNonces>>()
  return async (request: Omit<SignedRequest, 'body'>, headers: SignatureHeaders, now: number): Promise<Signing> => {
    const { by, base, signature } = readable(() => read(request, headers))
    const key = await keyOf(by.keyid)
    if (key === undefined || !(await verify(key, base, signature))) throw invalid()
    const apart = by.created - now
    if (Math.abs(apart) > SIGNATURE_WINDOW) {
      late?.(by, apart)
      throw invalid()
    }
    // Last: nobody but a known key fills the memory.
    const own = used.get(by.keyid) ?? createNonces(limit)
    used.set(by.keyid, own)
    if (own(by.nonce, now)) throw invalid()
    return by
  }
}

function readable<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw isAppError(error) || error instanceof TypeError ? invalid() : error
  }
}
