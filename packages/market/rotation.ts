/** Keys of an organisation over time: each was replaced by a word that it signed itself (ledger: org.rotate). */

/** A word that replaced the key `by`, which signed it, by `next`. */
export type Rotation = { readonly by: string; readonly next: string }

/** A key as the verifier pinned it; one with an end is of the past, and the pinned ones say already what came after it. */
export type Pinned = { readonly key: string; readonly until?: number }

/**
 * The pinned keys and every one after today's that it led to; `rotations` are verified, oldest first. Never the other way round: anybody
 * can sign with a key of their own that a known key comes after it. A key of the past leads nowhere: who stole it names no successor.
 */
export function keysFrom(pinned: readonly Pinned[], rotations: readonly Rotation[]): ReadonlySet<string> {
  const keys = new Set(pinned.map(({ key }) => key))
  const leading = new Set(pinned.flatMap(({ key, until }) => (until === undefined ? [key] : [])))
  for (const { by, next } of rotations) {
    if (!leading.has(by) || keys.has(next)) continue
    keys.add(next)
    leading.add(next)
  }
  return keys
}

/** The key that a transaction puts in the place of its signer's; undefined when it is none such. */
export function nextKeyOf({ type, body }: { readonly type: string; readonly body: unknown }): string | undefined {
  const next = type === 'org.rotate' ? (body as { key?: unknown }).key : undefined
  return typeof next === 'string' ? next : undefined
}
