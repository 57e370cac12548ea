/** What the host hands to the directory's services. */
import type { Clock, Random } from '@salus/base/clock'
import type { Sql } from '@salus/base/sqlite'
import type { VerifyEd25519 } from '@salus/crypto/jws'
import type { Journal } from '@salus/journal/accept'
import type { SignerPort } from '@salus/journal/slice'

export type DirectoryPorts = {
  /** The journal's origin: challenges are answered for it. */
  readonly origin: string
  readonly views: Sql
  readonly sources: Sql
  readonly journal: Journal
  readonly signers: SignerPort
  /** The pinned Ed25519 verifier. */
  readonly verify: VerifyEd25519
  readonly clock: Clock
  readonly random: Random
}
