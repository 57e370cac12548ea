/** The closed union of codes this package throws, and the single error of every failed opening (rule C4). */
import { AppError } from '@salus/base/errors'

export type CryptoCode =
  /** Text that is not a compact JWS of our profile (rule C2). */
  | 'jws-invalid'
  /** A signature that does not verify. For callers of the boolean verifiers; they never throw it themselves. */
  | 'signature-invalid'
  /** A key that parses but gives no security: low order, mixed order, another encoding of a key (rule C1). */
  | 'key-weak'
  /** Bytes or a JWK that are not the kind of key asked for. */
  | 'key-invalid'
  /** A packet's binding with a field that is not a short string or a safe integer. */
  | 'binding-invalid'
  /** Decryption failed, whatever the reason. */
  | 'cannot-open'
  /** A recovery code whose checksum does not match: a typing mistake, nothing was tried with it. */
  | 'code-mistyped'
  /** A guardian's share whose checksum does not match. */
  | 'share-mistyped'
  /** Fewer different shares than the set needs; facts: need, have. */
  | 'shares-missing'
  /** A number of guardians that makes no sense: two at least must be needed, twenty at most have a share. */
  | 'guardians-wrong'
  | 'suite-unknown'
  /** A Merkle index, size or state that contradicts itself. For callers; the verifiers return false. */
  | 'proof-invalid'

/** The only error of a failed decryption: no facts, so that nobody learns which check failed (rule C4). */
export const cannotOpen = (): AppError<CryptoCode> => new AppError<CryptoCode>('cannot-open')

/** Runs `work`; any failure inside, ours or the platform's, comes out as the one `cannot-open`. */
export async function orCannotOpen<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw cannotOpen()
  }
}
