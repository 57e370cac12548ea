/** describe: safe summary tables of the hospitals' columns, and their counts by outcome. */
import { grab } from '../../lib/memory'
import { read, Value } from '../../lib/value'
import { Writer } from '../../lib/write'
import { Counts } from './counts'
import { writeMasks, writeNone } from './masks'
import { Values, writeValues } from './summary'
import { collect, collectLevels, Place, Work, workOf } from './work'

export { fault } from '../../lib/memory'

export function alloc(size: u32): usize {
  return grab(size + 16)
}

function writeColumn(out: Writer, work: Work, name: string): void {
  let room = 0
  for (let s = 0; s < work.places.length; s++) room += work.places[s].used
  const all = new Values(room)
  const counts = new Counts(work.places.length)
  const one = out.object()
  let category = false
  out.keyStr(one, 'name', name)
  out.key(one, 'hospitals')
  const list = out.list()
  for (let s = 0; s < work.places.length; s++) {
    const place = work.places[s]
    const column = place.site.column(name)
    if (column === null) continue
    if (column.category) category = true
    const own = collect(place, column)
    // A hospital with values of a few people only is in no figure: over all minus those shown would be its own.
    const hidden = (own.count > 0 && <f64>own.count < work.k) || (work.closed[s] && own.disguised(work.k))
    if (!hidden) {
      all.take(own)
      collectLevels(place, s, column, counts)
    }
    out.item(list)
    const site = out.object()
    out.keyStr(site, 'site', place.site.name)
    writeValues(out, site, own, !column.category && !hidden, work.k)
    if (column.category || hidden || <f64>own.count < work.k) continue
    work.dominance.push(own.dominance())
    work.dominant.push(name + ' ' + place.site.name)
  }
  writeValues(out, one, all, !category, work.k)
  const safe = counts.safe(work.k, work.closed)
  out.keyFlag(one, 'suppressed', !safe && !counts.many)
  out.key(one, 'levels')
  if (!safe) {
    out.list()
    return
  }
  counts.write(out)
  work.counts.push(counts)
  work.shown.push(name)
}

function writeDisclosure(out: Writer, work: Work): void {
  let rows = 0
  const names: string[] = []
  const all = out.object()
  out.key(all, 'sites')
  const sites = out.list()
  for (let s = 0; s < work.places.length; s++) {
    rows += work.places[s].used
    names.push(work.places[s].site.name)
    out.item(sites)
    const one = out.object()
    out.keyStr(one, 'site', names[s])
    out.keyNum(one, 'n', work.places[s].used)
    out.keyNum(one, 'events', work.places[s].events)
    out.keyNum(one, 'without', work.places[s].used - work.places[s].events)
  }
  out.keyNum(all, 'k', work.k)
  out.keyNum(all, 'parameters', 1)
  out.keyNum(all, 'rows', rows)
  out.keyNum(all, 'residualDf', rows - 1)
  out.key(all, 'levels')
  const levels = out.list()
  for (let i = 0; i < work.counts.length; i++) work.counts[i].disclose(out, levels, work.shown[i], names)
  out.key(all, 'dominance')
  const list = out.list()
  for (let i = 0; i < work.dominance.length; i++) {
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'about', work.dominant[i])
    out.keyNum(one, 'percent', work.dominance[i])
  }
}

function refusal(out: Writer, work: Work): usize {
  const all = out.object()
  out.keyStr(all, 'refused', work.refused)
  if (work.about != '') out.keyStr(all, 'about', work.about)
  return out.finish()
}

export function run(ptr: usize, size: u32): usize {
  const work = workOf(read(ptr))
  const out = new Writer()
  let rows = 0
  for (let s = 0; s < work.places.length; s++) rows += work.places[s].used
  if (rows == 0) work.refuse('no-rows', '')
  if (work.refused != '') return refusal(out, work)
  const all = out.object()
  out.keyNum(all, 'n', rows)
  out.key(all, 'columns')
  const list = out.list()
  for (let i = 0; i < work.columns.length; i++) {
    out.item(list)
    writeColumn(out, work, work.columns[i])
  }
  out.key(all, 'disclosure')
  writeDisclosure(out, work)
  return out.finish()
}

/**
 * For each table a list: a mask of the rows counted, then one for every group of them that is shown, and for each number the
 * rows that have it (`of` names the column). A hospital that is left out has none.
 */
export function cohort(ptr: usize, size: u32): usize {
  const input = read(ptr)
  const work = workOf(input)
  const out = new Writer()
  if (work.refused != '') return refusal(out, work)
  const tables = input.get('tables').items
  const list = out.list()
  for (let t = 0; t < tables.length; t++) {
    out.item(list)
    let found = -1
    for (let s = 0; s < work.places.length; s++) if (tables[t].get('site').is(work.places[s].site.name)) found = s
    if (found >= 0) writeMasks(out, work, work.places[found])
    else writeNone(out, <i32>tables[t].get('rows').number(0))
  }
  return work.refused != '' ? refusal(new Writer(), work) : out.finish()
}
