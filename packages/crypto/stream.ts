/**
 * The chunked encryption of `chunked.ts` for what does not fit into memory: bytes go in as they come, chunks come out, and no more
 * than one chunk waits. Node only: one synchronous cipher a chunk costs less than a promise.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { type Bytes, concat, equal } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { CHUNK, deriveChunked, HEAD, nonceOf, SALT, SEALED, TAG } from './chunked.ts'
import { cannotOpen } from './errors.ts'

/** Takes bytes as they come; what is given back is to be written in order, `end` last. */
export type Through = { push(bytes: Uint8Array): Uint8Array; end(): Uint8Array }

/**
 * Cuts a stream into pieces of exactly `size` bytes and writes what `work` makes of each, `made` bytes, into one buffer a push; what
 * is left over waits. One allocation for each push, however many pieces there are.
 */
function createCutter(size: number, made: number, work: (piece: Uint8Array, out: Uint8Array) => void) {
  const waiting = new Uint8Array(size)
  let filled = 0
  return {
    push(bytes: Uint8Array): Uint8Array {
      const out = new Uint8Array(Math.floor((filled + bytes.length) / size) * made)
      let [at, to] = [0, 0]
      if (filled > 0) {
        at = Math.min(size - filled, bytes.length)
        waiting.set(bytes.subarray(0, at), filled)
        filled += at
        if (filled < size) return out
        work(waiting, out.subarray(0, made))
        to = made
        filled = 0
      }
      for (; bytes.length - at >= size; at += size, to += made) {
        work(bytes.subarray(at, at + size), out.subarray(to, to + made))
      }
      waiting.set(bytes.subarray(at))
      filled = bytes.length - at
      return out
    },
    /** What is left over; a view that the next push overwrites. */
    rest: () => waiting.subarray(0, filled),
    wipe: () => waiting.fill(0),
  }
}

/** Encrypts a stream under the 32-byte `key`; the bytes are those of `encryptChunked` with the same salt. */
export function sealStream(key: Bytes, context: Uint8Array, random: Random): Through {
  const salt = random(SALT)
  const { aes, baseNonce, commitment } = deriveChunked(key, salt, context)
  // A key object is imported once; raw bytes would be for each chunk, which halves the rate.
  const secret = createSecretKey(aes)
  aes.fill(0)
  let chunk = 0
  const seal = (piece: Uint8Array, out: Uint8Array): void => {
    const cipher = createCipheriv('aes-256-gcm', secret, nonceOf(baseNonce, chunk++))
    out.set(cipher.update(piece))
    cipher.final()
    out.set(cipher.getAuthTag(), piece.length)
  }
  const cutter = createCutter(CHUNK, SEALED, seal)
  let begun = false
  const headed = (bytes: Uint8Array) => {
    if (begun) return bytes
    begun = true
    return concat(salt, commitment, bytes)
  }
  return {
    push: (bytes) => headed(cutter.push(bytes)),
    // The last chunk is always shorter than the others: that nothing follows is part of what is sealed.
    end() {
      const last = new Uint8Array(cutter.rest().length + TAG)
      seal(cutter.rest(), last)
      cutter.wipe()
      return headed(last)
    },
  }
}

/**
 * Decrypts a stream, chunk by chunk: each is whole and in its place, and `end` throws `cannot-open` unless the short last one came.
 * What came out before that is not yet known to be complete.
 */
export function openStream(key: Bytes, context: Uint8Array): Through {
  let derived: { secret: KeyObject; baseNonce: Bytes } | undefined
  let head: Uint8Array = new Uint8Array(0)
  let chunk = 0
  const open = (piece: Uint8Array, out: Uint8Array): void => {
    if (!derived || piece.length < TAG) throw cannotOpen()
    const decipher = createDecipheriv('aes-256-gcm', derived.secret, nonceOf(derived.baseNonce, chunk++))
    decipher.setAuthTag(piece.subarray(piece.length - TAG))
    try {
      const plain = decipher.update(piece.subarray(0, piece.length - TAG))
      decipher.final()
      out.set(plain)
      plain.fill(0)
    } catch {
      throw cannotOpen()
    }
  }
  const cutter = createCutter(SEALED, CHUNK, open)
  const begin = (bytes: Uint8Array): Uint8Array => {
    if (derived) return bytes
    head = concat(head, bytes)
    if (head.length < HEAD) return new Uint8Array(0)
    const { aes, baseNonce, commitment } = deriveChunked(key, head.subarray(0, SALT) as Bytes, context)
    if (!equal(commitment, head.subarray(SALT, HEAD))) throw cannotOpen()
    derived = { secret: createSecretKey(aes), baseNonce }
    aes.fill(0)
    return head.subarray(HEAD)
  }
  return {
    push: (bytes) => cutter.push(begin(bytes)),
    end() {
      const last = new Uint8Array(Math.max(0, cutter.rest().length - TAG))
      open(cutter.rest(), last)
      return last
    },
  }
}
