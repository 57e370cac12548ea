/** Whom a summary is about, what made it, and for whom: the resources every document has. */
import type { Json } from '@salus/base/json'
import type { Resource } from '../contract.ts'
import { isNarrative } from './narrative.ts'
import { idOf } from './pool.ts'

/** Who or what is named, in whose system. */
export type Named = { readonly system: string; readonly value: string; readonly name?: string }

/** A sender's narrative goes along when it is one; text that could act on its reader does not. */
export function safe(resource: Resource): Resource {
  const { text, ...rest } = resource
  return text === undefined || isNarrative(text) ? resource : (rest as Resource)
}

const absent: Json = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
}

/** Where no Patient was shared: the handle alone, with name and birth date said to be unknown. */
export function unknownPatient(urn: string, { system, value, name }: Named): Resource {
  const named: Json = name === undefined ? { _text: absent } : { text: name }
  return { resourceType: 'Patient', id: idOf(urn), identifier: [{ system, value }], name: [named], _birthDate: absent }
}

/** The software that made the document. */
export function deviceOf(
  { device, organisation }: { device: string; organisation: string },
  input: { device: Named },
): Resource {
  const { system, value, name } = input.device
  return {
    resourceType: 'Device',
    id: idOf(device),
    identifier: [{ system, value }],
    deviceName: [{ name: name ?? value, type: 'user-friendly-name' }],
    owner: { reference: organisation },
  }
}

/** Whose device it was made on. */
export function organisationOf(urn: string, { organisation }: { organisation: Named }): Resource {
  const { system, value, name } = organisation
  return { resourceType: 'Organization', id: idOf(urn), identifier: [{ system, value }], name: name ?? value }
}
