/**
 * Web Push without content (RFC 8030), signed by this node (VAPID, RFC 8292). Addresses come from whoever signs in: none may lead into
 * the node's own network, whatever its name resolves to, at the time it is asked for and each time it is used.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type LookupAddress, lookup } from 'node:dns'
import { existsSync, mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request as askHttp } from 'node:http'
import { request as askHttps } from 'node:https'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import { base64url, fromBase64url, utf8 } from '@salus/base/bytes'
import { type Clock, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import type { Pushed, Pusher } from '@salus/directory/push/service'
import type { NodeCode } from './errors.ts'
import { pushKeyFile } from './keys.ts'

export type PusherPorts = {
  /** Folder of the node's keys: `push.key` is made there when it is first needed. */
  readonly keys: string
  /** Name of this node's log: says to the push service who sends. */
  readonly origin: string
  readonly clock: Clock
  /** Addresses that are asked all the same: those of a test or a demonstration. */
  readonly also?: (url: URL) => boolean
  /** How names are looked up; as the system does when not given. */
  readonly resolve?: Resolve
}

/** How long the push service keeps it, and how long a signature of ours is good, seconds. */
const TTL = 86_400
const SIGNED_FOR = 12 * 3_600
/** Longest that a push may take, milliseconds. */
const PATIENCE = 15_000

// IANA special-purpose registries: what is nobody's public host.
const inner = new BlockList()
for (const [net, bits] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
  ] as const),
  ...([
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
] as const) {
  inner.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  inner.addSubnet(net, bits, 'ipv6')
}
const global = new BlockList()
global.addSubnet('2000::', 3, 'ipv6')

/** N18 Is it a host of the public internet? An IPv6 address outside of 2000::/3 never is. */
export const isPublic = (address: string): boolean =>
  isIPv6(address)
    ? global.check(address, 'ipv6') && !inner.check(address, 'ipv6')
    : isIP(address) === 4 && !inner.check(address, 'ipv4')

/** How the system looks names up. */
type Resolve = (
  host: string,
  options: { all: true },
  answer: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void

/** Looks a name up; none of its addresses may be an inner one. What is connected to is what was looked at. */
export const outwardOf =
  (resolve: Resolve): LookupFunction =>
  (host, options, answer) =>
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return answer(error, [])
      const outer = found.length > 0 && found.every((one) => isPublic(one.address))
      if (!outer) return answer(new Error('inner address'), [])
      if (options.all) return answer(null, found)
      answer(null, found[0]?.address ?? '', found[0]?.family)
    })

/** A public https address under a name; undefined for anything else. */
function parsed(endpoint: string): URL | undefined {
  const url = URL.parse(endpoint)
  const plain = url?.protocol === 'https:' && url.port === '' && !url.username && !url.password && !url.hash
  return url && plain && isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 && url.hostname.includes('.')
    ? url
    : undefined
}

const resolves = (outward: LookupFunction, host: string): Promise<boolean> =>
  new Promise((done) => outward(host, { all: true }, (error) => done(error === null)))

export function createPusher(ports: PusherPorts): Pusher {
  const { also = () => false, resolve = lookup } = ports
  const outward = outwardOf(resolve)
  let made: Promise<KeyObject> | undefined
  const key = () => {
    made ??= readOrMake(ports.keys).catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
  /** Where it leads, and how its name is looked up; undefined where it may not be asked. */
  const way = (endpoint: string): { url: URL; lookup?: LookupFunction } | undefined => {
    const other = URL.parse(endpoint)
    if (other && also(other)) return { url: other }
    const url = parsed(endpoint)
    return url && { url, lookup: outward }
  }
  return {
    key: async () => base64url(pointOf(await key())),
    async allows(endpoint) {
      const found = way(endpoint)
      return found !== undefined && (found.lookup === undefined || (await resolves(outward, found.url.hostname)))
    },
    async send(endpoint) {
      const found = way(endpoint)
      if (!found) return 'gone'
      const { url, lookup } = found
      return post(url, vapid(await key(), url.origin, ports), lookup)
    },
  }
}

/** The key as it lies in the folder, or a fresh one, on the disk before it is used. */
async function readOrMake(keys: string): Promise<KeyObject> {
  const path = pushKeyFile(keys)
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
    mkdirSync(keys, { recursive: true, mode: 0o700 })
    await writeWhole(path, base64url(new Uint8Array(pkcs8)))
  }
  return readPushKey(path)
}

/** Reads it; `key-damaged` for anything that is no P-256 key. */
export async function readPushKey(path: string): Promise<KeyObject> {
  try {
    const der = Buffer.from(fromBase64url((await readFile(path, 'utf8')).trim()))
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('another curve')
    return key
  } catch (cause) {
    throw new AppError<NodeCode>('key-damaged', {}, { cause })
  }
}

/** SEC 1 uncompressed point. */
function pointOf(key: KeyObject): Uint8Array {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  return Uint8Array.of(4, ...fromBase64url(x), ...fromBase64url(y))
}

/** RFC 8292 §3: who sends, to which service, for how long; signed with ES256. */
function vapid(key: KeyObject, audience: string, { origin, clock }: PusherPorts): string {
  const claims = { aud: audience, exp: seconds(clock()) + SIGNED_FOR, sub: `https://${origin}` }
  const parts = [{ typ: 'JWT', alg: 'ES256' }, claims].map((one) => base64url(utf8(JSON.stringify(one))))
  const input = parts.join('.')
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `vapid t=${input}.${base64url(new Uint8Array(signature))}, k=${base64url(pointOf(key))}`
}

/** One push: no body, newest only (`topic`). Redirects are not followed, what is answered is not read. */
function post(url: URL, authorization: string, lookup: LookupFunction | undefined): Promise<Pushed> {
  const headers = { authorization, ttl: String(TTL), urgency: 'high', topic: 'salus', 'content-length': '0' }
  const options = { method: 'POST', headers, agent: false, signal: AbortSignal.timeout(PATIENCE) }
  const ask = url.protocol === 'https:' ? askHttps : askHttp
  return new Promise((done) => {
    const asked = ask(url, lookup ? { ...options, lookup } : options, (answer) => {
      const { statusCode = 0 } = answer
      answer.destroy()
      done(
        statusCode === 404 || statusCode === 410 ? 'gone' : statusCode >= 200 && statusCode < 300 ? 'sent' : 'failed',
      )
    })
    asked.on('error', () => done('failed'))
    asked.end()
  })
}
