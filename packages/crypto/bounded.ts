/** A map that forgets the least recently used: imported keys are kept, and never more than `limit` of them. */

export type Bounded<Value> = {
  /** The value kept under `key`, or what `make` gives, which is then kept. A throwing `make` keeps nothing. */
  get(key: string, make: () => Value): Value
  readonly size: number
}

/** An empty bounded map. Importing a key for each verification halves the rate (facts: toolchain). */
export function createBounded<Value>(limit: number): Bounded<Value> {
  const kept = new Map<string, Value>()
  return {
    get(key, make) {
      const found = kept.get(key)
      const value = found ?? make()
      // Deleting and setting again moves the key to the young end of the insertion order.
      if (found !== undefined) kept.delete(key)
      kept.set(key, value)
      if (kept.size > limit) kept.delete(kept.keys().next().value as string)
      return value
    },
    get size() {
      return kept.size
    },
  }
}
