/** What R4 demands and the validation engine lets pass: ids, empty values, closed codes, objects where objects belong. */
import type { CrawlerVisitor, TypedValueWithPath } from '@medplum/core'
import type { Json } from '@salus/base/json'
import type { CodeLists } from './codes.ts'
import { ID_PATTERN, type Resource } from './contract.ts'

/** A fault in closed words, and the path of the element as the engine writes it. */
export type Fault = { readonly problem: string; readonly at: string }

/** Faults seen without definitions, asked for once every name is known to be R4's (a path is told). R4 §2.6.2: no element is empty; an `id` has 1 to 64 letters of a small set. */
export function plainFault(resource: Resource): Fault | undefined {
  const type = resource.resourceType
  if (resource.id !== undefined && !(typeof resource.id === 'string' && ID_PATTERN.test(resource.id))) {
    return { problem: 'format', at: `${type}.id` }
  }
  return emptyFault(resource, type)
}

function emptyFault(value: Json, at: string): Fault | undefined {
  if (value === '') return { problem: 'empty', at }
  if (value === null || typeof value !== 'object') return undefined
  const list = Array.isArray(value)
  const children = Object.entries(value)
  if (children.length === 0) return { problem: 'empty', at }
  for (const [key, child] of children) {
    const fault = emptyFault(child, list ? `${at}[${key}]` : `${at}.${key}`)
    if (fault) return fault
  }
  return undefined
}

/** A visitor for the engine's walk that collects what it does not look at itself. */
export function typedFaults(
  lists: CodeLists,
  isPrimitive: (type: string) => boolean,
): { visitor: CrawlerVisitor; faults: Fault[] } {
  const faults: Fault[] = []
  const visitor: CrawlerVisitor = {
    visitProperty: (_parent, key, _path, values, schema) => {
      const binding = schema.elements[key]?.binding
      const closed = binding?.strength === 'required' && binding.valueSet ? lists(binding.valueSet) : undefined
      for (const { type, value, path } of values.flat() as TypedValueWithPath[]) {
        if (value === undefined || value === null) continue
        if (isPrimitive(type)) {
          const code = codeOf(type, value)
          if (closed && code !== undefined && !closed.has(code)) faults.push({ problem: 'code', at: path })
        } else if (typeof value !== 'object') faults.push({ problem: 'wrong-type', at: path })
      }
    },
  }
  return { visitor, faults }
}

/** The text of a `code`, also where the engine hands it over together with its extensions. */
function codeOf(type: string, value: unknown): string | undefined {
  if (type !== 'code') return undefined
  return typeof value === 'string' || value instanceof String ? String(value) : undefined
}
