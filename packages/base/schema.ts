/** One schema, one type (architecture §8.1): nouns are zod schemas, their types are inferred, nothing else parses them. */
import * as z from 'zod'
import { categories, compartments, filings } from './categories.ts'
import { AppError, type BaseCode } from './errors.ts'
import type { Digest, GrantId, Handle, OrgId, PacketId, RecordId, RequestId, StatementId, Thumbprint } from './ids.ts'
import { parseJson } from './json.ts'

export { z }

// In a page, whose policy forbids making code from text, schemas are read instead of compiled: said before the first is made.
if ('WorkerGlobalScope' in globalThis || 'document' in globalThis) z.config({ jitless: true })

const branded = <T extends string>(pattern: RegExp) =>
  z
    .string()
    .regex(pattern)
    .transform((value) => value as T)

const ID = /^[A-Za-z0-9_-]{21}[AQgw]$/
const HASH = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const KEY_32 = HASH
const PACKET_KEY = /^(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{1622})$/

/** The building blocks every contract uses. Lengths are exact; unknown keys are refused by `z.strictObject`. */
export const field = {
  statementId: branded<StatementId>(ID),
  recordId: branded<RecordId>(ID),
  requestId: branded<RequestId>(ID),
  grantId: branded<GrantId>(ID),
  packetId: branded<PacketId>(ID),
  handle: branded<Handle>(/^[0-9A-HJKMNP-TV-Z]{26}$/),
  org: branded<OrgId>(/^[a-z][a-z0-9-]{1,30}[a-z0-9]$/),
  thumbprint: branded<Thumbprint>(HASH),
  digest: branded<Digest>(HASH),
  /** A 32-byte public key (Ed25519 or X25519), base64url. */
  key32: z.string().regex(KEY_32),
  /** What packets are sealed to: 32 bytes of X25519, or 1,216 of X-Wing. */
  packetKey: z.string().regex(PACKET_KEY),
  /** Seconds since 1970, RFC 7519 NumericDate, up to the year 2286. */
  time: z.int().min(0).max(9_999_999_999),
  count: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  category: z.enum(categories),
  compartment: z.enum(compartments),
  filing: z.enum(filings),
} as const

/** Parses strict JSON with `schema`; a mismatch names the path only, never the value (`schema-mismatch`). */
export function parseWith<T>(schema: z.ZodType<T>, input: string | Uint8Array): T {
  return checkWith(schema, parseJson(input))
}

/** Checks an already parsed value against `schema`. */
export function checkWith<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const at = fieldPath(schema, issue?.path ?? []).join('.')
  throw new AppError<BaseCode>('schema-mismatch', { at: at || '(top)', problem: issue?.code ?? 'unknown' })
}

/** The named fields on the way to a mismatch. Keys of open records are the sender's own words: they end the path. */
function fieldPath(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: z.ZodType | undefined = schema
  const names: string[] = []
  for (const part of path) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodNullable || at instanceof z.ZodDefault) {
      at = at.unwrap() as z.ZodType
    }
    if (at instanceof z.ZodArray && typeof part === 'number') at = at.element as z.ZodType
    else if (at instanceof z.ZodObject && typeof part === 'string' && Object.hasOwn(at.shape, part)) {
      names.push(part)
      at = at.shape[part] as z.ZodType
    } else break
  }
  return names
}
