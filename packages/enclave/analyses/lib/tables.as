/** The hospitals' tables as an analysis sees them, with the data contract's plausibility ranges laid over. */
import { Value } from './value'

export class Column {
  name: string = ''
  category: bool = false
  levels: string[] = []
  values: usize = 0
  min: f64 = -Infinity
  max: f64 = Infinity

  /** The number at `row`, or NaN when it is missing or not plausible. */
  // @ts-ignore: decorator
  @inline get(row: i32): f64 {
    const x = load<f64>(this.values + (<usize>row << 3))
    return x >= this.min && x <= this.max ? x : NaN
  }

  implausible(row: i32): bool {
    const x = load<f64>(this.values + (<usize>row << 3))
    return x == x && !(x >= this.min && x <= this.max)
  }
}

export class Site {
  name: string = ''
  rows: i32 = 0
  columns: Column[] = []

  column(name: string): Column | null {
    for (let i = 0; i < this.columns.length; i++) if (this.columns[i].name == name) return this.columns[i]
    return null
  }
}

function columnOf(value: Value, ranges: Value): Column {
  const column = new Column()
  column.name = value.get('name').str
  column.category = value.get('kind').is('category')
  column.values = value.get('values').ptr
  const levels = value.get('levels').items
  for (let i = 0; i < levels.length; i++) column.levels.push(levels[i].str)
  const range = ranges.get(column.name)
  column.min = range.get('min').number(-Infinity)
  column.max = range.get('max').number(Infinity)
  return column
}

/** The tables of an input `{params, tables}`, those named in `params.withoutSites` left out. */
export function sitesOf(input: Value): Site[] {
  const sites: Site[] = []
  const tables = input.get('tables').items
  const without = input.get('params').get('withoutSites')
  for (let t = 0; t < tables.length; t++) {
    const site = new Site()
    site.name = tables[t].get('site').str
    site.rows = <i32>tables[t].get('rows').number(0)
    const columns = tables[t].get('columns').items
    for (let c = 0; c < columns.length; c++) site.columns.push(columnOf(columns[c], input.get('params').get('ranges')))
    let left = false
    for (let i = 0; i < without.items.length; i++) if (without.items[i].is(site.name)) left = true
    if (!left) sites.push(site)
  }
  return sites
}

/** A name that two hospitals share, or an empty string. */
export function sharedName(sites: Site[]): string {
  for (let s = 0; s < sites.length; s++)
    for (let t = 0; t < s; t++) if (sites[s].name == sites[t].name) return sites[s].name
  return ''
}
