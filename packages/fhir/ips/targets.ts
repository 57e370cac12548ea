/** References inside a document (R4 §3.3.1 and §2.36.4), found in JSON that nobody has checked. */
import type { Json } from '@salus/base/json'
import { isRaw } from '../exact.ts'
import { type JsonObject, objectOf, objectsOf, textOf } from './json.ts'

/** What a document's references lead to. */
export type Targets = {
  /** FHIR type of what stands in the document under this reference. */
  typeOf(reference: string): string | undefined
  /** Is the resource under this reference about a patient who is not the document's? */
  another(reference: string): boolean
}

const unversioned = (reference: string): string => reference.replace(/\/_history\/[^/#]*/, '').replace(/#.*$/, '')

/** By full URL, and by `Type/id`: published documents name things either way, whatever their full URLs are. */
export function createTargets(entries: readonly JsonObject[]): Targets {
  const found = new Map<string, JsonObject>()
  for (const { fullUrl, resource } of entries) {
    const target = objectOf(resource)
    if (!target) continue
    if (textOf(fullUrl)) found.set(textOf(fullUrl), target)
    if (textOf(target.id)) found.set(`${textOf(target.resourceType)}/${textOf(target.id)}`, target)
  }
  const get = (reference: string) => found.get(unversioned(reference))
  return {
    typeOf: (reference) => textOf(get(reference)?.resourceType) || undefined,
    another(reference) {
      const { subject, patient } = get(reference) ?? {}
      const whom = textOf(objectOf(subject ?? patient)?.reference)
      return whom !== '' && get(whom)?.resourceType !== 'Patient'
    },
  }
}

/** Does any reference of the resource lead nowhere? Web addresses lead outside, and may. */
export function dangling(resource: JsonObject, fullUrl: string, targets: Targets): boolean {
  const base = /^(https?:.*\/)[A-Z][A-Za-z]+\/[^/]+$/.exec(fullUrl)?.[1] ?? ''
  const contained = new Set(objectsOf(resource.contained).map(({ id }) => textOf(id)))
  const leads = (reference: string): boolean => {
    if (reference.startsWith('#')) return reference === '#' || contained.has(reference.slice(1))
    if (/^https?:/i.test(reference)) return true
    return [reference, base + reference].some((one) => targets.typeOf(one) !== undefined)
  }
  const look = (value: Json): boolean => {
    if (value === null || typeof value !== 'object' || isRaw(value)) return false
    if (Array.isArray(value)) return value.some(look)
    const { reference } = value
    return (typeof reference === 'string' && !leads(reference)) || Object.values(value).some(look)
  }
  return look(resource)
}
