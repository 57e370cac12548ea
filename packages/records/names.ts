/** How what is ours is named in FHIR: identifiers of people, organisations and things, and who stands behind a name. */
import type { Json } from '@salus/base/json'

const at = (name: string) => `https://salus.invalid/${name}`

/** Systems of identifiers and codes (R4 §2.24.0.7). Their addresses answer nowhere, and say so (RFC 2606 §2). */
export const systems = {
  handle: at('handle'),
  organisation: at('organisation'),
  node: at('node'),
  software: at('software'),
  record: at('record'),
  request: at('request'),
  grant: at('grant'),
  category: at('category'),
  profession: at('profession'),
  link: at('link'),
} as const

/** Somebody or something that acts, as a line of the log or a grant names it, with what a device found out. */
export type Party = {
  readonly kind: 'patient' | 'professional' | 'team' | 'organisation'
  /** A handle, or the short name of an organisation. */
  readonly id: string
  readonly name?: string
  readonly profession?: string
  readonly org?: { readonly id: string; readonly name: string }
}

const kinds = {
  patient: 'Patient',
  professional: 'Practitioner',
  team: 'CareTeam',
  organisation: 'Organization',
} as const

/** A logical reference (R4 §2.3.0.2): by identifier, since no server answers for the resource. */
export const named = (system: keyof typeof systems, value: string, type?: string, display?: string): Json => ({
  ...(type === undefined ? {} : { type }),
  identifier: { system: systems[system], value },
  ...(display === undefined ? {} : { display }),
})

/** The reference to a party. */
export const partyReference = ({ kind, id, name }: Party): Json =>
  named(kind === 'organisation' ? 'organisation' : 'handle', id, kinds[kind], name)

/** A code of somebody's list. */
export const coding = (system: string, code: string): Json => ({ system, code })
export const concept = (system: string, code: string): Json => ({ coding: [coding(system, code)] })

/** HL7's own lists. */
export const terminology = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`

/** Seconds as an R4 instant. */
export const instant = (seconds: number): string => new Date(seconds * 1000).toISOString()
