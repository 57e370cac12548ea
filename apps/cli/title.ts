/** One resource as one line of a list: what it is and when, in the words its author gave it. */
import type { Json } from '@salus/base/json'
import type { Resource } from '@salus/fhir/contract'
import { lineOf } from '@salus/fhir/lines'
import { traitsOf } from '@salus/fhir/patient'
import type { Language } from '@salus/ui/language'

const nothing = () => undefined

const named = (name: Json | undefined): string => (typeof name === 'string' ? name : '')

/** People and organisations by their names, everything else by what it says of itself. */
export function titleOf(resource: Resource, language: Language): string {
  const { given, family, birthDate } = traitsOf(resource)
  const person = [...given, family].filter(Boolean).join(' ') || named(resource.name)
  return person ? [person, birthDate].filter(Boolean).join(' · ') : lineOf(resource, nothing, language)
}
