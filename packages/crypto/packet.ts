/**
 * A packet carries keys to one recipient: a compact JWE whose protected header binds kind, object and recipient, so
 * that it opens for nothing else (rule C5). The statement that sends it signs its digest.
 */
import { type Bytes, base64url, fromBase64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Thumbprint } from '@salus/base/ids'
import { field, z } from '@salus/base/schema'
import { concatKdf, ephemeral, importPrivate, publicOf, raw32, sharedSecret } from './agree.ts'
import { type CryptoCode, cannotOpen, orCannotOpen } from './errors.ts'
import { decryptJwe, encryptJwe, type Jwe, splitJwe } from './jwe.ts'
import {
  assertPacketKey,
  assertPersonPublic,
  type KeyPublic,
  keyThumbprint,
  type PersonPrivate,
  type PersonPublic,
  personThumbprint,
  suiteOfKey,
} from './keys.ts'
import { oaepOpen, oaepSeal } from './oaep.ts'
import { type PacketAlg, type SuiteId, suiteOf } from './suites.ts'
import { importXWing, type XWingKey, xwingDecapsulate, xwingEncapsulate, xwingPublic } from './xwing.ts'

const kinds = [
  'deposit',
  'grant',
  'epoch',
  'own',
  'team',
  'handover',
  'device',
  'emergency',
  'representative',
  'kept',
  'question',
  'wrap',
  'dataset',
  'share',
  'result',
] as const

/** What a packet is for: its kind and the ids it belongs to (grant, record, epoch, compartment ...). Public words only. */
export type Binding = { kind: (typeof kinds)[number]; [k: string]: string | number }

export type PacketHeader = { kid: Thumbprint; suite: SuiteId; bind: Binding; alg: PacketAlg }

const TYP = 'salus-packet+jwe'
const NONE = new Uint8Array(0)
const MAX_FIELDS = 16

const binding = z
  .object({ kind: z.enum(kinds) })
  .catchall(z.union([z.string().max(256), z.int()]))
  .refine((bind) => Object.keys(bind).length <= MAX_FIELDS)
const common = { enc: z.literal('A256GCM'), typ: z.literal(TYP), kid: field.thumbprint, bind: binding }
const epk = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: field.key32 })
/** 1,120 bytes of ciphertext: what the key is agreed through, as JOSE's drafts for key encapsulation name it. */
const ek = z.string().regex(/^[A-Za-z0-9_-]{1494}$/)
const [one, two] = [
  { ...common, suite: z.literal(1) },
  { ...common, suite: z.literal(2) },
]
// The allow-list, one row per algorithm, each with its suite; apu and apv are absent in ours (RFC 7518 §4.6.1).
const rows = {
  'ECDH-ES': z.strictObject({ alg: z.literal('ECDH-ES'), ...one, epk }),
  'RSA-OAEP-256': z.strictObject({ alg: z.literal('RSA-OAEP-256'), ...one }),
  'X-Wing': z.strictObject({ alg: z.literal('X-Wing'), ...two, ek }),
} as const satisfies Record<PacketAlg, z.ZodType>
const header = z.discriminatedUnion('alg', [rows['ECDH-ES'], rows['RSA-OAEP-256'], rows['X-Wing']])

function members<Alg extends PacketAlg>(alg: Alg, kid: Thumbprint, bind: Binding) {
  const checked = binding.safeParse(bind)
  if (!checked.success) throw new AppError<CryptoCode>('binding-invalid')
  const { id: suite, enc } = suiteOf(alg === 'X-Wing' ? 2 : 1)
  return { alg, enc, typ: TYP, suite, kid, bind: { ...bind } }
}

/**
 * Seals `plaintext` to a compartment's key, in the key's own suite: `ECDH-ES` (direct agreement) to an X25519 key, `X-Wing` to
 * one of that kind. Throws `key-invalid`, `key-weak`, `binding-invalid`.
 */
export async function sealToKey(publicKey: KeyPublic, bind: Binding, plaintext: Uint8Array): Promise<string> {
  if (suiteOfKey(publicKey) === 2) return sealToXWing(publicKey, bind, plaintext)
  const base = members('ECDH-ES', keyThumbprint(publicKey), bind)
  const recipient = recipientKey(publicKey)
  const own = await ephemeral()
  const secret = await sharedSecret(own.privateKey, recipient).catch(() => {
    throw new AppError<CryptoCode>('key-weak')
  })
  const key = concatKdf(secret, base.enc, 256)
  const complete = { ...base, epk: { kty: 'OKP', crv: 'X25519', x: base64url(own.publicKey) } }
  const jwe = await encryptJwe(key, complete, NONE, systemRandom(12), plaintext)
  secret.fill(0)
  key.fill(0)
  return jwe
}

/**
 * The KEM's secret takes the place of the agreed one in RFC 7518 §4.6.2 (Concat KDF, AlgorithmID = enc); the ciphertext stands
 * in the protected header, which the content encryption authenticates.
 */
async function sealToXWing(publicKey: string, bind: Binding, plaintext: Uint8Array): Promise<string> {
  const base = members('X-Wing', keyThumbprint(publicKey), bind)
  assertPacketKey(publicKey)
  const { secret, ciphertext } = await xwingEncapsulate(fromBase64url(publicKey))
  const key = concatKdf(secret, base.enc, 256)
  const jwe = await encryptJwe(key, { ...base, ek: base64url(ciphertext) }, NONE, systemRandom(12), plaintext)
  secret.fill(0)
  key.fill(0)
  return jwe
}

function recipientKey(publicKey: string): Bytes {
  try {
    return raw32(publicKey)
  } catch {
    throw new AppError<CryptoCode>('key-invalid')
  }
}

/** Seals `plaintext` to a person key: `RSA-OAEP-256` under a key made for this packet alone, or `X-Wing`. */
export async function sealToPerson(publicKey: PersonPublic, bind: Binding, plaintext: Uint8Array): Promise<string> {
  assertPersonPublic(publicKey)
  if (publicKey.kty === 'AKP') return sealToXWing(publicKey.pub, bind, plaintext)
  const complete = members('RSA-OAEP-256', personThumbprint(publicKey), bind)
  const key = systemRandom(32)
  const encryptedKey = await oaepSeal(publicKey, key)
  const jwe = await encryptJwe(key, complete, encryptedKey, systemRandom(12), plaintext)
  key.fill(0)
  return jwe
}

function parse(jwe: string): { parts: Jwe; head: z.infer<typeof header> } {
  const parts = splitJwe(jwe)
  const head = header.safeParse(parts.header)
  if (!head.success) throw cannotOpen()
  // RFC 7516 §5.2 step 10 for direct agreement; an RSA-3072 ciphertext has 384 bytes.
  if (parts.encryptedKey.length !== (head.data.alg === 'RSA-OAEP-256' ? 384 : 0)) throw cannotOpen()
  return { parts, head: head.data }
}

/** Reads a packet's protected header without opening it, as stores do; `cannot-open` outside the suite's allow-list. */
export function packetHeader(jwe: string): PacketHeader {
  const { kid, suite, bind, alg } = parse(jwe).head
  return { kid, suite, bind: bind as Binding, alg }
}

// Fails closed: an expected field that came out undefined matches nothing.
function assertBound(bind: Record<string, string | number>, expected: Partial<Binding>): void {
  for (const [name, value] of Object.entries(expected)) {
    if (!Object.hasOwn(bind, name) || bind[name] !== value) throw cannotOpen()
  }
}

/** A private key at work in one suite: whose packets it opens, and the secret behind a header. */
type Opener = { readonly kid: Thumbprint; secret(head: Agreed): Promise<Bytes> }
type Agreed = z.infer<(typeof rows)['ECDH-ES']> | z.infer<(typeof rows)['X-Wing']>

async function openerOf(privateKey: Bytes, alg: Agreed['alg']): Promise<Opener> {
  if (alg === 'X-Wing') {
    const own = await importXWing(privateKey)
    const kid = keyThumbprint(base64url(xwingPublic(privateKey)))
    return { kid, secret: (head) => xwingSecret(own, head) }
  }
  const own = await importPrivate(privateKey)
  const kid = keyThumbprint(base64url(await publicOf(own)))
  return {
    kid,
    async secret(head) {
      if (head.alg !== 'ECDH-ES') throw cannotOpen()
      return sharedSecret(own, raw32(head.epk.x))
    },
  }
}

async function xwingSecret(own: XWingKey, head: Agreed): Promise<Bytes> {
  if (head.alg !== 'X-Wing') throw cannotOpen()
  return xwingDecapsulate(own, fromBase64url(head.ek))
}

/** Which suite's half of a key a packet needs; one sealed to a person in suite 1 needs neither. */
function agreed(jwe: string): { parts: Jwe; head: Agreed } {
  const { parts, head } = parse(jwe)
  if (head.alg === 'RSA-OAEP-256') throw cannotOpen()
  return { parts, head }
}

async function decrypted(secret: Bytes, { parts, head }: { parts: Jwe; head: Agreed }): Promise<Bytes> {
  const key = concatKdf(secret, head.enc, 256)
  const plaintext = await decryptJwe(key, parts)
  secret.fill(0)
  key.fill(0)
  return plaintext
}

/**
 * Opens packets sealed to 32-byte private keys (base64url), of the suite each packet says, and keeps the imported keys for as
 * long as it is held: one errand, many packets to one key.
 */
export function createOpener(): (privateKey: string, jwe: string, expected: Partial<Binding>) => Promise<Bytes> {
  const known = new Map<string, Promise<Opener>>()
  return (privateKey, jwe, expected) =>
    orCannotOpen(async () => {
      const packet = agreed(jwe)
      assertBound(packet.head.bind, expected)
      const name = `${packet.head.alg} ${privateKey}`
      let opener = known.get(name)
      if (!opener) {
        opener = openerOf(raw32(privateKey), packet.head.alg)
        known.set(name, opener)
      }
      const own = await opener
      if (own.kid !== packet.head.kid) throw cannotOpen()
      return decrypted(await own.secret(packet.head), packet)
    })
}

/** Opens one packet sealed to this key (32 private bytes); each field of `expected` must equal the binding's. */
export const openWithKey = (privateKey: Bytes, jwe: string, expected: Partial<Binding>): Promise<Bytes> =>
  createOpener()(base64url(privateKey), jwe, expected)

/**
 * Opens a packet sealed to this person key. A non-extractable private key does not tell its public half: a caller that
 * knows it hands the thumbprint in as `recipient` and the header's must equal it.
 */
export const openWithPerson = (
  privateKey: PersonPrivate,
  jwe: string,
  expected: Partial<Binding>,
  recipient?: Thumbprint,
): Promise<Bytes> =>
  isXWingKey(privateKey)
    ? orCannotOpen(async () => {
        const packet = agreed(jwe)
        if (recipient !== undefined && packet.head.kid !== recipient) throw cannotOpen()
        assertBound(packet.head.bind, expected)
        return decrypted(await xwingSecret(privateKey, packet.head), packet)
      })
    : openUnwrapping((wrapped) => oaepOpen(privateKey, wrapped), jwe, expected, recipient)

const isXWingKey = (key: PersonPrivate): key is XWingKey => 'xPublic' in key

/** The same where the key is elsewhere (a security module): `unwrap` does RSA-OAEP-256 on the 384 bytes, and no more. */
export function openUnwrapping(
  unwrap: (wrapped: Bytes) => Promise<Bytes>,
  jwe: string,
  expected: Partial<Binding>,
  recipient?: Thumbprint,
): Promise<Bytes> {
  return orCannotOpen(async () => {
    const { parts, head } = parse(jwe)
    if (head.alg !== 'RSA-OAEP-256' || (recipient !== undefined && head.kid !== recipient)) throw cannotOpen()
    assertBound(head.bind, expected)
    const key = await unwrap(parts.encryptedKey)
    // A shorter key would select another AES; RFC 7516 §5.2 step 9 fixes the size by `enc`.
    if (key.length !== 32) throw cannotOpen()
    const plaintext = await decryptJwe(key, parts)
    key.fill(0)
    return plaintext
  })
}
