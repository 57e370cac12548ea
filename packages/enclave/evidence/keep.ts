/** A map that drops its oldest entries: what follows from bytes alone is worked out once for bytes seen again. */

export type Kept<Value> = {
  /** What is kept under `key`, else what `make` gives. A throwing `make` keeps nothing. */
  get(key: string, make: () => Value): Value
}

/** An empty map of at most `limit` entries. */
export function createKept<Value>(limit: number): Kept<Value> {
  const entries = new Map<string, Value>()
  return {
    get(key, make) {
      const found = entries.get(key)
      if (found !== undefined) return found
      const value = make()
      entries.set(key, value)
      if (entries.size > limit) entries.delete(entries.keys().next().value as string)
      return value
    },
  }
}
