/** What is checked ahead of the group, for many submissions at once: form, addressee, signer's key, signature, claims. */
import { AppError, isAppError } from '@salus/base/errors'
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
/** `fresh` is absent where the checks failed and the same bytes are in the journal already: they were verified when they came. */
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

  const keysOf = inTurns<readonly Read[], (string | undefined)[]>((each) =>
    views.tx((v) =>
      each(async (all) => {
        const found: (string | undefined)[] = []
        for (const one of all) found.push(await keyOf(ports.signers, v, one))
        return found
      }),
    ),
  )

  /** J10 The same bytes again are no fault, whatever came along this time and whoever has gone since. */
  async function knownOr(error: unknown, { statement }: Read): Promise<Prepared> {
    if (!isAppError(error)) throw error
    const before = await sources.tx((s) => findStatement(s, statement.iss, statement.id))
    if (before?.token !== statement.token) throw error
    return { statement }
  }

  return async ({ items }: Submission): Promise<Prepared[]> => {
    const all = items.map(read)
    const keys = await keysOf(all)
    return Promise.all(all.map((one, i) => check(ports.verify, one, keys[i]).catch((error) => knownOr(error, one))))
  }
}

type Asked<Input, Output> = {
  readonly input: Input
  resolve(output: Output): void
  reject(error: unknown): void
}

/**
 * Questions that come while `turn` runs wait and share the next: a transaction for each would cost more than the answers.
 * Each is answered or refused for itself; when a turn fails as a whole, so do its own.
 */
function inTurns<Input, Output>(
  turn: (each: (answer: (input: Input) => Promise<Output>) => Promise<void>) => Promise<void>,
): (input: Input) => Promise<Output> {
  let waiting: Asked<Input, Output>[] = []
  let running = false

  async function drain(): Promise<void> {
    running = true
    while (waiting.length > 0) {
      let own: Asked<Input, Output>[] = []
      await turn(async (answer) => {
        // Taken when the transaction has begun: whoever came while it waited for its own turn comes along.
        own = waiting
        waiting = []
        for (const { input, resolve, reject } of own) await answer(input).then(resolve, reject)
      }).catch((error) => {
        // Before it began, nobody was taken: then all who wait are told.
        if (own.length === 0) [own, waiting] = [waiting, []]
        for (const { reject } of own) reject(error)
      })
    }
    running = false
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject })
      if (!running) void drain()
    })
}

/** The key that should have signed; undefined where nobody speaks for the issuer under that name now. */
async function keyOf(signers: SignerPort, v: Tx, { statement, kind, body }: Read): Promise<string | undefined> {
  const own = kind.ownKey?.(body as never, statement)
  return own ?? (await signers.find(v, statement.iss, statement.kid))?.publicKey
}

async function check(
  verify: PreparePorts['verify'],
  { statement, kind, body, item }: Read,
  publicKey: string | undefined,
): Promise<Prepared> {
  if (publicKey === undefined) throw fail('signer-unknown')
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
