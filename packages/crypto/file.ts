/**
 * A file sealed for whoever holds its key and has no part in Salus: compact JWE, `dir` with A256GCM (RFC 7516, RFC 7518), as SMART
 * Health Links want it. Others made the format: it names its content in `cty`, may be deflated, and commits to no key.
 */
import { type Bytes, concat } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { z } from '@salus/base/schema'
import { assertKey32 } from './committed.ts'
import { cannotOpen, orCannotOpen } from './errors.ts'
import { decryptJwe, encryptJwe, splitJwe } from './jwe.ts'

/** Largest plaintext of a file, bytes: a small ciphertext may inflate to a thousand times its size. */
export const MAX_FILE = 32 * 1024 * 1024

// Members of others are let by (RFC 7516 §4: a receiver ignores what it does not know), but none that must be understood.
const header = z.object({
  alg: z.literal('dir'),
  enc: z.literal('A256GCM'),
  zip: z.literal('DEF').optional(),
  cty: z.string().max(100).optional(),
  crit: z.undefined().optional(),
})

/** What it is (a media type), and whether it is deflated before it is sealed: then its size tells more of what is inside. */
export type FileForm = { readonly cty: string; readonly zip?: 'DEF' }

/** Seals `plaintext` under the 32-byte `key`, which serves for this file alone. */
export async function sealFile(key: Bytes, plaintext: Bytes, form: FileForm, random: Random): Promise<string> {
  assertKey32(key)
  const inside = form.zip ? await through(new CompressionStream('deflate-raw'), plaintext) : plaintext
  return encryptJwe(key, { alg: 'dir', enc: 'A256GCM', ...form }, new Uint8Array(0), random(12), inside)
}

/** C16 Opens a file of at most `most` bytes, whoever sealed it; all that is wrong with one is `cannot-open`. */
export function openFile(key: Bytes, jwe: string, most = MAX_FILE): Promise<{ bytes: Bytes; cty?: string }> {
  return orCannotOpen(async () => {
    assertKey32(key)
    const parts = splitJwe(jwe)
    const { zip, cty } = header.parse(parts.header)
    if (parts.encryptedKey.length !== 0) throw cannotOpen()
    const inside = await decryptJwe(key, parts)
    const bytes = zip ? await through(new DecompressionStream('deflate-raw'), inside, most) : inside
    if (bytes.length > most) throw cannotOpen()
    return cty === undefined ? { bytes } : { bytes, cty }
  })
}

/** All that comes out of a stream; it is let go as soon as that is more than `most` bytes. */
async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Bytes,
  most = Number.POSITIVE_INFINITY,
): Promise<Bytes> {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader()
  const parts: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(...parts)
    size += value.length
    if (size > most) {
      await reader.cancel().catch(() => undefined)
      throw cannotOpen()
    }
    parts.push(value)
  }
}
