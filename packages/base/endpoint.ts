/** An endpoint is data (architecture §8.5): router, client, OpenAPI document and the authorisation test read the same row. */
import type { z } from './schema.ts'

/**
 * Who may stand behind a session: a patient, somebody who acts for one, a professional, an organisation's desk; another hospital's
 * node, which signs each request; or nobody known.
 */
export const roles = ['patient', 'representative', 'professional', 'desk', 'node', 'anonymous'] as const
export type Role = (typeof roles)[number]

/** `own`: only what belongs to the caller (the slice's owner port decides whose it is); `any`: whatever is addressed. */
export type Rule = 'own' | 'any'

export type Endpoint = {
  readonly name: string
  readonly method: 'GET' | 'POST'
  /** Hono path; parameters are opaque random ids only. */
  readonly path: string
  /** No row, no entry: a role that is not named is refused. */
  readonly allow: Readonly<Partial<Record<Role, Rule>>>
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly input?: z.ZodType
  readonly output: z.ZodType
  /** Largest body in bytes; 64 KiB when not given. */
  readonly limit?: number
  /** The same for callers whom nobody knows. */
  readonly anonymousLimit?: number
  /** What the answer is when it is not one JSON document: the handler then gives a whole Response. */
  readonly media?: 'text/event-stream' | 'application/jose'
  /** Pages of any origin may ask (CORS): only for what needs no session, and none can come along from there. */
  readonly origins?: 'any'
  readonly summary: string
}

/** What a device needs to reach a node: one call per endpoint row, typed by it. Hosts fill it (HTTP, or in process). */
export type Call = <E extends Endpoint>(
  endpoint: E,
  request?: {
    readonly params?: Readonly<Record<string, string | number>>
    readonly query?: Readonly<Record<string, string | number>>
    readonly input?: unknown
  },
) => Promise<z.output<E['output']>>

/** The caller behind a request, as the session says. `anonymous` has neither handle nor organisation. */
export type Principal =
  | {
      /** A representative's handle is that of the patient. */
      readonly role: 'patient' | 'representative' | 'professional'
      readonly handle: string
      readonly org: string
      readonly device: string
    }
  | { readonly role: 'desk'; readonly org: string; readonly device: string }
  /** Another hospital's node, by its log; `orgs`: the organisations it stands for. */
  | { readonly role: 'node'; readonly origin: string; readonly orgs: readonly string[] }
  | { readonly role: 'anonymous' }

/** Whose the addressed thing is. `undefined` from an owner port means: there is no such thing. */
export type Owners = { readonly handles?: readonly string[]; readonly orgs?: readonly string[] }

/** Does `principal` own what `owners` describes? */
export function owns(principal: Principal, owners: Owners): boolean {
  if (principal.role === 'anonymous' || principal.role === 'node') return false
  if (principal.role === 'desk') return owners.orgs?.includes(principal.org) ?? false
  return owners.handles?.includes(principal.handle) ?? false
}

/** One request as a handler sees it: parsed by the row's schemas, its caller known and allowed. */
export type Asked<E extends Endpoint> = {
  readonly principal: Principal
  readonly params: E['params'] extends z.ZodType ? z.output<E['params']> : Record<string, never>
  readonly query: E['query'] extends z.ZodType ? z.output<E['query']> : Record<string, never>
  readonly input: E['input'] extends z.ZodType ? z.output<E['input']> : undefined
  /** Is the session still good? For answers that last longer than the question. */
  readonly alive: () => Promise<boolean>
}

/** An endpoint with what answers it. `owners` is asked before `handle` wherever the row says `own`. */
export type Bound = {
  readonly endpoint: Endpoint
  readonly owners?: (asked: Asked<never>) => Promise<Owners | undefined>
  readonly handle: (asked: Asked<never>) => Promise<unknown>
}

/** Binds a row; the types of request and answer come from its schemas. */
export function bind<E extends Endpoint>(
  endpoint: E,
  handle: (asked: Asked<E>) => Promise<z.output<E['output']>>,
  owners?: (asked: Asked<E>) => Promise<Owners | undefined>,
): Bound {
  const bound = { endpoint, handle: handle as unknown as Bound['handle'] }
  return owners ? { ...bound, owners: owners as unknown as NonNullable<Bound['owners']> } : bound
}
