/** One way in for a transaction: text -> JWS -> canonical -> closed schema -> signature (rules L1, L2, L3). */
import { base64url, utf8, text as utf8Text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { type Json, parseJson } from '@salus/base/json'
import { checkWith, field, z } from '@salus/base/schema'
import { decodeJws } from '@salus/crypto/jws'
import { verifyEd25519Pooled, verifyEd25519Sync } from '@salus/crypto/verify'
import { isCanonical } from './canonical.ts'
import { envelope, MAX_TX_LETTERS, TX_TYP } from './contract.ts'
import type { LedgerCode } from './errors.ts'
import type { Module, Tx, TxType } from './module.ts'

/** A transaction that was read, with the module its type belongs to. */
export type Read = { readonly tx: Tx; readonly row: TxType; readonly module: Module }
/** Reads the exact text of a transaction; throws an `AppError<LedgerCode>`. Never touches the state. */
export type Reader = {
  (token: string): Read
  /** Reads it with its signature checked on another thread, and remembers it: reading it again then costs nothing. */
  ahead(token: string): Promise<void>
}

// A type with its whole payload's schema.
type Row = { readonly row: TxType; readonly module: Module; readonly schema: z.ZodType<Payload> }
type Payload = { chain: string; org: string; type: string; seq: number; body: unknown }

/** As many as a mempool holds (deploy/cometbft.md): one that waits longest is still known when its block comes. */
const REMEMBERED = 10_000
const refuse = (code: LedgerCode) => new AppError<LedgerCode>(code)

/**
 * A reader for the types of `modules`. A text that was accepted is remembered, because the same one comes by at
 * check, proposal and decision; what is remembered depends on the text alone, never on the state.
 */
export function createReader(modules: readonly Module[], chain: string): Reader {
  const rows = rowsOf(modules)
  const known = new Map<string, Read>()
  const remember = (token: string, read: Read): Read => {
    if (known.size >= REMEMBERED) known.delete(known.keys().next().value as string)
    known.set(token, read)
    return read
  }
  const read = (token: string): Read => {
    const before = known.get(token)
    if (before) return before
    const { read, signed } = readToken(rows, chain, token)
    if (!verifyEd25519Sync(...signed)) throw refuse('signature-invalid')
    return remember(token, read)
  }
  const begin = async (token: string): Promise<void> => {
    const { read, signed } = readToken(rows, chain, token)
    if (!(await verifyEd25519Pooled(...signed))) throw refuse('signature-invalid')
    remember(token, read)
  }
  // Asked twice while it is under way, as when it came and when its turn comes: verified once.
  const begun = new Map<string, Promise<void>>()
  const ahead = async (token: string): Promise<void> => {
    if (known.has(token)) return
    const running = begun.get(token) ?? begin(token).finally(() => begun.delete(token))
    begun.set(token, running)
    return running
  }
  return Object.assign(read, { ahead })
}

/** A text in good form, and what is still to be verified of it. */
type Unverified = { readonly read: Read; readonly signed: [key: string, message: Uint8Array, signature: Uint8Array] }

// One schema per type, the envelope included: an unknown field anywhere is refused in one pass.
function rowsOf(modules: readonly Module[]): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (const module of modules) {
    for (const [type, row] of Object.entries(module.types)) {
      if (rows.has(type)) throw refuse('module-invalid')
      const schema = z.strictObject({ ...envelope, type: z.literal(type), body: row.schema })
      rows.set(type, { row, module, schema: schema as unknown as z.ZodType<Payload> })
    }
  }
  return rows
}

// The cheap questions; the signature comes last, as it costs more than all the others together.
function readToken(rows: ReadonlyMap<string, Row>, chain: string, token: string): Unverified {
  if (token.length > MAX_TX_LETTERS) throw refuse('tx-too-large')
  const { kid, payload, signature, signingInput } = takeApart(token)
  const type = typeOf(payload)
  const row = rows.get(type)
  if (!row) throw refuse('type-unknown')
  const checked = orInvalid(() => checkWith(row.schema, payload))
  if (checked.chain !== chain) throw refuse('chain-other')
  const { org, seq, body } = checked
  const read = { tx: { org, type, seq, body, key: kid }, row: row.row, module: row.module }
  return { read, signed: [kid, signingInput, signature] }
}

function takeApart(token: string) {
  const jws = orInvalid(() => decodeJws(token, TX_TYP))
  const kid = orInvalid(() => checkWith(field.key32, jws.header.kid))
  // Exactly these three fields in exactly this text: a header is no place for a fourth, nor for white space.
  const header = base64url(utf8(JSON.stringify({ alg: 'Ed25519', typ: TX_TYP, kid })))
  if (!token.startsWith(`${header}.`)) throw refuse('tx-invalid')
  const source = orInvalid(() => utf8Text(jws.payload))
  const payload = orInvalid(() => parseJson(source))
  if (!hasOneText(payload, source)) throw refuse('tx-not-canonical')
  return { kid, payload, signature: jws.signature, signingInput: jws.signingInput }
}

// A type is looked up in a map, so that `toString` or `__proto__` is a type nobody has.
function typeOf(payload: Json): string {
  if (payload === null || typeof payload !== 'object' || Array.isArray(payload)) throw refuse('tx-invalid')
  if (typeof payload.type !== 'string') throw refuse('tx-invalid')
  return payload.type
}

// A float or an unsafe integer has no canonical text, so it has none here either.
function hasOneText(payload: Json, source: string): boolean {
  try {
    return isCanonical(payload, source)
  } catch {
    return false
  }
}

/** Any other package's refusal of the text becomes ours; its facts name a path at most, never a value. */
function orInvalid<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isAppError(error)) throw error
    throw new AppError<LedgerCode>('tx-invalid', error.facts)
  }
}
