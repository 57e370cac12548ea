/** Opaque names. Branded, so that a record id never passes for a grant id. */
import { base64url } from './bytes.ts'
import type { Random } from './clock.ts'

declare const brand: unique symbol
export type Brand<Name extends string> = string & { readonly [brand]: Name }

/** 128 random bits as 22 base64url letters: may stand in a URL, tells nothing. */
export type StatementId = Brand<'StatementId'>
export type RecordId = Brand<'RecordId'>
export type RequestId = Brand<'RequestId'>
export type GrantId = Brand<'GrantId'>
export type PacketId = Brand<'PacketId'>

/** 26 Crockford letters derived from a keyring's first entry: names a person at one organisation. Never in a URL or log. */
export type Handle = Brand<'Handle'>
/** Lower-case short name of an organisation, public, on the ledger. */
export type OrgId = Brand<'OrgId'>
/** RFC 7638 JWK thumbprint, SHA-256, base64url (43 letters). */
export type Thumbprint = Brand<'Thumbprint'>
/** SHA-256 of some exact bytes, base64url (43 letters). */
export type Digest = Brand<'Digest'>

/** A fresh opaque id. None begins with a dash: on a command line it would pass for an option. */
export function newId<Id extends Brand<string>>(random: Random): Id {
  for (;;) {
    const id = base64url(random(16))
    if (!id.startsWith('-')) return id as Id
  }
}
