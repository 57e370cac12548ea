/** Record content, sealed once under a fresh content key; the key travels in packets only (architecture §3, "Record"). */
import type { Bytes } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { z } from '@salus/base/schema'
import { assertKey32, committedHeader, openCommitted, sealCommitted } from './committed.ts'
import { orCannotOpen } from './errors.ts'
import { splitJwe } from './jwe.ts'
import { pad, unpad } from './pad.ts'

const TYP = 'salus-content+jwe'
const DERIVATION = { label: 'salus/content/v1' } as const
const header = z.strictObject({ ...committedHeader, typ: z.literal(TYP) })

/** 32 fresh bytes. One content, one key. */
export const newContentKey = (random: Random): Bytes => random(32)

/** Seals `plaintext`, padded (pad.ts), under the 32-byte content `key` as a compact JWE; throws `key-invalid` on another length. */
export async function sealContent(key: Bytes, plaintext: Uint8Array, random: Random): Promise<string> {
  assertKey32(key)
  return sealCommitted(key, DERIVATION, { typ: TYP }, pad(plaintext), random)
}

/** Opens what `sealContent` made; everything else is `cannot-open`. */
export function openContent(key: Bytes, jwe: string): Promise<Bytes> {
  return orCannotOpen(async () => {
    assertKey32(key)
    const parts = splitJwe(jwe)
    const { kc } = header.parse(parts.header)
    return unpad(await openCommitted(key, DERIVATION, kc, parts))
  })
}
