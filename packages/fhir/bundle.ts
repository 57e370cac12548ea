/** Reads a FHIR R4 Bundle, or a resource standing alone, into sorted source resources (rules F1 to F8). */
import { AppError, type Facts } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { type FhirCode, ID_PATTERN, type Resource, type SourceResource } from './contract.ts'
import { parseExact, writeExact } from './exact.ts'
import { noScope, type Place, patientsOf, resolveReferences, type Scope, urlKey } from './references.ts'
import { filingOf } from './sort.ts'
import { isResourceType } from './types.ts'

const fail = (code: FhirCode, facts: Facts = {}) => new AppError<FhirCode>(code, facts)

/** History and response bundles say what happened to records, not what they are; messages are for their receiver. */
const readable = new Set(['transaction', 'batch', 'collection', 'document', 'searchset'])

type Entry = { resource: Resource; key: string; fullUrl: string | undefined; place: Place }

/**
 * All resources of a bundle that concerns exactly one patient; none is lost. Give bytes where possible: decimals keep
 * their digits only from there. A resource that is no bundle must be a Patient or name its patient.
 */
export function readBundle(input: Json | Uint8Array, at: Readonly<Record<string, number>> = {}): SourceResource[] {
  const root = asResource(input instanceof Uint8Array ? parseExact(input, at) : input, at)
  if (root.resourceType !== 'Bundle') {
    const alone = readResource(root, at)
    if (alone.patient === '') throw fail('not-fhir', { type: alone.type, ...at })
    return [alone]
  }
  const entries = readEntries(root, at)
  const scope = scopeOf(entries)
  const patient = onlyPatient(entries, at)
  return entries.map((entry) => {
    const { resource, external } = resolveReferences(entry.resource, scope, entry.place)
    const others = [...patientsOf(resource)].filter((key) => key !== patient)
    if (others.length > 0) throw fail('two-patients', { type: resource.resourceType, ...entry.place.at })
    return finish(resource, patient, external, entry.place.at)
  })
}

/** A resource standing alone (an ndjson line): `patient` is '' where it names none, or several. */
export function readResource(json: Json, at: Readonly<Record<string, number>> = {}): SourceResource {
  const root = asResource(json, at)
  if (root.resourceType === 'Bundle') throw fail('entry-unsupported', { type: 'Bundle', ...at })
  const key = keyOf(root, root.id, at)
  const { resource, external } = resolveReferences(root, noScope, { at })
  const patients = root.resourceType === 'Patient' ? [key] : [...patientsOf(resource)]
  return finish(resource, patients.length === 1 ? (patients[0] as string) : '', external, at)
}

function finish(tree: Resource, patient: string, external: number, at: SourceResource['at']): SourceResource {
  const { bytes, plain } = writeExact(tree)
  const source = `${plain.resourceType}/${plain.id}`
  return { type: plain.resourceType, source, patient, ...filingOf(plain), external, at, resource: plain, bytes }
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

function asResource(json: Json | undefined, at: Readonly<Record<string, number>>): Resource {
  if (!isObject(json) || typeof json.resourceType !== 'string') throw fail('not-fhir', at)
  if (!isResourceType(json.resourceType)) throw fail('resource-type-unknown', at)
  return json as Resource
}

function readEntries(bundle: Resource, at: Readonly<Record<string, number>>): Entry[] {
  if (typeof bundle.type !== 'string' || !readable.has(bundle.type)) throw fail('bundle-type-unsupported', at)
  const list = bundle.entry ?? []
  if (!Array.isArray(list)) throw fail('not-fhir', at)
  return list.map((json, index) => readEntry(json, { ...at, entry: index + 1 }))
}

/** A transaction may also ask for deletions, patches and searches: they carry no record and are refused, not skipped. */
function readEntry(json: Json, at: Readonly<Record<string, number>>): Entry {
  if (!isObject(json)) throw fail('not-fhir', at)
  const request = isObject(json.request) ? json.request : {}
  const method = request.method ?? 'POST'
  if (json.resource === undefined || (method !== 'POST' && method !== 'PUT')) throw fail('entry-unsupported', at)
  const resource = asResource(json.resource, at)
  // A bundle inside a bundle has references of its own and may hide a second patient.
  if (resource.resourceType === 'Bundle') throw fail('entry-unsupported', { type: 'Bundle', ...at })
  const fullUrl = typeof json.fullUrl === 'string' ? json.fullUrl : undefined
  const tail = `/${resource.resourceType}/`
  const split = fullUrl?.lastIndexOf(tail) ?? -1
  const base = fullUrl && split >= 0 ? fullUrl.slice(0, split + 1) : undefined
  const put = method === 'PUT' && typeof request.url === 'string' ? restId(`/${request.url}`, tail) : undefined
  const id = resource.id ?? urnId(fullUrl) ?? restId(fullUrl, tail) ?? put
  const key = keyOf(resource, id, at)
  const { resourceType, id: _, ...rest } = resource
  const named = resource.id === undefined ? ({ resourceType, id, ...rest } as Resource) : resource
  return { resource: named, key, fullUrl, place: base === undefined ? { at } : { at, base } }
}

const urnId = (url: string | undefined) => (url ? /^urn:(?:uuid|oid):(.+)$/i.exec(url)?.[1]?.toLowerCase() : undefined)

const restId = (url: string | undefined, tail: string) =>
  url?.includes(tail) ? url.slice(url.lastIndexOf(tail) + tail.length) : undefined

/** `Type/id`. Without an id of its own a record could not be recognised at the next import. */
function keyOf(resource: Resource, id: Json | undefined, at: Readonly<Record<string, number>>): string {
  if (id === undefined) throw fail('id-missing', { type: resource.resourceType, ...at })
  if (typeof id !== 'string' || !ID_PATTERN.test(id)) throw fail('id-invalid', { type: resource.resourceType, ...at })
  return `${resource.resourceType}/${id}`
}

function scopeOf(entries: readonly Entry[]): Scope {
  const urls = new Map<string, string>()
  const keys = new Set<string>()
  for (const { key, fullUrl, resource, place } of entries) {
    const url = fullUrl === undefined ? undefined : urlKey(fullUrl)
    if (keys.has(key) || (url !== undefined && urls.has(url))) {
      throw fail('entry-duplicate', { type: resource.resourceType, ...place.at })
    }
    keys.add(key)
    if (url !== undefined) urls.set(url, key)
  }
  return { urls, keys }
}

function onlyPatient(entries: readonly Entry[], at: Readonly<Record<string, number>>): string {
  const patients = entries.filter(({ resource }) => resource.resourceType === 'Patient')
  if (patients.length > 1) throw fail('two-patients', { patients: patients.length, ...at })
  const [patient] = patients
  if (!patient) throw fail('no-patient', { entries: entries.length, ...at })
  return patient.key
}
