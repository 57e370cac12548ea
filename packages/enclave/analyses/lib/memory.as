/** Large arrays outside of the object heap. */

/** 1 when the analysis stopped because memory ran out; the runtime reads it after a trap. */
export let fault: i32 = 0

/** Kept free above the last large array, so that small objects do not make the memory double. */
const SLACK: usize = 1 << 20
let end: usize = 0

/** `size` bytes, aligned to 16, not cleared. Stops the analysis, saying so, when they cannot be had. */
export function grab(size: usize): usize {
  const have = <usize>memory.size() << 16
  if (end + size + SLACK > have) {
    const wanted = <i32>((size + SLACK) >> 16) + 1
    if (memory.grow(wanted) < 0 && memory.grow(<i32>(size >> 16) + 2) < 0) {
      fault = 1
      unreachable()
    }
  }
  const ptr = heap.alloc(size)
  end = ptr + size
  return ptr
}

/** `count` doubles, all 0. */
export function doubles(count: i32): usize {
  const size = <usize>count << 3
  const ptr = grab(size + 16)
  memory.fill(ptr, 0, size + 16)
  return ptr
}

// @ts-ignore: decorator
@inline export function at(ptr: usize, index: i32): f64 {
  return load<f64>(ptr + (<usize>index << 3))
}

// @ts-ignore: decorator
@inline export function put(ptr: usize, index: i32, value: f64): void {
  store<f64>(ptr + (<usize>index << 3), value)
}

export function copy(to: usize, from: usize, count: i32): void {
  memory.copy(to, from, <usize>count << 3)
}
