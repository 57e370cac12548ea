/** The gate in front of a module's schemas: nothing open (rule L1, gate P2), no field without a reason (L13, P20). */
import { AppError } from '@salus/base/errors'
import { z } from '@salus/base/schema'
import type { LedgerCode } from './errors.ts'

/** Why a field may stand where nothing is ever erased: what for, how long it matters, what it could tell of a person. */
export type Reason = { readonly need: string; readonly kept: string; readonly risk: string }

// The part of JSON Schema that closed fields need.
type Node = {
  type?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Node>
  additionalProperties?: unknown
  items?: Node
  maxItems?: number
  minimum?: number
  maximum?: number
}

// A pattern that lets one of these through lets sentences or JSON through.
const PROBES = ['', 'a b', 'Jean Dupont', 'fièvre', '{"a":1}', 'a\nb', 'x'.repeat(400), '1970-01-01']

const open = (at: string) => new AppError<LedgerCode>('module-invalid', { at })

// Closed words, or a whole pattern that none of the probes passes.
function isClosedText(node: Node): boolean {
  if (Array.isArray(node.enum)) return node.enum.every((word) => typeof word === 'string')
  if (typeof node.const === 'string') return true
  const { pattern } = node
  if (!pattern?.startsWith('^') || !pattern.endsWith('$')) return false
  return !PROBES.some((probe) => new RegExp(pattern, 'u').test(probe))
}

// What has no case here (a union, a record, any) is open.
function walk(node: Node, at: string, leaves: string[]): void {
  if (node.type === 'object') {
    // Only `z.strictObject` prints this; a plain object would drop unknown fields and a record would keep them.
    if (node.additionalProperties !== false || !node.properties) throw open(at)
    for (const [key, child] of Object.entries(node.properties)) walk(child, `${at}.${key}`, leaves)
  } else if (node.type === 'array') {
    if (!node.items || node.maxItems === undefined) throw open(at)
    walk(node.items, at, leaves)
  } else if (node.type === 'string') {
    if (!isClosedText(node)) throw open(at)
    leaves.push(at)
  } else if (node.type === 'integer') {
    if (node.minimum === undefined || node.maximum === undefined) throw open(at)
    leaves.push(at)
  } else if (node.type === 'boolean') {
    leaves.push(at)
  } else throw open(at)
}

/** Paths of every leaf of `schema`, each beginning with `name`; throws `module-invalid` where anything open stands. */
export function closedFields(name: string, schema: z.ZodType): string[] {
  let node: Node
  try {
    node = z.toJSONSchema(schema, { io: 'input' }) as Node
  } catch {
    // What has no JSON Schema (a function, a custom check, a date) is not a field of ours either.
    throw open(name)
  }
  const leaves: string[] = []
  walk(node, name, leaves)
  return leaves
}

/** Throws `module-invalid` for a field without a complete reason, and for a reason whose field is gone. */
export function checkReasons(fields: readonly string[], reasons: Readonly<Record<string, Reason>>): void {
  for (const at of fields) {
    const reason = Object.hasOwn(reasons, at) ? reasons[at] : undefined
    if (!reason?.need || !reason.kept || !reason.risk) throw open(at)
  }
  const known = new Set(fields)
  for (const at of Object.keys(reasons)) if (!known.has(at)) throw open(at)
}
