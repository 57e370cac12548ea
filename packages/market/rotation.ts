/** Keys of an organisation over time: each was replaced by a word that it signed itself (ledger: org.rotate). */

/** A word that replaced the key `by`, which signed it, by `next`. */
export type Rotation = { readonly by: string; readonly next: string }

/**
 * The pinned key and every one after it that it led to; `rotations` are verified, oldest first. Never the other way round: anybody can
 * sign with a key of their own that a known key comes after it.
 */
export function keysFrom(pinned: string, rotations: readonly Rotation[]): ReadonlySet<string> {
  const keys = new Set([pinned])
  for (const { by, next } of rotations) if (keys.has(by)) keys.add(next)
  return keys
}

/** The key that a transaction puts in the place of its signer's; undefined when it is none such. */
export function nextKeyOf({ type, body }: { readonly type: string; readonly body: unknown }): string | undefined {
  const next = type === 'org.rotate' ? (body as { key?: unknown }).key : undefined
  return typeof next === 'string' ? next : undefined
}
