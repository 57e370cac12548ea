/** Safe figures of one column: mean, spread and percentiles that at least `k` people stand beyond. */
import { at, doubles, put } from '../../lib/memory'
import { ordered } from '../../lib/sort'
import { Writer } from '../../lib/write'

const SHARES: StaticArray<f64> = [0.05, 0.25, 0.5, 0.75, 0.95]

/** Number, mean and spread tell as many values apart. */
const FEW: i32 = 3

/** The values of a column at one hospital or at all of them; `count` numbers at `values`. */
export class Values {
  values: usize = 0
  count: i32 = 0
  missing: i32 = 0
  implausible: i32 = 0

  constructor(room: i32) {
    this.values = doubles(room)
  }

  add(x: f64): void {
    put(this.values, this.count++, x)
  }

  /** Takes the values and gaps of another in. */
  take(other: Values): void {
    for (let i = 0; i < other.count; i++) this.add(at(other.values, i))
    this.missing += other.missing
    this.implausible += other.implausible
  }

  /** Three values at most, one of them of fewer than `k` people: mean and spread would tell how many. */
  disguised(k: f64): bool {
    const seen: f64[] = []
    const people: f64[] = []
    for (let i = 0; i < this.count; i++) {
      const x = at(this.values, i)
      let place = seen.indexOf(x)
      if (place < 0) {
        if (seen.length == FEW) return false
        place = seen.push(x) - 1
        people.push(0)
      }
      people[place] += 1
    }
    for (let i = 0; i < people.length; i++) if (people[i] < k) return true
    return false
  }

  mean(): f64 {
    let sum: f64 = 0
    for (let i = 0; i < this.count; i++) sum += at(this.values, i)
    const first = sum / <f64>this.count
    let rest: f64 = 0
    for (let i = 0; i < this.count; i++) rest += at(this.values, i) - first
    return first + rest / <f64>this.count
  }

  sd(mean: f64): f64 {
    let sum: f64 = 0
    for (let i = 0; i < this.count; i++) sum += (at(this.values, i) - mean) * (at(this.values, i) - mean)
    return Math.sqrt(sum / <f64>(this.count - 1))
  }

  /** The share of the sum of sizes that the largest row carries, percent. */
  dominance(): f64 {
    let sum: f64 = 0
    let most: f64 = 0
    for (let i = 0; i < this.count; i++) {
      const size = Math.abs(at(this.values, i))
      sum += size
      most = Math.max(most, size)
    }
    return !isFinite(sum) ? 100 : sum > 0 ? (100 * most) / sum : 0
  }
}

const NAMES: StaticArray<string> = ['p5', 'p25', 'p50', 'p75', 'p95']

/** Writes percentiles (interpolated between ranks), each only when `k` people lie on its smaller side. */
function writePercentiles(out: Writer, open: i32, from: Values, k: f64): void {
  const order = ordered(from.values, from.count)
  for (let i = 0; i < SHARES.length; i++) {
    const share = SHARES[i]
    if (Math.min(share, 1 - share) * <f64>from.count < k) continue
    const place = share * <f64>(from.count - 1)
    const low = <i32>Math.floor(place)
    const high = min(low + 1, from.count - 1)
    const a = at(from.values, load<u32>(order + (<usize>low << 2)))
    const b = at(from.values, load<u32>(order + (<usize>high << 2)))
    out.keyNum(open, NAMES[i], a + (place - <f64>low) * (b - a))
  }
}

/** Writes the figures of `from` into an open object; with fewer than `k` values only how many there are. */
export function writeValues(out: Writer, open: i32, from: Values, numeric: bool, k: f64): void {
  out.keyNum(open, 'n', from.count)
  out.keyNum(open, 'missing', from.missing)
  out.keyNum(open, 'implausible', from.implausible)
  if (!numeric || <f64>from.count < k || from.count < 2) return
  const mean = from.mean()
  out.keyNum(open, 'mean', mean)
  out.keyNum(open, 'sd', from.sd(mean))
  writePercentiles(out, open, from, k)
}
