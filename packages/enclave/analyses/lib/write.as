/** Writes the answer in the runtime's binary form. A number that is not finite is written as null. */

export class Writer {
  ptr: usize = heap.alloc(65536)
  room: i32 = 65536
  /** The first four bytes are the length of the rest. */
  size: i32 = 4

  need(count: i32): usize {
    if (this.size + count > this.room) {
      this.room = (this.room + count) * 2
      this.ptr = heap.realloc(this.ptr, this.room)
    }
    const from = this.ptr + this.size
    this.size += count
    return from
  }

  tag(value: u8): void {
    store<u8>(this.need(1), value)
  }

  nothing(): void {
    this.tag(0)
  }

  flag(value: bool): void {
    this.tag(value ? 2 : 1)
  }

  num(value: f64): void {
    if (!isFinite(value)) return this.nothing()
    this.tag(3)
    store<f64>(this.need(8), value)
  }

  raw(value: string): void {
    const length = String.UTF8.byteLength(value)
    store<u32>(this.need(4), length)
    const to = this.need(length)
    String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, to)
  }

  str(value: string): void {
    this.tag(4)
    this.raw(value)
  }

  /** Begins a list or an object; its count grows with each `item` or `key`. */
  list(): i32 {
    this.tag(5)
    store<u32>(this.need(4), 0)
    return this.size - 4
  }

  object(): i32 {
    this.tag(6)
    store<u32>(this.need(4), 0)
    return this.size - 4
  }

  item(open: i32): void {
    store<u32>(this.ptr + open, load<u32>(this.ptr + open) + 1)
  }

  key(open: i32, name: string): void {
    this.item(open)
    this.raw(name)
  }

  /** `count` bytes to be filled in by the caller. */
  bytes(count: i32): usize {
    this.tag(8)
    store<u32>(this.need(4), count)
    return this.need(count)
  }

  keyNum(open: i32, name: string, value: f64): void {
    this.key(open, name)
    this.num(value)
  }

  keyStr(open: i32, name: string, value: string): void {
    this.key(open, name)
    this.str(value)
  }

  keyFlag(open: i32, name: string, value: bool): void {
    this.key(open, name)
    this.flag(value)
  }

  finish(): usize {
    store<u32>(this.ptr, this.size - 4)
    return this.ptr
  }
}
