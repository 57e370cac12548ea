/** Heartify: logistic regression over several hospitals. `run` answers the model, `cohort` the rows it would use. */
import { read, Value } from '../../lib/value'
import { Writer } from '../../lib/write'
import { sitesOf } from '../../lib/tables'
import { grab } from '../../lib/memory'
import { emptyColumn, Used, usedOf } from './cohort'
import { designOf } from './design'
import { Split, splitsOf } from './groups'
import { writeMasks, writeNone } from './masks'
import { report } from './report'
import { Spec, specOf } from './spec'

export { fault } from '../../lib/memory'

/** Room for the input. */
export function alloc(size: u32): usize {
  return grab(size + 16)
}

function refusal(out: Writer, spec: Spec): usize {
  const all = out.object()
  out.keyStr(all, 'refused', spec.refused)
  if (spec.about != '') out.keyStr(all, 'about', spec.about)
  return out.finish()
}

function usedAll(spec: Spec): Used[] {
  const used: Used[] = []
  for (let s = 0; s < spec.places.length && spec.refused == ''; s++) {
    used.push(usedOf(spec, spec.places[s]))
    const empty = emptyColumn(spec.places[s], used[s])
    if (empty !== null) spec.refuse('site-without-column', spec.places[s].site.name + ':' + empty.name)
    else if (used[s].rows == 0) spec.refuse('site-without-rows', spec.places[s].site.name)
  }
  return used
}

export function run(ptr: usize, size: u32): usize {
  const input: Value = read(ptr)
  const out = new Writer()
  const spec = specOf(input.get('params'), sitesOf(input))
  if (spec.refused != '') return refusal(out, spec)
  const used = usedAll(spec)
  if (spec.refused != '') return refusal(out, spec)
  const design = designOf(spec, used)
  if (spec.refused == '') report(design, used, out)
  return spec.refused != '' ? refusal(new Writer(), spec) : out.finish()
}

/**
 * For each table a list of masks, a byte a row: the rows used, then every group the model tells apart, with the outcome and
 * without. A hospital that is left out uses none of its rows. What a hospital answers does not depend on the others.
 */
export function cohort(ptr: usize, size: u32): usize {
  const input = read(ptr)
  const out = new Writer()
  const spec = specOf(input.get('params'), sitesOf(input))
  if (spec.refused != '') return refusal(out, spec)
  const used: Used[] = []
  const splits: Split[][] = []
  for (let s = 0; s < spec.places.length && spec.refused == ''; s++) {
    used.push(usedOf(spec, spec.places[s]))
    if (spec.refused == '') splits.push(splitsOf(spec, [spec.places[s]], [used[s]])[0])
  }
  if (spec.refused != '') return refusal(out, spec)
  const tables = input.get('tables').items
  const list = out.list()
  for (let t = 0; t < tables.length; t++) {
    out.item(list)
    let found = -1
    for (let s = 0; s < spec.places.length; s++) if (tables[t].get('site').is(spec.places[s].site.name)) found = s
    if (found >= 0) writeMasks(out, spec, spec.places[found], used[found], splits[found])
    else writeNone(out, <i32>tables[t].get('rows').number(0))
  }
  return spec.refused != '' ? refusal(new Writer(), spec) : out.finish()
}
