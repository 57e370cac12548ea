/** How well the model tells events from others, and how true its probabilities are. */
import { at, doubles, put } from '../../lib/memory'
import { logistic } from '../../lib/math'
import { Design, PANEL } from './design'
import { predict } from './pass'
import { ordered } from '../../lib/sort'

const GROUPS: i32 = 10
const POINTS: i32 = 50

export class Quality {
  n: f64 = 0
  events: f64 = 0
  brier: f64 = 0
  tjur: f64 = 0
  auc: f64 = NaN
  aucSe: f64 = NaN
  /** By tenth of the rows, in order of their probability. */
  groupN: f64[] = new Array<f64>(GROUPS).fill(0)
  groupEvents: f64[] = new Array<f64>(GROUPS).fill(0)
  groupExpected: f64[] = new Array<f64>(GROUPS).fill(0)
  /** Rows in each, whatever they weigh: all, with the outcome, without. */
  groupRows: i32[] = new Array<i32>(GROUPS).fill(0)
  groupCases: i32[] = new Array<i32>(GROUPS).fill(0)
  groupOthers: i32[] = new Array<i32>(GROUPS).fill(0)
  hosmer: f64 = 0
  /** False and true positive rates, from (0, 0) to (1, 1). */
  falseRate: f64[] = []
  trueRate: f64[] = []
}

/** The design's rows in order of their fitted probability. */
class Ranking {
  constructor(
    public design: Design,
    public chance: usize,
    public order: usize,
  ) {}

  row(i: i32): i32 {
    return <i32>load<u32>(this.order + (<usize>i << 2))
  }

  events(i: i32): f64 {
    return at(this.design.y, this.row(i))
  }

  trials(i: i32): f64 {
    return this.design.m == 0 ? 1 : at(this.design.m, this.row(i))
  }

  p(i: i32): f64 {
    return at(this.chance, this.row(i))
  }

  /** The end of the run of equal probabilities that begins at `i`. */
  tie(i: i32): i32 {
    let end = i + 1
    while (end < this.design.n && this.p(end) == this.p(i)) end++
    return end
  }
}

function rank(design: Design, beta: usize): Ranking {
  const chance = doubles(design.n)
  const eta = doubles(PANEL)
  for (let k = 0; k < design.panels; k++) {
    predict(design, k, design.panel(k), beta, eta)
    for (let i = 0; i < design.panelRows[k]; i++) put(chance, design.panelFirst[k] + i, logistic(at(eta, i)))
  }
  return new Ranking(design, chance, ordered(chance, design.n))
}

function sums(by: Ranking, out: Quality): void {
  let hit: f64 = 0
  let passed: f64 = 0
  for (let i = 0; i < by.design.n; i++) {
    const y = by.events(i)
    const m = by.trials(i)
    const p = by.p(i)
    out.n += m
    out.events += y
    out.brier += y * (1 - p) * (1 - p) + (m - y) * p * p
    hit += y * p
    passed += (m - y) * p
  }
  out.brier /= out.n
  out.tjur = hit / out.events - passed / (out.n - out.events)
}

/** The area under the curve as Mann and Whitney's statistic, ties counted half, with DeLong's variance. */
function area(by: Ranking, out: Quality): void {
  const n1 = out.events
  const n0 = out.n - n1
  let one: f64 = 0
  let oneSquare: f64 = 0
  let none: f64 = 0
  let noneSquare: f64 = 0
  let below0: f64 = 0
  let below1: f64 = 0
  for (let i = 0; i < by.design.n; ) {
    const end = by.tie(i)
    let y: f64 = 0
    let z: f64 = 0
    for (; i < end; i++) {
      y += by.events(i)
      z += by.trials(i) - by.events(i)
    }
    const v10 = (below0 + z / 2) / n0
    const v01 = (n1 - below1 - y / 2) / n1
    one += y * v10
    oneSquare += y * v10 * v10
    none += z * v01
    noneSquare += z * v01 * v01
    below0 += z
    below1 += y
  }
  if (!(n1 > 0) || !(n0 > 0)) return
  out.auc = one / n1
  const a = (oneSquare - (one * one) / n1) / (n1 - 1)
  const b = (noneSquare - (none * none) / n0) / (n0 - 1)
  out.aucSe = Math.sqrt(Math.max(0, a) / n1 + Math.max(0, b) / n0)
}

/** Hosmer and Lemeshow's tenths: group k holds the ranks up to k n / 10, ties in the order of the rows. */
function tenths(by: Ranking, whole: bool, out: Quality): void {
  let group = 0
  let done: f64 = 0
  for (let i = 0; i < by.design.n; i++) {
    const m = by.trials(i)
    const share = m > 0 ? by.events(i) / m : 0
    let left = m
    while (left > 0) {
      const exact = (<f64>(group + 1) * out.n) / <f64>GROUPS
      const end = group == GROUPS - 1 ? Infinity : whole ? Math.floor(exact) : exact
      const part = Math.min(left, end - done)
      if (part > 0) {
        out.groupN[group] += part
        out.groupRows[group]++
        if (share > 0) out.groupCases[group]++
        if (share < 1) out.groupOthers[group]++
        out.groupEvents[group] += part * share
        out.groupExpected[group] += part * by.p(i)
        done += part
        left -= part
      }
      if (left > 0) group++
    }
  }
  for (let g = 0; g < GROUPS; g++) {
    const e = out.groupExpected[g]
    const d = out.groupEvents[g] - e
    if (out.groupN[g] > 0) out.hosmer += (d * d) / (e * (1 - e / out.groupN[g]))
  }
}

/** At most 50 points of the curve, from the highest probabilities down; none says where a probability lies. */
function curve(by: Ranking, out: Quality): void {
  out.falseRate.push(0)
  out.trueRate.push(0)
  let y: f64 = 0
  let z: f64 = 0
  for (let i = by.design.n - 1; i >= 0; ) {
    const p = by.p(i)
    for (; i >= 0 && by.p(i) == p; i--) {
      y += by.events(i)
      z += by.trials(i) - by.events(i)
    }
    const reached = (y + z) / out.n >= <f64>out.falseRate.length / <f64>(POINTS - 1)
    if (i >= 0 && (!reached || out.falseRate.length >= POINTS - 1)) continue
    out.falseRate.push(z / (out.n - out.events))
    out.trueRate.push(y / out.events)
  }
}

/** Judges the model at `beta` (standardised). `whole`: weights are counts. */
export function qualityOf(design: Design, beta: usize, whole: bool): Quality {
  const out = new Quality()
  const by = rank(design, beta)
  sums(by, out)
  area(by, out)
  tenths(by, whole, out)
  curve(by, out)
  return out
}
