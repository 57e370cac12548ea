/** Writes records back into one FHIR bundle that any R4 system can read, the same bytes for the same records (F12). */
import { type Bytes, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Bundle, FhirCode, Resource } from './contract.ts'
import { parseExact, writeExact } from './exact.ts'

export type WriteOptions = {
  /** `Bundle.timestamp`, an R4 instant; passed in, so that the same records give the same bytes. */
  readonly timestamp: string
  /** Base of every full URL, ending in `/`. The default answers nowhere, and says so (RFC 2606 §2). */
  readonly base?: string
}

const fail = (code: FhirCode, type: string) => new AppError<FhirCode>(code, { type })

/**
 * A `collection`. Full URLs are RESTful, since only these let relative `Type/id` references resolve inside a bundle
 * (R4 §2.36.4); `urn:uuid` ones would not. The patient comes first, the rest by type and id.
 */
export function toBundle(resources: readonly (Resource | Uint8Array)[], options: WriteOptions): Bundle {
  return writeExact(build(resources, options)).plain
}

/** The same bundle as UTF-8 JSON; resources given as bytes keep every digit of their decimals. */
export function writeBundle(resources: readonly (Resource | Uint8Array)[], options: WriteOptions): Bytes {
  return writeExact(build(resources, options)).bytes
}

/** One resource a line, in the order given (FHIR bulk data format). */
export function writeLines(resources: readonly (Resource | Uint8Array)[]): Bytes {
  return utf8(resources.map((one) => `${JSON.stringify(treeOf(one))}\n`).join(''))
}

/** How many resources of each type, types in alphabetical order. */
export function countByType(resources: Iterable<{ readonly type: string } | Resource>): Record<string, number> {
  const counts = new Map<string, number>()
  for (const one of resources) {
    const type = 'resourceType' in one ? one.resourceType : one.type
    counts.set(type, (counts.get(type) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => compare(a, b)))
}

/** Code units, not locale: the order is the same on every machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const treeOf = (one: Resource | Uint8Array): Resource =>
  one instanceof Uint8Array ? (parseExact(one) as Resource) : one

function build(resources: readonly (Resource | Uint8Array)[], options: WriteOptions): Bundle {
  const trees = resources.map(treeOf)
  const rank = (tree: Resource) => `${tree.resourceType === 'Patient' ? 0 : 1}${tree.resourceType}/${tree.id}`
  const sorted = trees.map((tree) => ({ tree, rank: rank(tree) })).sort((a, b) => compare(a.rank, b.rank))
  const base = options.base ?? 'https://record.invalid/'
  const seen = new Set<string>()
  const entry = sorted.map(({ tree }) => {
    if (tree.id === undefined) throw fail('id-missing', tree.resourceType)
    const fullUrl = `${base}${tree.resourceType}/${tree.id}`
    if (seen.has(fullUrl)) throw fail('entry-duplicate', tree.resourceType)
    seen.add(fullUrl)
    return { fullUrl, resource: tree }
  })
  return { resourceType: 'Bundle', type: 'collection', timestamp: options.timestamp, entry }
}
