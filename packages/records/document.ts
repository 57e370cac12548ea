/**
 * The document inside a record (architecture §3 "Record"): the author's compact JWS over the exact FHIR bytes. Its
 * protected header binds record, version, category and the patient's keyring, so that no valid document can be passed
 * off as another's, and wrapping keys again never touches authorship.
 */
import type { Bytes } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith, field, z } from '@salus/base/schema'
import { decodeJws, signJws, type VerifyEd25519 } from '@salus/crypto/jws'
import type { Signer } from '@salus/journal/statement'
import type { RecordCode } from './contract.ts'

const TYP = 'salus-record+jws'

const head = z.strictObject({
  alg: z.literal('Ed25519'),
  typ: z.literal(TYP),
  kid: field.thumbprint,
  iss: z.union([field.handle, field.org]),
  sub: field.handle,
  rec: field.recordId,
  ver: z.int().min(1),
  cat: field.filing,
  cty: z.literal('application/fhir+json'),
})
const invalid = () => new AppError<RecordCode>('document-invalid')

export type DocumentHead = z.infer<typeof head>

/** What a document is bound to. */
export type AuthoredFor = Pick<DocumentHead, 'iss' | 'sub' | 'rec' | 'ver' | 'cat'>

/** Signs FHIR bytes as a record's document. */
export const signDocument = (signer: Signer, about: AuthoredFor, fhir: Uint8Array): Promise<string> =>
  signJws(signer.privateKey, { typ: TYP, kid: signer.kid, ...about, cty: 'application/fhir+json' }, fhir)

/**
 * Finds the Ed25519 key that `kid` names for `issuer`, from a keyring or pinned roots the caller has checked. `iat` (seconds): when it
 * signed, where that is known; a document does not say, the statement that files it does.
 */
export type AuthorKeys = (issuer: string, kid: string, iat?: number) => Promise<string | undefined>

/** An issuer that nobody vouches for is no author; a node out of reach says nothing of the document. */
const unvouched: ReadonlySet<string> = new Set(['keyring-unknown', 'keyring-broken', 'schema-mismatch'])

const authorKey = (keys: AuthorKeys, { iss, kid }: DocumentHead): Promise<string | undefined> =>
  keys(iss, kid).catch((error: unknown) => {
    if (isAppError(error) && unvouched.has(error.code)) return undefined
    throw error
  })

/** R10 Checks authorship and binding; returns the FHIR bytes. Throws `document-invalid`; its facts tell an author whose key nobody knows. */
export async function openDocument(
  token: string,
  expected: Omit<AuthoredFor, 'iss'> & { iss?: string },
  keys: AuthorKeys,
  verify: VerifyEd25519,
): Promise<{ head: DocumentHead; fhir: Bytes }> {
  const { header, jws } = readDocument(token)
  const { sub, rec, ver, cat, iss } = expected
  const bound = header.sub === sub && header.rec === rec && header.ver === ver && header.cat === cat
  if (!bound || (iss !== undefined && header.iss !== iss)) throw invalid()
  const key = await authorKey(keys, header)
  // Who is asked for keys may be wrong today; the document may still be a good one.
  if (!key) throw new AppError<RecordCode>('document-invalid', { author: 'unknown' })
  if (!(await verify(key, jws.signingInput, jws.signature))) throw invalid()
  return { head: header, fhir: jws.payload }
}

/** The same for a document whose patient is nobody any more: authorship alone. */
export async function openAnybodys(token: string, keys: AuthorKeys, verify: VerifyEd25519) {
  const { sub, rec, ver, cat } = readDocument(token).header
  return openDocument(token, { sub, rec, ver, cat }, keys, verify)
}

function readDocument(token: string) {
  try {
    const jws = decodeJws(token, TYP)
    return { jws, header: checkWith(head, jws.header) }
  } catch (error) {
    throw isAppError(error) ? invalid() : error
  }
}
