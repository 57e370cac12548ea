/** The key port: what a hospital's broker asks of whatever holds its keys (a file, PKCS#11, a KMS), and all that it asks. */
import type { Bytes } from '@salus/base/bytes'

/** A module that does these inside is enough; the organisation's signing key never leaves it. */
export type BrokerKeys = {
  readonly org: string
  /** The organisation's Ed25519 key on the ledger. */
  readonly publicKey: string
  sign(message: Bytes): Promise<Uint8Array>
  /** The 32-byte key of one version of a data set, by the digest of its document; undefined when it is not ours. The caller wipes it. */
  dataKey(data: string): Promise<Bytes | undefined>
  /** The X25519 key that shares of results are sealed to. The caller wipes it. */
  shareKey(): Promise<Bytes>
}
