/** Writes records back into one FHIR bundle that any R4 system can read, the same bytes for the same records (F12). */
import { type Bytes, fromBase64url, hex, utf8 } from '@salus/base/bytes'
import { type Bundle, ID_PATTERN, type Resource } from './contract.ts'
import { parseExact, resourceOf, writeExact } from './exact.ts'

export type WriteOptions = {
  /** `Bundle.timestamp`, an R4 instant; passed in, so that the same records give the same bytes. */
  readonly timestamp: string
  /** Base of every full URL, ending in `/`. The default answers nowhere, and says so (RFC 2606 §2). */
  readonly base?: string
}

/** A record as it is kept: its id (22 base64url letters) and the text its author signed. */
export type Filed = { readonly record: string; readonly fhir: string }
type Given = Resource | Uint8Array | Filed

/**
 * A `collection`. Full URLs are RESTful, since only these let relative `Type/id` references resolve inside a bundle
 * (R4 §2.36.4); `urn:uuid` ones would not. The patient comes first, the rest by type and id. A full URL names one entry
 * (bdl-7): where records of several authors bear one `Type/id`, each stands under a base of its own, so that references
 * to that name lead nowhere rather than to the wrong one. What is no resource at all is left out: `resourceOf` tells.
 */
export function toBundle(resources: readonly Given[], options: WriteOptions): Bundle {
  return writeExact(build(resources, options)).plain
}

/** The same bundle as UTF-8 JSON; resources given as bytes keep every digit of their decimals. */
export function writeBundle(resources: readonly Given[], options: WriteOptions): Bytes {
  return writeExact(build(resources, options)).bytes
}

/** The same with numbers as their authors wrote them, for `JSON.stringify`: what stands in an export or an answer. */
export function exactBundle(resources: readonly Given[], options: WriteOptions): Bundle {
  return build(resources, options)
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

type Part = { readonly tree: Resource; readonly source: string; readonly record: string | undefined }

function partOf(one: Given): Part[] {
  const filed = !(one instanceof Uint8Array) && !('resourceType' in one) && 'fhir' in one ? (one as Filed) : undefined
  const tree = filed ? resourceOf(filed.fhir) : treeOf(one as Resource | Uint8Array)
  return tree ? [{ tree, source: JSON.stringify(tree), record: filed && uuidOf(filed.record) }] : []
}

/** A record's id, 16 random bytes, as a UUID (RFC 9562 §5.8, version 8: made by our own rule). */
function uuidOf(record: string): string | undefined {
  if (!/^[A-Za-z0-9_-]{22}$/.test(record)) return undefined
  const bytes = fromBase64url(record)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** `Type/id`, where the author gave an id that FHIR allows. */
const keyOf = ({ tree: { resourceType, id } }: Part): string | undefined =>
  typeof id === 'string' && ID_PATTERN.test(id) ? `${resourceType}/${id}` : undefined

const rank = ({ tree }: Part): string =>
  `${tree.resourceType === 'Patient' ? 0 : 1}${tree.resourceType}/${String(tree.id ?? '')}`

function build(resources: readonly Given[], options: WriteOptions): Bundle {
  const parts = resources.flatMap(partOf)
  parts.sort(
    (a, b) => compare(rank(a), rank(b)) || compare(a.source, b.source) || compare(a.record ?? '', b.record ?? ''),
  )
  // The same words twice are not ambiguous: whichever a reference leads to, it reads the same.
  const said = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const part of parts) {
    const key = keyOf(part)
    if (key !== undefined && (said.get(key) ?? part.source) !== part.source) ambiguous.add(key)
    if (key !== undefined) said.set(key, part.source)
  }
  const base = options.base ?? 'https://record.invalid/'
  const taken = new Set<string>()
  const entry = parts.map((part, n) => {
    const key = keyOf(part)
    const plain = key === undefined || ambiguous.has(key) ? [] : [`${base}${key}`]
    const fullUrl = [...plain, ...ownUrls(base, part.record, key, n + 1)].find((url) => !taken.has(url)) as string
    taken.add(fullUrl)
    return { fullUrl, resource: part.tree }
  })
  return { resourceType: 'Bundle', type: 'collection', timestamp: options.timestamp, entry }
}

/** Names that only this entry has: under its record; else, and for a record given twice, under its place in the bundle. */
function ownUrls(base: string, record: string | undefined, key: string | undefined, place: number): string[] {
  const placed = key === undefined ? `${base}${place}` : `${base}${place}/${key}`
  if (record === undefined) return [placed]
  return [key === undefined ? `urn:uuid:${record}` : `${base}${record}/${key}`, placed]
}
