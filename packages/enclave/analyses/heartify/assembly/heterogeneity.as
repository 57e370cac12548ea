/** Writes how far the hospitals agree on each risk factor. */
import { logChi2 } from '../../lib/math'
import { Writer } from '../../lib/write'
import { Design } from './design'
import { Alone, alone, pool, Pooled } from './hospitals'
import { SITE } from './spec'
import { keyP } from './terms'

function writeAlone(out: Writer, design: Design, sites: Alone[]): void {
  const list = out.list()
  for (let s = 0; s < sites.length; s++) {
    out.item(list)
    const one = out.object()
    out.keyStr(one, 'site', design.spec.places[s].site.name)
    out.keyFlag(one, 'converged', sites[s].converged)
    out.key(one, 'separated')
    const names = out.list()
    for (let i = 0; i < sites[s].separated.length; i++) {
      out.item(names)
      out.str(sites[s].separated[i])
    }
  }
}

function writePooled(out: Writer, one: i32, pooled: Pooled): void {
  out.keyNum(one, 'hospitals', pooled.k)
  out.keyNum(one, 'fixed', pooled.fixed)
  out.keyNum(one, 'fixedSe', pooled.fixedSe)
  out.keyNum(one, 'q', pooled.q)
  out.keyNum(one, 'df', Math.max(0, pooled.k - 1))
  keyP(out, one, 'qP', logChi2(pooled.q, <f64>(pooled.k - 1)))
  out.keyNum(one, 'i2', pooled.i2)
  out.keyNum(one, 'tau2', pooled.tau2)
  out.keyNum(one, 'random', pooled.random)
  out.keyNum(one, 'randomSe', pooled.randomSe)
}

function writeTerm(out: Writer, design: Design, sites: Alone[], j: i32): void {
  const one = out.object()
  out.keyStr(one, 'name', design.parts[j - 1].name)
  out.key(one, 'sites')
  const list = out.list()
  for (let s = 0; s < sites.length; s++) {
    out.item(list)
    const site = out.object()
    out.keyStr(site, 'site', design.spec.places[s].site.name)
    out.keyNum(site, 'estimate', sites[s].estimate[j])
    out.keyNum(site, 'se', sites[s].se[j])
  }
  writePooled(out, one, pool(sites, j))
}

/** Fits each hospital alone and writes both the estimates and their agreement. */
export function writeHospitals(out: Writer, design: Design): void {
  const sites: Alone[] = []
  if (design.spec.places.length > 1) for (let s = 0; s < design.spec.places.length; s++) sites.push(alone(design, s))
  const all = out.object()
  out.key(all, 'sites')
  writeAlone(out, design, sites)
  out.key(all, 'terms')
  const list = out.list()
  if (sites.length == 0) return
  for (let j = 1; j < design.p; j++) {
    if (design.spec.terms[design.parts[j - 1].term].kind == SITE) continue
    out.item(list)
    writeTerm(out, design, sites, j)
  }
}
