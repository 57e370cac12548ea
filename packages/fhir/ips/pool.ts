/**
 * What was shared, under new names. Each resource of a document gets a `urn:uuid` of its own, and references are written
 * anew: into the document where they lead to something shared, else to words alone. Nothing in it dangles (R4 §3.3.1).
 */
import type { Random } from '@salus/base/clock'
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { isRaw } from '../exact.ts'
import { codeOf, type JsonObject, objectOf, objectsOf, textOf } from './json.ts'

/** One shared resource: its category, and who filed it, since two senders may both call something `Observation/1`. */
export type Shared = { readonly filing: string; readonly resource: Resource; readonly from: string }

/** A shared resource with its name in the document. */
export type Item = Shared & { readonly urn: string }

export type Pool = {
  readonly items: readonly Item[]
  /** The one Patient of the document; undefined when none was shared. */
  readonly patient: Item | undefined
  find(reference: string, from: string): Item | undefined
}

/** A random UUID (RFC 9562 §5.4) as a URN. */
export function newUrn(random: Random): string {
  const bytes = random(16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `urn:uuid:${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`
}

/** The id that goes with a `urn:uuid`. */
export const idOf = (urn: string): string => urn.slice('urn:uuid:'.length)

/** Says of itself that it should never have been written (R4 verification and status codes). */
export const mistaken = ({ status, verificationStatus }: Resource): boolean =>
  textOf(status) === 'entered-in-error' || codeOf(verificationStatus) === 'entered-in-error'

/** Gives names; the same sender's `Type/id` comes first, another's only where it is the only one of that name. */
export function createPool(shared: readonly Shared[], random: Random): Pool {
  const items = shared.map((one): Item => ({ ...one, urn: newUrn(random) }))
  const byKey = Map.groupBy(
    // Anything may stand there: what is no text has no name, and may have none to give (`toString`).
    items.filter(({ resource }) => typeof resource.id === 'string'),
    ({ resource }) => `${resource.resourceType}/${resource.id}`,
  )
  const patients = items.filter(({ resource }) => resource.resourceType === 'Patient')
  const patient = patients.find(({ resource }) => resource.name && resource.birthDate) ?? patients[0]
  const find = (reference: string, from: string) => {
    const found = byKey.get(reference.replace(/\/_history\/[^/]*$|#.*$/g, '')) ?? []
    const one = found.find((each) => each.from === from) ?? (found.length === 1 ? found[0] : undefined)
    // A record is one person's: each sender's Patient is the same one.
    return one?.resource.resourceType === 'Patient' ? patient : one
  }
  return { items, patient, find }
}

/** Ids of what a resource contains (R4 §2.1.2.0.3), those that have one. */
const containedIn = (resource: Resource): ReadonlySet<string> =>
  new Set(
    objectsOf(resource.contained)
      .map(({ id }) => textOf(id))
      .filter(Boolean),
  )

/** The item as it stands in the document, and what it leads to. `subject` is the urn of the document's patient. */
export function relink(
  item: Item,
  pool: Pool,
  subject: string,
  outside: string,
): { resource: Resource; used: readonly Item[] } {
  const used = new Set<Item>()
  const target = (reference: string, own: boolean): string | undefined => {
    // Whom a record is about was decided when it was filed: in this person's chain.
    if (own && /^(https?:\/\/[^?#]*\/)?Patient\/[^/?#]+$/.test(reference)) return subject
    const found = pool.find(reference, item.from)
    // A document has one Composition, its own (R4 §3.3.1).
    if (!found || found.resource.resourceType === 'Composition') return undefined
    if (found === pool.patient) return subject
    used.add(found)
    return found.urn
  }
  const contained = containedIn(item.resource)
  const copy = (value: Json, own: boolean): Json => {
    if (value === null || typeof value !== 'object' || isRaw(value)) return value
    if (Array.isArray(value)) return value.map((child) => copy(child, false))
    const { reference, url } = value
    const entries = Object.entries(value).map(([name, child]) => [name, copy(child, false)] as const)
    const object = Object.fromEntries(entries)
    if (typeof reference === 'string') {
      // An entry is about the document's subject, or says in words that it is not: never about somebody on the web.
      const web = !own && /^https?:/i.test(reference)
      const stays = reference.startsWith('#') ? contained.has(reference.slice(1)) : web
      return stays ? object : pointing(object, target(reference, own), outside)
    }
    const binary = typeof url === 'string' && url.startsWith('Binary/') ? target(url, false) : undefined
    return binary ? { ...object, url: binary } : object
  }
  const about = new Set(['subject', 'patient'])
  const elements = Object.entries(item.resource).map(([name, value]) => [name, copy(value, about.has(name))] as const)
  const resource = { ...Object.fromEntries(elements), id: idOf(item.urn) } as Resource
  return { resource, used: [...used] }
}

/** A Reference (R4 §2.3.0) into the document; without a target it keeps its words, or says that it has none. */
function pointing(object: JsonObject, urn: string | undefined, outside: string): JsonObject {
  if (urn) return { ...object, reference: urn }
  const { reference: _, ...rest } = object
  return textOf(rest.display) || objectOf(rest.identifier) ? rest : { ...rest, display: outside }
}
