/** Reads the values the runtime hands over (runtime/values.ts); large arrays stay where they are. */

export const NULL: i32 = 0
export const FALSE: i32 = 1
export const TRUE: i32 = 2
export const NUMBER: i32 = 3
export const STRING: i32 = 4
export const ARRAY: i32 = 5
export const OBJECT: i32 = 6
export const NUMBERS: i32 = 7
export const BYTES: i32 = 8
/** Asked for and not there. */
export const ABSENT: i32 = 9

/** One value. Every accessor is total: a wrong kind gives the default, never a trap. */
export class Value {
  tag: i32 = ABSENT
  num: f64 = 0
  str: string = ''
  ptr: usize = 0
  len: i32 = 0
  items: Value[] = []
  keys: string[] = []

  get there(): bool {
    return this.tag != ABSENT && this.tag != NULL
  }

  /** A member of an object; a value with tag ABSENT when there is none. */
  get(key: string): Value {
    const at = this.tag == OBJECT ? this.keys.indexOf(key) : -1
    return at < 0 ? new Value() : this.items[at]
  }

  at(index: i32): Value {
    return index >= 0 && index < this.items.length ? this.items[index] : new Value()
  }

  is(text: string): bool {
    return this.tag == STRING && this.str == text
  }

  number(other: f64): f64 {
    return this.tag == NUMBER ? this.num : other
  }
}

class Cursor {
  constructor(
    public start: usize,
    public at: usize,
  ) {}

  count(): i32 {
    const value = load<u32>(this.at)
    this.at += 4
    return <i32>value
  }

  text(): string {
    const length = this.count()
    const value = String.UTF8.decodeUnsafe(this.at, length)
    this.at += length
    return value
  }
}

function many(from: Cursor, value: Value): void {
  const length = from.count()
  for (let i = 0; i < length; i++) {
    if (value.tag == OBJECT) value.keys.push(from.text())
    value.items.push(next(from))
  }
}

function next(from: Cursor): Value {
  const value = new Value()
  value.tag = load<u8>(from.at++)
  if (value.tag == NUMBER) {
    value.num = load<f64>(from.at)
    from.at += 8
  } else if (value.tag == STRING) value.str = from.text()
  else if (value.tag == ARRAY || value.tag == OBJECT) many(from, value)
  else if (value.tag == NUMBERS || value.tag == BYTES) {
    value.len = from.count()
    if (value.tag == NUMBERS) from.at = from.start + (((from.at - from.start) + 7) & ~7)
    value.ptr = from.at
    from.at += value.tag == NUMBERS ? <usize>value.len << 3 : <usize>value.len
  }
  return value
}

/** The value that begins at `ptr`. */
export function read(ptr: usize): Value {
  return next(new Cursor(ptr, ptr))
}
