/** References inside resources (R4 §2.3): found, resolved to `Type/id`, and read for the patient they point to. */
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { type FhirCode, ID_PATTERN, type Resource } from './contract.ts'
import { isRaw } from './exact.ts'

/** What was read together: full URLs and `Type/id` keys, both leading to the key. */
export type Scope = { readonly urls: ReadonlyMap<string, string>; readonly keys: ReadonlySet<string> }

/** Where a resource stands, for error facts (`entry` or `line`), and the RESTful base of its full URL if it has one. */
export type Place = { readonly at: Readonly<Record<string, number>>; readonly base?: string }

/** Nothing was read together: each ndjson line stands alone. */
export const noScope: Scope = { urls: new Map(), keys: new Set() }

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i
const LOCAL = /^urn:(uuid|oid):/i

/** URN schemes and UUIDs are compared without case (RFC 8141 §3.1, RFC 9562 §4). */
export const urlKey = (url: string): string => (LOCAL.test(url) ? url.toLowerCase() : url)

/**
 * Copies `resource` with every reference into `scope` in its `Type/id` form, and counts those that lead outside.
 * A `urn:` reference means "in this bundle": one that is not there is refused, since nobody can ever follow it.
 */
export function resolveReferences(
  resource: Resource,
  scope: Scope,
  place: Place,
): { resource: Resource; external: number } {
  let external = 0
  const reference = (value: string): string => {
    const found = resolve(value, scope, place)
    if (found === 'unresolved') {
      throw new AppError<FhirCode>('reference-unresolved', { type: resource.resourceType, ...place.at })
    }
    if (found === 'external') external++
    return typeof found === 'object' ? found.reference : value
  }
  const copy = (value: Json, key: string): Json => {
    if (typeof value === 'string') {
      if (key === 'reference') return reference(value)
      return key === 'url' ? attached(value, scope) : value
    }
    if (value === null || typeof value !== 'object' || isRaw(value)) return value
    if (Array.isArray(value)) return value.map((child) => copy(child, ''))
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, copy(child, name)]))
  }
  return { resource: copy(resource, '') as Resource, external }
}

/** R4 §2.36.4: a full URL as it stands; a relative one against the entry's own base, then among the keys. */
function resolve(value: string, { urls, keys }: Scope, { base }: Place) {
  const hash = value.indexOf('#')
  const target = hash < 0 ? value : value.slice(0, hash)
  if (target === '') return 'contained'
  const found = (key: string) => ({ reference: key + (hash < 0 ? '' : value.slice(hash)) })
  const direct = urls.get(urlKey(target))
  if (direct) return found(direct)
  if (LOCAL.test(target)) return 'unresolved'
  if (target.includes('?')) return 'external'
  // A version-specific reference keeps its version: it is what the author meant.
  const unversioned = target.replace(/\/_history\/[^/]*$/, '')
  if (ABSOLUTE.test(target)) return urls.has(unversioned) ? 'versioned' : 'external'
  const key = (base && urls.get(base + unversioned)) || (keys.has(unversioned) ? unversioned : undefined)
  if (!key) return 'external'
  return unversioned === target ? found(key) : 'versioned'
}

/** `Attachment.url` may name a Binary of the bundle (R4 §3.2.0.11.2); other URLs, canonical ones above all, stay. */
function attached(value: string, { urls }: Scope): string {
  const key = urls.get(urlKey(value))
  return key && (LOCAL.test(value) || key.startsWith('Binary/')) ? key : value
}

/** Elements that say whom a resource concerns: those of HL7's patient compartment definition, as paths. */
const patientPaths = [
  'subject',
  'patient',
  'beneficiary',
  'for',
  'individual',
  'candidate',
  'deliverTo',
  'participant.actor',
  'actor',
  'target',
  'entity.what',
  'member.entity',
  'link.target',
].map((path) => path.split('.'))

/** `Patient/id` of every patient that `resource`, or a resource contained in it, says it concerns. */
export function patientsOf(resource: Resource): Set<string> {
  const contained = (Array.isArray(resource.contained) ? resource.contained : []) as Resource[]
  const found = contained.flatMap((inner) => referencesAt(inner))
  // `Patient.link` names other records of patients: a link is not a subject.
  if (resource.resourceType !== 'Patient') found.push(...referencesAt(resource))
  return new Set(found.map(patientKey).filter((key) => key !== undefined))
}

const referencesAt = (value: Json): string[] =>
  patientPaths.flatMap((path) => walk(value, path)).flatMap((found) => walk(found, ['reference'])) as string[]

function walk(value: Json | undefined, path: readonly string[]): Json[] {
  if (Array.isArray(value)) return value.flatMap((child) => walk(child, path))
  const [name, ...rest] = path
  if (name === undefined) return value === undefined ? [] : [value]
  if (value === null || typeof value !== 'object') return []
  return walk(value[name], rest)
}

/** `Patient/id` of a literal reference, relative or absolute, with or without a version. */
function patientKey(reference: Json): string | undefined {
  if (typeof reference !== 'string') return undefined
  const match = /(?:^|\/)Patient\/([^/?#]+)(?:\/_history\/[^/?#]*)?$/.exec(reference)
  return match?.[1] && ID_PATTERN.test(match[1]) ? `Patient/${match[1]}` : undefined
}
