/** The log's 32-byte entry: a salted commitment that says nothing once statement and salt are erased (architecture §4). */
import { type Bytes, concat, u32, u64, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { hmacSha256 } from '@salus/crypto/hash'
import type { JournalCode } from './contract.ts'

const DOMAIN = utf8('salus/journal/v1')
const START = concat(u32(DOMAIN.length), DOMAIN)
/** What stands before the first entry of a chain. */
export const CHAIN_START: Bytes = new Uint8Array(32)

/**
 * HMAC-SHA-256(salt, len(domain) || domain || content), content = len(statement) || statement || number || previous.
 * The salt must be exactly 32 bytes: HMAC(r) equals HMAC(r || 00), so another length would open one entry twice.
 */
export function journalEntry(salt: Uint8Array, statement: string, number: number, previous: Uint8Array): Bytes {
  if (salt.length !== 32 || previous.length !== 32) throw new AppError<JournalCode>('chain-broken')
  const bytes = utf8(statement)
  return hmacSha256(salt, concat(START, u32(bytes.length), bytes, u64(number), previous))
}
