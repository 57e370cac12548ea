/** Counts by level, with and without the outcome; a column with a small count shows none of its counts. */
import { Writer } from '../../lib/write'

const MOST: i32 = 20

function safeCell(n: f64, events: f64, k: f64): bool {
  return n == 0 || (events >= k && n - events >= k)
}

/** The levels of one column over all hospitals, with people and events at each hospital. */
export class Counts {
  labels: string[] = []
  codes: f64[] = []
  n: f64[][] = []
  events: f64[][] = []
  sites: i32
  /** Too many different values to be levels. */
  many: bool = false

  constructor(sites: i32) {
    this.sites = sites
  }

  find(label: string, code: f64): i32 {
    for (let i = 0; i < this.labels.length; i++) if (this.labels[i] == label && (label != '' || this.codes[i] == code)) return i
    this.labels.push(label)
    this.codes.push(code)
    this.n.push(new Array<f64>(this.sites).fill(0))
    this.events.push(new Array<f64>(this.sites).fill(0))
    if (this.labels.length > MOST) this.many = true
    return this.labels.length - 1
  }

  add(level: i32, site: i32, event: bool): void {
    const n = this.n[level]
    n[site] += 1
    if (event) this.events[level][site] += 1
  }

  total(cells: f64[]): f64 {
    let sum: f64 = 0
    for (let s = 0; s < cells.length; s++) sum += cells[s]
    return sum
  }

  /**
   * Does every level that occurs have `k` people with the outcome and `k` without: over all hospitals, and at each one whose data
   * is not public?
   */
  safe(k: f64, closed: bool[]): bool {
    for (let i = 0; i < this.labels.length; i++) {
      if (!safeCell(this.total(this.n[i]), this.total(this.events[i]), k)) return false
      for (let s = 0; s < this.sites; s++) if (closed[s] && !safeCell(this.n[i][s], this.events[i][s], k)) return false
    }
    return !this.many && this.labels.length > 0
  }

  label(i: i32): string {
    return this.labels[i] != '' ? this.labels[i] : (<i32>this.codes[i]).toString()
  }

  /** One row for each level over all hospitals. */
  write(out: Writer): void {
    const list = out.list()
    for (let i = 0; i < this.labels.length; i++) {
      out.item(list)
      const one = out.object()
      out.keyStr(one, 'level', this.label(i))
      out.keyNum(one, 'n', this.total(this.n[i]))
      out.keyNum(one, 'events', this.total(this.events[i]))
    }
  }

  /** The cells the gate judges. */
  disclose(out: Writer, list: i32, column: string, names: string[]): void {
    for (let i = 0; i < this.labels.length; i++) {
      for (let s = 0; s < this.sites; s++) {
        out.item(list)
        const one = out.object()
        out.keyStr(one, 'site', names[s])
        out.keyStr(one, 'term', column)
        out.keyStr(one, 'level', this.label(i))
        out.keyNum(one, 'n', this.n[i][s])
        out.keyNum(one, 'events', this.events[i][s])
        out.keyNum(one, 'without', this.n[i][s] - this.events[i][s])
        if (this.labels[i] == '') out.keyFlag(one, 'numeric', true)
      }
    }
  }
}
