/** The key port: what the keeper asks of whatever holds its two private keys, and all that it asks. */
import type { Bytes } from '@salus/base/bytes'
import type { Handle, OrgId, Thumbprint } from '@salus/base/ids'
import type { Signer } from '@salus/journal/statement'

/** A module that does these two operations inside, and never shows a key, is enough (README: PKCS#11, KMS). */
export type KeeperKeys = {
  readonly handle: Handle
  readonly org: OrgId
  /** Thumbprint of the Ed25519 device key that `sign` uses. */
  readonly device: Thumbprint
  /** Thumbprint of the RSA person key that `unwrap` uses. */
  readonly person: Thumbprint
  /** RSA-OAEP with SHA-256 on the 384 bytes of a packet's wrapped key; gives the 32 bytes inside. Throws for anything else. */
  unwrap(wrapped: Bytes): Promise<Bytes>
  /** Ed25519 (RFC 8032, pure) over `message`; 64 bytes. */
  sign(message: Bytes): Promise<Uint8Array>
}

/** The keeper as a signer of statements and sessions. */
export const signerOf = (keys: KeeperKeys): Signer => ({
  kid: keys.device,
  privateKey: (message) => keys.sign(message),
})

/** What the keeper remembers between emergencies: how far it has seen each chain (K5). */
export type KeeperMemory = {
  seen(patient: string): Promise<Seen | undefined>
  /** Durable when this returns. */
  keep(patient: string, seen: Seen): Promise<void>
}
export type Seen = { readonly number: number; readonly entry: string }
