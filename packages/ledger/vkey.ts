/** Checks a C2SP note verifier key (facts: signed-note): the name, its key id, an Ed25519 key that gives security. */
import { base64url, concat, fromBase64, hex, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { sha256 } from '@salus/crypto/hash'
import { assertStrongEd25519 } from '@salus/crypto/keys'
import type { Journal } from './contract.ts'

/** Signature type of a plain note; 0x04 would be a witness' cosignature. */
const ED25519_NOTE = 0x01
const NEWLINE = Uint8Array.of(0x0a)

/** Is `vkey` the verifier key of the log `origin`? A log's key carries the log's own name, so nobody's stands for two. */
export function isVkeyOf({ origin, vkey }: Journal): boolean {
  // Standard base64 may hold `+` itself: the first two only separate (name+id+key).
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey)
  if (!match || match[1] !== origin) return false
  try {
    const typed = fromBase64(match[3] as string)
    if (typed.length !== 33 || typed[0] !== ED25519_NOTE) return false
    assertStrongEd25519(base64url(typed.subarray(1)))
    const id = sha256(concat(utf8(origin), NEWLINE, typed)).subarray(0, 4)
    return hex(id) === match[2]
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}
