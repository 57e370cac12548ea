/** What is checked ahead of the group, for many submissions at once: form, addressee, signer's key, signature, claims. */
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { packetHeader } from '@salus/crypto/packet'
import type { JournalCode, Submission, SubmissionItem } from './contract.ts'
import type { Projector } from './project.ts'
import type { AnyKind, PacketIn, SignerPort } from './slice.ts'
import { findStatement } from './sources.store.ts'
import { parseStatement, type Statement } from './statement.ts'

const fail = (code: JournalCode) => new AppError<JournalCode>(code)

/** A statement whose signature verified under `publicKey`, with exactly the packets and the ciphertext it signs. */
export type Fresh = {
  readonly kind: AnyKind
  readonly body: unknown
  readonly publicKey: string
  readonly packets: readonly PacketIn[]
  readonly content: string | undefined
}
/** `fresh` is absent where the same bytes are in the journal already: they were verified when they came. */
export type Prepared = { readonly statement: Statement; readonly fresh?: Fresh }

export type PreparePorts = {
  readonly origin: string
  readonly sources: Sql
  readonly views: Sql
  readonly signers: SignerPort
  /** Ed25519, the pinned verifier; many in flight. */
  readonly verify: (publicKey: string, message: Uint8Array, signature: Uint8Array) => Promise<boolean>
}

type Read = {
  readonly statement: Statement
  readonly kind: AnyKind
  readonly body: unknown
  readonly item: SubmissionItem
}

/** Returns the checks of one submission; the first that fails refuses it whole. */
export function createPrepare(ports: PreparePorts, projector: Projector) {
  const { origin, sources, views } = ports

  function read(item: SubmissionItem): Read {
    const statement = parseStatement(item.statement)
    const kind = projector.kindOf(statement.type)
    if (statement.aud !== origin) throw fail('statement-for-another')
    return { statement, kind, body: checkWith(kind.body, statement.body), item }
  }

  return async ({ items }: Submission): Promise<Prepared[]> => {
    const all = items.map(read)
    const keys = await views.tx((v) =>
      sources.tx(async (s) => {
        const found: (string | undefined)[] = []
        for (const one of all) found.push(await keyOf(ports.signers, s, v, one))
        return found
      }),
    )
    return Promise.all(all.map((one, i) => check(ports.verify, one, keys[i])))
  }
}

/** The key that should have signed; undefined for bytes that are stored already, whose signer may be gone since. */
async function keyOf(signers: SignerPort, s: Tx, v: Tx, { statement, kind, body }: Read): Promise<string | undefined> {
  const before = await findStatement(s, statement.iss, statement.id)
  if (before?.token === statement.token) return undefined
  const own = kind.ownKey?.(body as never, statement)
  if (own !== undefined) return own
  const found = await signers.find(v, statement.iss, statement.kid)
  if (!found) throw fail('signer-unknown')
  return found.publicKey
}

async function check(
  verify: PreparePorts['verify'],
  { statement, kind, body, item }: Read,
  publicKey: string | undefined,
): Promise<Prepared> {
  if (publicKey === undefined) return { statement }
  if (!(await verify(publicKey, statement.signingInput, statement.signature))) throw fail('signature-invalid')
  const packets = (item.packets ?? []).map(readPacket)
  checkClaims(kind, body, packets, item.content)
  return { statement, fresh: { kind, body, publicKey, packets, content: item.content } }
}

function readPacket(jwe: string): PacketIn {
  const { kid, bind } = packetHeader(jwe)
  return { jwe, digest: digest(jwe), kid, bind }
}

/** The packets and the ciphertext that came along are exactly those whose digests the statement signs, in its order. */
function checkClaims(kind: AnyKind, body: unknown, packets: readonly PacketIn[], content: string | undefined): void {
  const claims = kind.claims?.(body as never) ?? {}
  const named = claims.packets ?? []
  if (named.length !== packets.length || named.some((one, i) => one !== packets[i]?.digest))
    throw fail('packets-mismatch')
  if ((claims.content === undefined) !== (content === undefined)) throw fail('content-mismatch')
  if (content !== undefined && digest(content) !== claims.content) throw fail('content-mismatch')
}
