/**
 * A packet carries keys to one recipient: a compact JWE whose protected header binds kind, object and recipient, so
 * that it opens for nothing else (rule C5). The statement that sends it signs its digest.
 */
import { type Bytes, base64url } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Thumbprint } from '@salus/base/ids'
import { field, z } from '@salus/base/schema'
import { concatKdf, ephemeral, importPrivate, publicOf, raw32, sharedSecret } from './agree.ts'
import { type CryptoCode, cannotOpen, orCannotOpen } from './errors.ts'
import { decryptJwe, encryptJwe, type Jwe, splitJwe } from './jwe.ts'
import { assertPersonPublic, okpThumbprint, type PersonPublic, rsaThumbprint, type X25519Public } from './keys.ts'
import { oaepOpen, oaepSeal } from './oaep.ts'
import { currentSuite, type PacketAlg } from './suites.ts'

const kinds = ['deposit', 'grant', 'epoch', 'own', 'team', 'handover', 'device', 'emergency', 'wrap'] as const

/** What a packet is for: its kind and the ids it belongs to (grant, record, epoch, compartment ...). Public words only. */
export type Binding = { kind: (typeof kinds)[number]; [k: string]: string | number }

export type PacketHeader = { kid: Thumbprint; suite: 1; bind: Binding; alg: PacketAlg }

const TYP = 'salus-packet+jwe'
const NONE = new Uint8Array(0)
const MAX_FIELDS = 16

const binding = z
  .object({ kind: z.enum(kinds) })
  .catchall(z.union([z.string().max(256), z.int()]))
  .refine((bind) => Object.keys(bind).length <= MAX_FIELDS)
const common = {
  enc: z.literal(currentSuite.enc),
  typ: z.literal(TYP),
  suite: z.literal(currentSuite.id),
  kid: field.thumbprint,
  bind: binding,
}
const epk = z.strictObject({ kty: z.literal('OKP'), crv: z.literal('X25519'), x: field.key32 })
// The allow-list of the suite, one row per algorithm; apu and apv are absent in ours (RFC 7518 §4.6.1).
const rows = {
  'ECDH-ES': z.strictObject({ alg: z.literal('ECDH-ES'), ...common, epk }),
  'RSA-OAEP-256': z.strictObject({ alg: z.literal('RSA-OAEP-256'), ...common }),
} as const satisfies Record<PacketAlg, z.ZodType>
const header = z.discriminatedUnion('alg', [rows['ECDH-ES'], rows['RSA-OAEP-256']])

function members<Alg extends PacketAlg>(alg: Alg, kid: Thumbprint, bind: Binding) {
  const checked = binding.safeParse(bind)
  if (!checked.success) throw new AppError<CryptoCode>('binding-invalid')
  return { alg, enc: currentSuite.enc, typ: TYP, suite: currentSuite.id, kid, bind: { ...bind } }
}

/** Seals `plaintext` to an X25519 key (`ECDH-ES`, direct agreement); throws `key-invalid`, `key-weak`, `binding-invalid`. */
export async function sealToX25519(publicKey: X25519Public, bind: Binding, plaintext: Uint8Array): Promise<string> {
  const base = members('ECDH-ES', okpThumbprint('X25519', publicKey), bind)
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

function recipientKey(publicKey: string): Bytes {
  try {
    return raw32(publicKey)
  } catch {
    throw new AppError<CryptoCode>('key-invalid')
  }
}

/** Seals `plaintext` to a person key (`RSA-OAEP-256`) under a key made for this packet alone. */
export async function sealToPerson(publicKey: PersonPublic, bind: Binding, plaintext: Uint8Array): Promise<string> {
  assertPersonPublic(publicKey)
  const complete = members('RSA-OAEP-256', rsaThumbprint(publicKey), bind)
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
  if (parts.encryptedKey.length !== (head.data.alg === 'ECDH-ES' ? 0 : 384)) throw cannotOpen()
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

/** Opens a packet sealed to this X25519 key; each field of `expected` must equal the binding's. */
export function openWithX25519(privateKey: Bytes, jwe: string, expected: Partial<Binding>): Promise<Bytes> {
  return orCannotOpen(async () => {
    const { parts, head } = parse(jwe)
    if (head.alg !== 'ECDH-ES') throw cannotOpen()
    assertBound(head.bind, expected)
    const own = await importPrivate(privateKey)
    const [publicKey, secret] = await Promise.all([publicOf(own), sharedSecret(own, raw32(head.epk.x))])
    if (okpThumbprint('X25519', base64url(publicKey)) !== head.kid) throw cannotOpen()
    const key = concatKdf(secret, head.enc, 256)
    const plaintext = await decryptJwe(key, parts)
    secret.fill(0)
    key.fill(0)
    return plaintext
  })
}

/**
 * Opens a packet sealed to this person key. A non-extractable private key does not tell its public half: a caller that
 * knows it hands the thumbprint in as `recipient` and the header's must equal it.
 */
export function openWithPerson(
  privateKey: CryptoKey,
  jwe: string,
  expected: Partial<Binding>,
  recipient?: Thumbprint,
): Promise<Bytes> {
  return orCannotOpen(async () => {
    const { parts, head } = parse(jwe)
    if (head.alg !== 'RSA-OAEP-256' || (recipient !== undefined && head.kid !== recipient)) throw cannotOpen()
    assertBound(head.bind, expected)
    const key = await oaepOpen(privateKey, parts.encryptedKey)
    // A shorter key would select another AES; RFC 7516 §5.2 step 9 fixes the size by `enc`.
    if (key.length !== 32) throw cannotOpen()
    const plaintext = await decryptJwe(key, parts)
    key.fill(0)
    return plaintext
  })
}
