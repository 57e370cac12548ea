/** Block headers of the embedded engine: signed by its operator, each naming the text of the one before (rule L10). */
import { text, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { parseWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { decodeJws, signJws } from '@salus/crypto/jws'
import { verifyEd25519Sync } from '@salus/crypto/verify'
import { canonical } from './canonical.ts'
import { type Genesis, HEADER_TYP, type Header, header as headerSchema } from './contract.ts'
import type { LedgerCode } from './errors.ts'

/** The operator's key pair; the private half may be non-extractable. */
export type Signer = { readonly publicKey: string; readonly privateKey: CryptoKey }

const broken = () => new AppError<LedgerCode>('chain-broken')

/** What the first header names as the one before it. */
export const rootOf = (genesis: Genesis): Digest => digest(canonical(genesis))

/** Signs a header; its text is kept as it is, and the next header names that text's digest. */
export const signHeader = ({ publicKey, privateKey }: Signer, header: Header): Promise<string> =>
  signJws(privateKey, { typ: HEADER_TYP, kid: publicKey }, utf8(canonical(header)))

/** A block header's fields, whether an operator signed it or validators elsewhere did; throws `chain-broken`. */
export function parseHeader(source: string): Header {
  try {
    const json = source.startsWith('{') ? source : text(decodeJws(source, HEADER_TYP).payload)
    const value = parseWith(headerSchema, json)
    if (canonical(value) !== json) throw broken()
    return value
  } catch (error) {
    throw isAppError(error) ? broken() : error
  }
}

/** Reads a header that one of `operators` signed; throws `chain-broken`. */
export function readHeader(token: string, operators: readonly string[]): Header {
  try {
    const { header, payload, signature, signingInput } = decodeJws(token, HEADER_TYP)
    const operator = operators.find((key) => key === header.kid)
    if (!operator || !verifyEd25519Sync(operator, signingInput, signature)) throw broken()
    const value = parseWith(headerSchema, text(payload))
    if (canonical(value) !== text(payload)) throw broken()
    return value
  } catch (error) {
    throw isAppError(error) ? broken() : error
  }
}

/** Does `header` belong at this place of the chain, after the header text with digest `previous`? Throws `chain-broken`. */
export function checkPlace(
  header: Header,
  at: { chain: string; height: number; time: number; previous: string },
): void {
  const { chain, height, time, previous } = header
  if (chain !== at.chain || height !== at.height || time !== at.time || previous !== at.previous) throw broken()
}
