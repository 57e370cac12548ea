/** Drafting, signing and parsing statements (device and node alike). The exact bytes are kept; nothing is re-serialised. */
import { utf8 } from '@salus/base/bytes'
import type { Clock, Random } from '@salus/base/clock'
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { type Digest, newId, type StatementId, type Thumbprint } from '@salus/base/ids'
import { parseWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { decodeJws, type SigningKey, signJws } from '@salus/crypto/jws'
import { type Envelope, envelope, type JournalCode, MAX_STATEMENT, STATEMENT_TYP } from './contract.ts'

/** A statement whose form (not yet its signature) was checked. */
export type Statement = Envelope & {
  /** The exact compact JWS. */
  readonly token: string
  /** Thumbprint of the device key that claims to have signed. */
  readonly kid: Thumbprint
  readonly signingInput: Uint8Array
  readonly signature: Uint8Array
}

/** The device key that signs: its private half and the thumbprint keyrings know it by. */
export type Signer = { readonly privateKey: SigningKey; readonly kid: Thumbprint }

export type Draft = {
  /** Where packets must name the statement before it is signed; else fresh. */
  readonly id?: string
  readonly type: string
  readonly iss: string
  readonly aud: string
  readonly sub?: string
  readonly body: object
  /** Seconds until it expires; ten minutes when not given. */
  readonly life?: number
}

/** Signs `draft` now. To send again, keep the token: a second signing is another statement. */
export async function signStatement(
  signer: Signer,
  draft: Draft,
  at: { clock: Clock; random: Random },
): Promise<string> {
  const iat = seconds(at.clock())
  const { life = 600, ...rest } = draft
  const payload = { id: newId<StatementId>(at.random), ...rest, iat, exp: iat + life }
  return signJws(signer.privateKey, { typ: STATEMENT_TYP, kid: signer.kid }, utf8(JSON.stringify(payload)))
}

const failed = (code: JournalCode) => new AppError<JournalCode>(code)

/**
 * Parses the exact text of a statement; throws `statement-invalid`, `statement-too-large`, or base's word for what is
 * wrong with the payload (`schema-mismatch`, `json-duplicate-key` ...). Says nothing of the signature.
 */
export function parseStatement(token: string): Statement {
  if (token.length > MAX_STATEMENT) throw failed('statement-too-large')
  try {
    const { header, payload, signature, signingInput } = decodeJws(token, STATEMENT_TYP)
    const { kid } = header
    if (typeof kid !== 'string' || !/^[\w-]{43}$/.test(kid) || Object.keys(header).length !== 3) {
      throw failed('statement-invalid')
    }
    return { ...parseWith(envelope, payload), token, kid: kid as Thumbprint, signingInput, signature }
  } catch (error) {
    if (isAppError(error) && error.code !== 'jws-invalid') throw error
    throw failed('statement-invalid')
  }
}

/** The digest by which other statements cite this one. */
export const statementDigest = (token: string): Digest => digest(token)
