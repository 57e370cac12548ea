/**
 * Certificates (RFC 5280) as the vendors issue them. The platform parses and verifies; what it does not show (exact
 * names, serial, key usage, vendor extensions) is read from the same bytes.
 *
 * What is kept between calls follows from the bytes alone: parsed certificates, and that one signed another, both by
 * exact bytes. Nothing that depends on time, roots, revocation or policy is ever kept.
 */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { base64, equal, fromBase64, hex } from '@salus/base/bytes'
import { bitsOf, contentOf, type Der, inside, numberOf, oidOf, readDer, secondsOf, TAG } from './asn1.ts'
import type { EvidenceCode, Root } from './contract.ts'
import { createKept } from './keep.ts'
import { orRefuse, refuse } from './refuse.ts'

export type Certificate = {
  readonly platform: X509Certificate
  readonly publicKey: KeyObject
  /** SHA-256 of the DER, hexadecimal. */
  readonly fingerprint: string
  /** Hexadecimal of the DER content. */
  readonly serial: string
  /** Hexadecimal of the exact DER of the names. */
  readonly issuer: string
  readonly subject: string
  /** The last common name of the subject. */
  readonly commonName: string
  /** Hexadecimal of the SubjectPublicKeyInfo. */
  readonly spki: string
  readonly notBefore: number
  readonly notAfter: number
  /** May sign certificates: basicConstraints says CA and keyUsage says keyCertSign. */
  readonly authority: boolean
  /** Most intermediate certificates below it. */
  readonly pathLength: number
  /** May sign CRLs. */
  readonly signsLists: boolean
  /** Values by object identifier (hexadecimal); a second one of the same kind is refused. */
  readonly extensions: ReadonlyMap<string, Uint8Array>
}

const OID = { commonName: '550403', keyUsage: '551d0f', basicConstraints: '551d13' } as const
/** Signature algorithms in use, by their whole identifier: ECDSA with SHA-256; RSA-PSS with SHA-384, salt 48. */
const ALGORITHMS = new Map([
  ['300a06082a8648ce3d040302', 'ecdsa-sha256'],
  [
    '304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101',
    'pss-sha384',
  ],
  // The same parameters with the default trailer field left out, as DER asks.
  [
    '304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130',
    'pss-sha384',
  ],
] as const)
export type SignatureAlgorithm = 'ecdsa-sha256' | 'pss-sha384'

/** The algorithm an AlgorithmIdentifier names, undefined for all others. */
export const algorithmOf = (identifier: Der | undefined): SignatureAlgorithm | undefined =>
  identifier && ALGORITHMS.get(hex(identifier.raw) as never)

const parsed = createKept<Certificate>(256)
const chains = createKept<readonly Certificate[]>(64)
const signed = createKept<boolean>(512)

/** SHA-256, hexadecimal. */
export const fingerprintOf = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** Parses one DER certificate; throws `code` for anything it does not understand. */
export function readCertificate(der: Uint8Array, code: EvidenceCode = 'chain-invalid'): Certificate {
  const fingerprint = fingerprintOf(der)
  return orRefuse(code, () => parsed.get(fingerprint, () => parse(der, fingerprint)))
}

function parse(der: Uint8Array, fingerprint: string): Certificate {
  const [tbs, algorithm, signature, ...rest] = inside(readDer(der))
  const [version, serial, inner, issuer, validity, subject, spki, extensions, ...more] = inside(tbs)
  if (rest.length > 0 || more.length > 0 || version?.tag !== 0xa0 || extensions?.tag !== 0xa3)
    throw new RangeError('x509')
  if (numberOf(version.children[0]) !== 2 || !algorithm || !inner || !equal(algorithm.raw, inner.raw)) {
    throw new RangeError('x509')
  }
  if (!algorithmOf(algorithm)) throw new RangeError('algorithm')
  bitsOf(signature)
  const platform = new X509Certificate(der)
  const [notBefore, notAfter] = inside(validity)
  const values = readExtensions(extensions.children[0], new Set([OID.keyUsage, OID.basicConstraints]))
  return {
    platform,
    publicKey: platform.publicKey,
    fingerprint,
    serial: hex(contentOf(serial, TAG.integer)),
    issuer: hex(issuer!.raw),
    subject: hex(subject!.raw),
    commonName: commonNameOf(subject!),
    spki: hex(spki!.raw),
    notBefore: secondsOf(notBefore),
    notAfter: secondsOf(notAfter),
    ...powersOf(values),
    extensions: values,
  }
}

/** Extensions by identifier. A critical one outside `known` is refused, as RFC 5280 §4.2 asks. */
export function readExtensions(list: Der | undefined, known: ReadonlySet<string>): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>()
  for (const extension of inside(list)) {
    const parts = inside(extension)
    const oid = oidOf(parts[0])
    const critical = parts.length === 3
    if (critical && (contentOf(parts[1], TAG.boolean)[0] !== 0xff || !known.has(oid))) throw new RangeError('critical')
    if (values.has(oid) || parts.length < 2 || parts.length > 3) throw new RangeError('extension')
    values.set(oid, contentOf(parts[parts.length - 1], TAG.octets))
  }
  return values
}

function commonNameOf(name: Der): string {
  let found = ''
  for (const set of name.children) {
    const [oid, value] = inside(inside(set, TAG.set)[0])
    if (oidOf(oid) === OID.commonName) found = Buffer.from(value?.content ?? []).toString('latin1')
  }
  return found
}

function powersOf(
  values: ReadonlyMap<string, Uint8Array>,
): Pick<Certificate, 'authority' | 'pathLength' | 'signsLists'> {
  const usage = values.get(OID.keyUsage)
  const basic = values.get(OID.basicConstraints)
  const bits = usage ? contentOf(readDer(usage), TAG.bits) : undefined
  const [ca, path] = basic ? inside(readDer(basic)) : []
  const isCa = ca !== undefined && contentOf(ca, TAG.boolean)[0] === 0xff
  return {
    // keyUsage counts from the most significant bit: 5 is keyCertSign, 6 is cRLSign (RFC 5280 §4.2.1.3).
    authority: isCa && ((bits?.[1] ?? 0) & 0x04) !== 0,
    pathLength: path ? numberOf(path) : Number.POSITIVE_INFINITY,
    signsLists: isCa && ((bits?.[1] ?? 0) & 0x02) !== 0,
  }
}

const BEGIN = '-----BEGIN CERTIFICATE-----\n'
const END = '\n-----END CERTIFICATE-----'

/**
 * Certificates of a PEM text that is exactly what a writer of PEM writes (64 letters a line, nothing between or around,
 * the last newline may be missing): otherwise bytes could change that no signature covers.
 */
export function readChain(pem: string, code: EvidenceCode = 'chain-invalid'): readonly Certificate[] {
  return orRefuse(code, () =>
    chains.get(pem, () => {
      const ders = pem
        .split(END)
        .slice(0, -1)
        .map((part) => fromBase64(part.slice(part.indexOf(BEGIN) + BEGIN.length).replaceAll('\n', '')))
      const written = ders.map(writePem).join('')
      if (ders.length === 0 || ders.length > 4 || (pem !== written && `${pem}\n` !== written))
        throw new RangeError('pem')
      return ders.map((der) => readCertificate(der, code))
    }),
  )
}

/** PEM of one certificate, with a newline at its end. */
export const writePem = (der: Uint8Array): string =>
  `${BEGIN}${base64(der)
    .match(/.{1,64}/g)
    ?.join('\n')}${END}\n`

/**
 * Checks a chain from its leaf to a pinned root at time `now`: root by digest, then signatures, names and powers, then
 * dates. Revocation is crl.ts's part.
 */
export function checkChain(
  chain: readonly Certificate[],
  roots: readonly Root[],
  of: readonly Root['of'][],
  now: number,
) {
  const top = chain.at(-1)
  const root = roots.find((one) => one.sha256 === top?.fingerprint && of.includes(one.of))
  if (!top || !root) return refuse('root-unknown')
  for (const [depth, one] of chain.entries()) {
    const issuer = chain[depth + 1]
    if (issuer && !(issuedBy(one, issuer) && issuer.authority && issuer.pathLength >= depth)) refuse('chain-invalid')
  }
  if (chain.some((one) => now < one.notBefore || now > one.notAfter)) refuse('chain-expired')
  return root
}

/** Did `issuer` sign `one`, under the name it bears? */
function issuedBy(one: Certificate, issuer: Certificate): boolean {
  if (one.issuer !== issuer.subject) return false
  return signed.get(one.fingerprint + issuer.fingerprint, () => {
    try {
      return one.platform.checkIssued(issuer.platform) && one.platform.verify(issuer.publicKey)
    } catch {
      return false
    }
  })
}
