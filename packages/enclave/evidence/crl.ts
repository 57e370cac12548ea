/** Certificate revocation lists (RFC 5280 §5). Parsed lists and signatures are kept by their bytes; dates never are. */
import { constants, type KeyObject, verify } from 'node:crypto'
import { base64, fromBase64, fromHex, hex } from '@salus/base/bytes'
import { bitsOf, contentOf, type Der, inside, numberOf, readDer, secondsOf, TAG } from './asn1.ts'
import { createKept } from './keep.ts'
import { orRefuse, refuse } from './refuse.ts'
import { algorithmOf, type Certificate, fingerprintOf, readExtensions, type SignatureAlgorithm } from './x509.ts'

type RevocationList = {
  readonly fingerprint: string
  readonly issuer: string
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Serial numbers, hexadecimal of their DER content. */
  readonly revoked: ReadonlySet<string>
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  readonly covered: Uint8Array
}

const lists = createKept<RevocationList>(16)
const signed = createKept<boolean>(64)
/** CRL number and authority key identifier: the extensions these issuers use, neither ever critical. */
const NONE_CRITICAL = new Set<string>()

/** Checks a list's form, issuer, signature and dates, then that it names none of `certificates`. */
export function checkRevocation(
  text: string,
  issuer: Certificate,
  certificates: readonly Certificate[],
  now: number,
): void {
  const list = orRefuse('crl-invalid', () => lists.get(text, () => parse(decode(text))))
  if (list.issuer !== issuer.subject || !issuer.signsLists || !signedBy(list, issuer)) refuse('crl-invalid')
  if (now < list.thisUpdate || now > list.nextUpdate) refuse('crl-expired')
  for (const one of certificates) {
    if (one.issuer !== issuer.subject) refuse('crl-invalid')
    if (list.revoked.has(one.serial)) refuse('certificate-revoked')
  }
}

const BEGIN = '-----BEGIN X509 CRL-----\n'
const END = '-----END X509 CRL-----'

/** PEM, hexadecimal in one case, or base64; each only as a writer would write it. */
function decode(text: string): Uint8Array {
  if (text.startsWith(BEGIN)) {
    const der = fromBase64(text.slice(BEGIN.length, text.indexOf(END)).replaceAll('\n', ''))
    const written = `${BEGIN}${base64(der)
      .match(/.{1,64}/g)
      ?.join('\n')}\n${END}\n`
    if (text !== written && `${text}\n` !== written) throw new RangeError('pem')
    return der
  }
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text)) return fromHex(text.toLowerCase())
  return fromBase64(text)
}

function parse(der: Uint8Array): RevocationList {
  const [tbs, algorithm, signature, ...rest] = inside(readDer(der))
  const parts = [...inside(tbs)]
  const named = algorithmOf(algorithm)
  if (rest.length > 0 || !named || numberOf(parts.shift()) !== 1 || hex(parts.shift()!.raw) !== hex(algorithm!.raw)) {
    throw new RangeError('crl')
  }
  const [issuer, thisUpdate, nextUpdate] = parts.splice(0, 3)
  const entries = parts[0]?.tag === TAG.sequence ? inside(parts.shift()) : []
  const [extensions, ...more] = parts
  if (more.length > 0 || extensions?.tag !== 0xa0) throw new RangeError('crl')
  readExtensions(extensions.children[0], NONE_CRITICAL)
  return {
    fingerprint: fingerprintOf(der),
    issuer: hex(issuer!.raw),
    thisUpdate: secondsOf(thisUpdate),
    nextUpdate: secondsOf(nextUpdate),
    revoked: new Set(entries.map(serialOf)),
    algorithm: named,
    signature: bitsOf(signature),
    covered: tbs!.raw,
  }
}

function serialOf(entry: Der): string {
  const [serial, date, extensions, ...more] = inside(entry)
  secondsOf(date)
  if (more.length > 0) throw new RangeError('crl entry')
  if (extensions) readExtensions(extensions, NONE_CRITICAL)
  return hex(contentOf(serial, TAG.integer))
}

const signedBy = (list: RevocationList, issuer: Certificate): boolean =>
  signed.get(list.fingerprint + issuer.fingerprint, () => {
    try {
      return verifyBytes(list.algorithm, list.covered, issuer.publicKey, list.signature)
    } catch {
      return false
    }
  })

function verifyBytes(
  algorithm: SignatureAlgorithm,
  covered: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): boolean {
  if (algorithm === 'ecdsa-sha256') {
    return key.asymmetricKeyType === 'ec' && verify('sha256', covered, { key, dsaEncoding: 'der' }, signature)
  }
  if (key.asymmetricKeyType !== 'rsa') return false
  return verify('sha384', covered, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }, signature)
}
