/** Conditions on one column: the outcome's event and the cohort's filter share them. */
import { Column, Site } from './tables'
import { ARRAY, NUMBER, STRING, Value } from './value'

export const EQ: i32 = 0
export const NE: i32 = 1
export const LT: i32 = 2
export const LE: i32 = 3
export const GT: i32 = 4
export const GE: i32 = 5
export const IN: i32 = 6

function opOf(name: string): i32 {
  if (name == 'eq') return EQ
  if (name == 'ne') return NE
  if (name == 'lt') return LT
  if (name == 'le') return LE
  if (name == 'gt') return GT
  if (name == 'ge') return GE
  return name == 'in' ? IN : -1
}

/** A condition bound to one hospital's column: levels are resolved to their places there. */
export class Condition {
  column: Column = new Column()
  than: Column | null = null
  op: i32 = EQ
  values: f64[] = []

  /** Does it hold at `row`? A missing value makes it false. */
  holds(row: i32): bool {
    const x = this.column.get(row)
    if (x != x) return false
    const than = this.than
    if (than !== null) return compare(this.op, x, than.get(row))
    if (this.op != IN) return compare(this.op, x, this.values[0])
    for (let i = 0; i < this.values.length; i++) if (this.values[i] == x) return true
    return false
  }
}

function compare(op: i32, x: f64, y: f64): bool {
  if (y != y) return false
  if (op == EQ) return x == y
  if (op == NE) return x != y
  if (op == LT) return x < y
  if (op == LE) return x <= y
  return op == GT ? x > y : x >= y
}

/** The number a wanted value stands for in `column`; -1 for a level it does not have, NaN for a wrong kind. */
export function codeOf(column: Column, wanted: Value): f64 {
  if (column.category) return wanted.tag == STRING ? <f64>column.levels.indexOf(wanted.str) : NaN
  return wanted.tag == NUMBER ? wanted.num : NaN
}

/** Binds `spec` {column, op, value | than} to `site`; an empty string, or the code of what is wrong. */
export function bind(site: Site, spec: Value, into: Condition): string {
  const column = site.column(spec.get('column').str)
  if (column === null) return 'column-unknown'
  into.column = column
  into.op = opOf(spec.get('op').str)
  if (into.op < 0) return 'params-invalid'
  if (column.category && into.op >= LT && into.op <= GE) return 'column-kind'
  if (spec.get('than').there) {
    into.than = site.column(spec.get('than').str)
    if (into.than === null) return 'column-unknown'
    return column.category || into.op == IN || into.than!.category ? 'column-kind' : ''
  }
  const value = spec.get('value')
  const list = value.tag == ARRAY ? value.items : [value]
  if (list.length == 0 || (into.op != IN && value.tag == ARRAY)) return 'params-invalid'
  for (let i = 0; i < list.length; i++) {
    const code = codeOf(column, list[i])
    if (code != code) return 'column-kind'
    into.values.push(code)
  }
  return ''
}
