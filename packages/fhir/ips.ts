/**
 * Builds an International Patient Summary (IPS 2.0.1; R4 §3.3) from what a patient shared: one document bundle, its
 * Composition first, made on the reader's device. What was not shared says so; an empty part says that it is empty.
 */
import type { Bytes } from '@salus/base/bytes'
import type { Category } from '@salus/base/categories'
import type { Random } from '@salus/base/clock'
import type { Resource } from './contract.ts'
import { parseExact, writeExact } from './exact.ts'
import { compose, type Filled } from './ips/compose.ts'
import { codeOf } from './ips/json.ts'
import { dateOf, lineOf } from './ips/lines.ts'
import { deviceOf, type Named, organisationOf, safe, unknownPatient } from './ips/parties.ts'
import { createPool, type Item, mistaken, newUrn, type Pool, relink } from './ips/pool.ts'
import { type SectionKey, sectionRows } from './ips/sections.ts'
import { type Language, phrases } from './ips/words.ts'
import { countByType } from './write.ts'

export type IpsInput = {
  readonly language: Language
  /** R4 instant. */
  readonly timestamp: string
  /** What was shared, each with its category (or `people`) and who filed it; bytes keep the digits of decimals. */
  readonly resources: readonly {
    readonly filing: string
    readonly from: string
    readonly resource: Resource | Uint8Array
  }[]
  /** Categories shared as wholes. What comes from others was given singly. */
  readonly shared: readonly Category[]
  /** The patient, for where no Patient resource was shared. */
  readonly subject: Named
  /** The software that made it, and the organisation of whoever reads. */
  readonly device: Named
  readonly organisation: Named
  /** Who made it, in words, where that is not the reader's device. */
  readonly made?: string
}

export type Ips = {
  readonly bundle: Resource
  /** The same as UTF-8 JSON, every decimal as its author wrote it. */
  readonly bytes: Bytes
  /** Resources with no place in a summary (visits, papers, mistakes), by type: shown to the reader, not dropped in silence. */
  readonly left: Record<string, number>
}

/** F16 Builds the document. `random` gives the names inside; the same randomness gives the same bytes. */
export function buildIps(input: IpsInput, random: Random): Ips {
  const trees = input.resources.map(({ filing, from, resource }) => ({ filing, from, resource: treeOf(resource) }))
  const pool = createPool(
    trees.filter(({ resource }) => !mistaken(resource)),
    random,
  )
  const names = { patient: pool.patient?.urn ?? newUrn(random), device: newUrn(random), organisation: newUrn(random) }
  const chosen = choose(pool)
  const words = phrases.outside[input.language]
  const linked = follow(
    [...(pool.patient ? [pool.patient] : []), ...[...chosen.values()].flat()],
    pool,
    names.patient,
    words,
  )
  const filled = fill(chosen, new Set(linked.keys()), pool, input)
  const composition = newUrn(random)
  const entries: [string, Resource][] = [
    [composition, compose(filled, input, { ...names, composition })],
    ...(pool.patient ? [] : [[names.patient, unknownPatient(names.patient, input.subject)] as [string, Resource]]),
    ...[...linked].map(([item, resource]): [string, Resource] => [item.urn, resource]),
    [names.device, deviceOf(names, input)],
    [names.organisation, organisationOf(names.organisation, input)],
  ]
  const { bytes, plain } = writeExact(documentOf(entries, newUrn(random), input))
  const kept = [...linked.keys(), ...filled.flatMap(({ told }) => told)]
  const placed = new Set(kept.map(({ resource }) => resource))
  const left = trees.map(({ resource }) => resource).filter((one) => !placed.has(one))
  return { bundle: plain, bytes, left: countByType(left) }
}

const treeOf = (one: Resource | Uint8Array): Resource =>
  one instanceof Uint8Array ? (parseExact(one) as Resource) : one

/** Over, by its own word or by its end; what says neither still stands. */
function isPast({ clinicalStatus, ...condition }: Resource): boolean {
  const status = codeOf(clinicalStatus)
  if (status) return ['inactive', 'remission', 'resolved'].includes(status)
  return Object.keys(condition).some((element) => element.startsWith('abatement'))
}

function fits(key: SectionKey, types: readonly string[] | 'any', resource: Resource): boolean {
  if (key === 'alerts') return resource.resourceType === 'Flag'
  if (key === 'past') return resource.resourceType === 'Condition' && isPast(resource)
  if (key === 'problems' && isPast(resource)) return false
  return types !== 'any' && types.includes(resource.resourceType)
}

/** Which items stand in which section, newest first. */
function choose({ items }: Pool): Map<SectionKey, Item[]> {
  const order = (a: Item, b: Item) =>
    dateOf(b.resource) > dateOf(a.resource) ? 1 : dateOf(b.resource) < dateOf(a.resource) ? -1 : 0
  const built = sectionRows.filter(([, { from }]) => from.length > 0)
  return new Map(
    built.map(([key, { from, types }]) => {
      const inside = items.filter(
        ({ filing, resource }) => (from as string[]).includes(filing) && fits(key, types, resource),
      )
      return [key, inside.sort(order)]
    }),
  )
}

/** The entries with all that they lead to, however far, each written anew. */
function follow(start: readonly Item[], pool: Pool, subject: string, outside: string): Map<Item, Resource> {
  const found = new Map<Item, Resource>()
  const waiting = [...start]
  for (let item = waiting.shift(); item; item = waiting.shift()) {
    if (found.has(item)) continue
    const { resource, used } = relink(item, pool, subject, outside)
    found.set(item, safe(resource))
    waiting.push(...used)
  }
  return found
}

/** Lines of each section; what is filed in its categories but can be no entry is told in words. */
function fill(
  chosen: ReadonlyMap<SectionKey, readonly Item[]>,
  linked: ReadonlySet<Item>,
  pool: Pool,
  { language, shared }: IpsInput,
): Filled[] {
  return sectionRows.flatMap(([key, { from, aside }]) => {
    const items = chosen.get(key)
    if (!items || (aside && items.length === 0)) return []
    const others = pool.items.filter((one) => (from as string[]).includes(one.filing) && !linked.has(one))
    const told = aside ? [] : others
    const line = (item: Item) =>
      lineOf(item.resource, (reference) => pool.find(reference, item.from)?.resource, language)
    const missing = from.filter((one) => !shared.includes(one))
    const single = missing.filter((part) => [...items, ...told].some(({ filing }) => filing === part))
    return [
      { key, urns: items.map(({ urn }) => urn), lines: items.map(line), told, also: told.map(line), missing, single },
    ]
  })
}

function documentOf(entries: readonly [string, Resource][], identifier: string, input: IpsInput): Resource {
  return {
    resourceType: 'Bundle',
    language: input.language,
    identifier: { system: 'urn:ietf:rfc:3986', value: identifier },
    type: 'document',
    timestamp: input.timestamp,
    entry: entries.map(([fullUrl, resource]) => ({ fullUrl, resource })),
  }
}
