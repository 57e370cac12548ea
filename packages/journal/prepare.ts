/** What is checked ahead of the group, for many submissions at once: form, addressee, signer's key, signature, claims. */
import { AppError, isAppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { packetHeader } from '@salus/crypto/packet'
import type { JournalCode, Submission, SubmissionItem } from './contract.ts'
import type { Homed } from './home.ts'
import type { Projector } from './project.ts'
import type { AnyKind, PacketIn, SignerPort, Signing } from './slice.ts'
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
  /** Everything that the statement signs came along; what comes from its home may lack what was destroyed there (J27). */
  readonly whole: boolean
}
/** `fresh` is absent where the checks failed and the same bytes are in the journal already: they were verified when they came. */
export type Prepared = { readonly statement: Statement; readonly fresh?: Fresh; readonly homed?: Homed }

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
  readonly homed?: Homed
}

/** Returns the checks of one submission; the first that fails refuses it whole. */
export function createPrepare(ports: PreparePorts, projector: Projector) {
  const { origin, sources, views } = ports

  function read(item: SubmissionItem, homed?: Homed): Read {
    const statement = parseStatement(item.statement)
    const kind = projector.kindOf(statement.type)
    const { aud } = statement
    // J26 What stands at a home was for that home; what was done elsewhere, or came there from an earlier one (J34), for there. Which
    // of them it is shows when it is placed.
    const other = homed && (homed.place ?? kind.anywhere ?? kind.stops) !== undefined && homed.known(aud)
    const meant = homed ? aud === homed.origin || other : aud === origin
    if (!meant) throw fail('statement-for-another')
    return { statement, kind, body: checkWith(kind.body, statement.body), item, ...(homed ? { homed } : {}) }
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
  async function knownOr(error: unknown, { statement, homed }: Read): Promise<Prepared> {
    if (!isAppError(error)) throw error
    const before = await sources.tx((s) => findStatement(s, statement.iss, statement.id))
    if (before?.token !== statement.token) throw error
    return homed ? { statement, homed } : { statement }
  }

  return async ({ items }: Submission, homes: readonly Homed[] = []): Promise<Prepared[]> => {
    const all = items.map((item, i) => read(item, homes[i]))
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
async function keyOf(signers: SignerPort, v: Tx, { statement, kind, body, homed }: Read): Promise<string | undefined> {
  const own = kind.ownKey?.(body as never, statement)
  return own ?? (await signingOf(signers, v, statement, homed))?.publicKey
}

/** Who signs: for whom the key speaks now; for what a home took, also for whom it spoke earlier (J28). */
export const signingOf = async (
  signers: SignerPort,
  v: Tx,
  { iss, kid, iat }: Statement,
  homed: Homed | undefined,
): Promise<Signing | undefined> =>
  (await signers.find(v, iss, kid)) ?? (homed?.place ? await signers.earlier?.(v, iss, kid, iat) : undefined)

async function check(
  verify: PreparePorts['verify'],
  { statement, kind, body, item, homed }: Read,
  publicKey: string | undefined,
): Promise<Prepared> {
  if (publicKey === undefined) throw fail('signer-unknown')
  if (!(await verify(publicKey, statement.signingInput, statement.signature))) throw fail('signature-invalid')
  const { content } = item
  const left = homed?.place ? readLeft(kind, body, item) : readWhole(kind, body, item)
  return { statement, fresh: { kind, body, publicKey, content, ...left }, ...(homed ? { homed } : {}) }
}

function readPacket(jwe: string): PacketIn {
  const { kid, bind } = packetHeader(jwe)
  return { jwe, digest: digest(jwe), kid, bind }
}

type Came = Pick<SubmissionItem, 'packets' | 'content'>
type Left = Pick<Fresh, 'packets' | 'whole'>

/** The packets and the ciphertext that came along are exactly those whose digests the statement signs, in its order. */
function readWhole(kind: AnyKind, body: unknown, { packets: jwes = [], content }: Came): Left {
  const packets = jwes.map(readPacket)
  const claims = kind.claims?.(body as never) ?? {}
  const named = claims.packets ?? []
  if (named.length !== packets.length || named.some((one, i) => one !== packets[i]?.digest))
    throw fail('packets-mismatch')
  if ((claims.content === undefined) !== (content === undefined)) throw fail('content-mismatch')
  if (content !== undefined && digest(content) !== claims.content) throw fail('content-mismatch')
  return { packets, whole: true }
}

/** J27 What is left of them, in their order: the rest was destroyed at the home by a later statement. Is it everything? */
export function readLeft(kind: AnyKind, body: unknown, { packets: jwes = [], content }: Came): Left {
  const claims = kind.claims?.(body as never) ?? {}
  const named = claims.packets ?? []
  let next = 0
  const packets = jwes.map((jwe): PacketIn => {
    const packet = readPacket(jwe)
    const at = named.indexOf(packet.digest, next)
    if (at < 0) throw fail('packets-mismatch')
    next = at + 1
    return { ...packet, at }
  })
  if (content !== undefined && digest(content) !== claims.content) throw fail('content-mismatch')
  const whole = packets.length === named.length && (content !== undefined || claims.content === undefined)
  return { packets, whole }
}
