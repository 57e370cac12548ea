/** What a register needs to know of a Patient resource, and by what a second file of the same person is recognised. */
import type { Json } from '@salus/base/json'
import type { Resource } from './contract.ts'

/** Identity traits. Absent ones are '' or empty: a register asks a person to complete them. */
export type Traits = {
  readonly family: string
  readonly given: readonly string[]
  /** `YYYY-MM-DD`, or less of it as FHIR allows. */
  readonly birthDate: string
  /** male, female, other, unknown (R4 administrative-gender). */
  readonly gender: string
  readonly identifiers: readonly { readonly system: string; readonly value: string }[]
}

const objects = (value: Json | undefined): { [key: string]: Json }[] =>
  (Array.isArray(value) ? value : []).filter(
    (one) => one !== null && typeof one === 'object' && !Array.isArray(one),
  ) as { [key: string]: Json }[]

const words = (value: Json | undefined): string => (typeof value === 'string' ? value.trim() : '')

/** The name a person is known by in documents: the official one, else the usual one, else any that is not outdated. */
function nameOf(patient: Resource): { [key: string]: Json } {
  const names = objects(patient.name)
  const by = (use: string) => names.find((name) => name.use === use)
  const current = names.find((name) => name.use !== 'old' && name.use !== 'maiden' && name.use !== 'nickname')
  return by('official') ?? by('usual') ?? current ?? names[0] ?? {}
}

/** Name, birth date, gender and identifiers of a Patient. Outdated identifiers (`use: old`) are left out. */
export function traitsOf(patient: Resource): Traits {
  const name = nameOf(patient)
  return {
    family: words(name.family) || words(name.text),
    given: (Array.isArray(name.given) ? name.given : []).map(words).filter(Boolean),
    birthDate: words(patient.birthDate),
    gender: words(patient.gender),
    identifiers: objects(patient.identifier)
      .filter((identifier) => identifier.use !== 'old' && words(identifier.value) !== '')
      .map(({ system, value }) => ({ system: words(system), value: words(value) })),
  }
}

/** Upper case, no accents, no punctuation: how registers compare names ("Lefèvre-Nuñez" and "LEFEVRE NUNEZ"). */
const folded = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/**
 * Keys for a register's index. `identifiers`: `system|value`, each enough on its own to propose the same person; one
 * without a system means nothing elsewhere and gives no key. `traits`: family, first given name, full birth date and
 * gender, '' if one is missing; it proposes, a person decides.
 */
export function identityKeys(patient: Resource): { identifiers: string[]; traits: string } {
  const { family, given, birthDate, gender, identifiers } = traitsOf(patient)
  const parts = [folded(family), folded(given[0] ?? ''), /^\d{4}-\d{2}-\d{2}$/.test(birthDate) ? birthDate : '', gender]
  return {
    identifiers: [...new Set(identifiers.filter(({ system }) => system).map((one) => `${one.system}|${one.value}`))],
    traits: parts.every(Boolean) ? parts.join('|') : '',
  }
}
