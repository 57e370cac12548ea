/**
 * The one way in (architecture §8.2): parse -> signature -> credential -> rules -> one transaction
 * {statement, salt, leaf, packets, view rows} -> receipt. Submissions that wait are written as one group; the next
 * group starts when the previous one is durable, and one checkpoint is signed per group, after it is durable.
 */
import { base64url } from '@salus/base/bytes'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { packetHeader } from '@salus/crypto/packet'
import { CLOCK_SKEW, type JournalCode, MAX_LIFE, type Receipt, type Submission } from './contract.ts'
import { journalEntry } from './entry.ts'
import { createLog, type Log } from './log.ts'
import { formatCheckpoint, type NoteKey, signNote } from './note.ts'
import { formatProof } from './proof.ts'
import type { Accepted, AnyKind, Deciding, PacketIn, SignerPort, Slice } from './slice.ts'
import {
  chainHead,
  findStatement,
  insertEntry,
  leaves,
  logSize,
  packetsOf,
  type Stored,
  sourceEffects,
  statementAt,
  statementsFrom,
} from './sources.store.ts'
import { parseStatement, type Statement } from './statement.ts'
import { appliedSize, setApplied, TILE_SCHEMA } from './tiles.store.ts'

/** Statements written in one group at most. */
const MAX_GROUP = 512
const fail = (code: JournalCode) => new AppError<JournalCode>(code)

export type JournalPorts = {
  readonly origin: string
  readonly sources: Sql
  readonly views: Sql
  readonly slices: readonly Slice[]
  readonly signers: SignerPort
  /** Ed25519, the pinned verifier; many in flight. */
  readonly verify: (publicKey: string, message: Uint8Array, signature: Uint8Array) => Promise<boolean>
  readonly logKey: { readonly key: NoteKey; readonly privateKey: CryptoKey }
  readonly clock: Clock
  readonly random: Random
  /** What else the host keeps of a person in the sources: erased in the same transaction as the chain. */
  readonly eraseMore?: (sources: Tx, chain: Handle) => Promise<void>
}

export type Journal = {
  accept(submission: Submission): Promise<Receipt[]>
  /** The latest signed checkpoint. */
  checkpoint(): string
  receiptAt(index: number): Promise<{ stored: Stored; receipt: Receipt } | undefined>
  readonly log: Log
  /** Called after each durable group with what was accepted, in order: pushes hang on it, never rules. */
  onAccepted(listener: (accepted: readonly Accepted<unknown>[]) => void): void
  /** Drops nothing: applies to the views every statement they have not taken in yet. Returns how many. */
  catchUp(): Promise<number>
}

type Prepared = {
  readonly statement: Statement
  readonly kind: AnyKind
  readonly body: unknown
  readonly publicKey: string
  readonly packets: readonly PacketIn[]
  readonly content: string | undefined
}
type Waiting = { readonly items: readonly Prepared[]; resolve(value: Receipt[]): void; reject(error: unknown): void }
type Written = { readonly accepted: Accepted<unknown>; readonly salt: Uint8Array; readonly previous: Uint8Array }

/** SQL of the journal's own views and of every slice's. */
export const viewSchema = (slices: readonly Slice[]): string =>
  [TILE_SCHEMA, ...slices.map((slice) => slice.views)].join('\n')

/** Opens the journal over its sources and views: catches the views up, then signs the first checkpoint. */
export async function openJournal(ports: JournalPorts): Promise<Journal> {
  const { sources, views, origin, clock, random } = ports
  const kinds = new Map(ports.slices.flatMap((slice) => slice.kinds.map((kind) => [kind.type, kind] as const)))
  const listeners: ((accepted: readonly Accepted<unknown>[]) => void)[] = []
  const log = createLog(0)
  let note = ''
  let busy = false
  let waiting: Waiting[] = []

  /** Both files in one step. Sources commit first (the inner one): views that fall behind are caught up, never ahead. */
  const both = <T>(fn: (s: Tx, v: Tx) => Promise<T>): Promise<T> => views.tx((v) => sources.tx((s) => fn(s, v)))

  async function prepare(item: Submission['items'][number]): Promise<Prepared> {
    const statement = parseStatement(item.statement)
    const kind = kinds.get(statement.type)
    if (!kind) throw fail('statement-unknown-type')
    if (statement.aud !== origin) throw fail('statement-for-another')
    const body = checkWith(kind.body, statement.body)
    const publicKey = await signerKey(kind, statement, body)
    if (!(await ports.verify(publicKey, statement.signingInput, statement.signature))) throw fail('signature-invalid')
    const packets = (item.packets ?? []).map((jwe): PacketIn => {
      const { kid, bind } = packetHeader(jwe)
      return { jwe, digest: digest(jwe), kid, bind }
    })
    checkClaims(kind, body, packets, item.content)
    return { statement, kind, body, publicKey, packets, content: item.content }
  }

  async function signerKey(kind: AnyKind, statement: Statement, body: unknown): Promise<string> {
    const own = kind.ownKey?.(body as never, statement)
    if (own !== undefined) return own
    const found = await views.tx((v) => ports.signers.find(v, statement.iss, statement.kid))
    if (!found) throw fail('signer-unknown')
    return found.publicKey
  }

  function checkTimes(statement: Statement, now: number): void {
    if (statement.exp <= statement.iat || statement.exp - statement.iat > MAX_LIFE) throw fail('statement-invalid')
    if (statement.iat > now + CLOCK_SKEW) throw fail('statement-from-the-future')
    if (statement.exp <= now) throw fail('statement-expired')
  }

  /** The actor is looked up again inside the transaction: a key removed a moment ago no longer signs. */
  async function actorOf(v: Tx, { kind, statement, body, publicKey }: Prepared) {
    if (kind.ownKey?.(body as never, statement) !== undefined) return { role: 'founder' } as const
    const found = await ports.signers.find(v, statement.iss, statement.kid)
    if (!found || found.publicKey !== publicKey) throw fail('signer-unknown')
    if (!kind.signers.includes(found.actor.role)) throw fail('signer-not-allowed')
    return found.actor
  }

  async function admit(s: Tx, v: Tx, item: Prepared, index: number): Promise<Written> {
    const { kind, statement, body, packets, content } = item
    const now = seconds(clock())
    checkTimes(statement, now)
    const chain = kind.chain ? kind.chain(body as never, statement) : statement.sub
    if (!chain) throw fail('statement-invalid')
    const actor = await actorOf(v, item)
    const head = await chainHead(s, chain)
    const deciding: Deciding<never> = {
      ...{ views: v, statement, body: body as never, actor, chain, head: head.number, now, packets, content },
    }
    await kind.decide(deciding)
    const salt = random(32)
    const number = head.number + 1
    const entry = journalEntry(salt, statement.token, number, head.entry)
    const { iss, id, type, token } = statement
    const row = { idx: index, iss, id, type, token, chain, number, previous: head.entry, salt, at: now, entry }
    const claim = kind.claims?.(body as never).content
    const stored = await insertEntry(
      s,
      row,
      packets,
      claim && content ? { digest: claim, jwe: content } : undefined,
      random,
    )
    await kind.effects?.(
      sourceEffects(s, (one) => eraseMore(s, one)),
      deciding,
    )
    const accepted = { statement, body, chain, number, index, at: now, packets: stored } as Accepted<unknown>
    await project(v, kind, accepted)
    pending.push(entry)
    return { accepted, salt, previous: head.entry }
  }
  let pending: Uint8Array[] = []
  let erased = false

  async function eraseMore(s: Tx, chain: Handle): Promise<void> {
    erased = true
    await ports.eraseMore?.(s, chain)
  }

  /** A whole submission or nothing; one that was accepted before, byte for byte, gets its receipts again. */
  async function admitAll(s: Tx, v: Tx, items: readonly Prepared[]): Promise<(Written | number)[]> {
    const done: (Written | number)[] = []
    for (const item of items) {
      const before = await findStatement(s, item.statement.iss, item.statement.id)
      if (before && before.token !== item.statement.token) throw fail('statement-replayed')
      done.push(before ? before.idx : await admit(s, v, item, log.size() + pending.length))
    }
    return done
  }

  async function writeGroup(group: readonly Waiting[]): Promise<void> {
    const outcomes: ((Written | number)[] | { error: unknown })[] = []
    pending = []
    erased = false
    try {
      await both(async (s, v) => {
        for (const { items } of group) {
          const before = pending.length
          try {
            outcomes.push(await s.nested(() => v.nested(() => admitAll(s, v, items))))
          } catch (error) {
            pending.length = before
            outcomes.push({ error })
          }
        }
        await log.append(v, pending)
        await setApplied(v, log.size())
      })
    } catch (error) {
      await recover()
      for (const one of group) one.reject(new AppError<JournalCode>('journal-failed', {}, { cause: error }))
      return
    }
    if (erased) await settle()
    await sign()
    const told: Accepted<unknown>[] = []
    for (const [i, one] of group.entries()) {
      const outcome = outcomes[i]
      if (!outcome || 'error' in outcome) one.reject(outcome?.error)
      else {
        for (const written of outcome) if (typeof written !== 'number') told.push(written.accepted)
        await receiptsFor(outcome).then(one.resolve, one.reject)
      }
    }
    for (const listener of listeners) listener(told)
  }

  const proofAt = (v: Tx, index: number) =>
    log.inclusion(v, index).then((path) => formatProof({ index, path, checkpoint: note }))

  const receiptsFor = (outcome: readonly (Written | number)[]) =>
    views.tx(async (v) => {
      const receipts: Receipt[] = []
      for (const one of outcome) {
        if (typeof one === 'number') receipts.push(((await receiptAt(one, v)) as { receipt: Receipt }).receipt)
        else {
          const { accepted, salt, previous } = one
          const { index, number, statement } = accepted
          const proof = await proofAt(v, index)
          receipts.push(makeReceipt({ id: statement.id, index, number, previous, salt, proof }))
        }
      }
      return receipts
    })

  async function receiptAt(index: number, v: Tx) {
    const stored = await sources.tx((s) => statementAt(s, index))
    if (!stored || index >= log.size()) return undefined
    const { id } = parseStatement(stored.token)
    return { stored, receipt: makeReceipt({ ...stored, id, index, proof: await proofAt(v, index) }) }
  }

  /** Freed pages are zeroed as they go; this empties the write-ahead logs that still hold them. */
  async function settle(): Promise<void> {
    await views.settle()
    await sources.settle()
  }

  /** Entries are durable before anything is signed; Ed25519 is deterministic, so a repeated signing says the same. */
  async function sign(): Promise<void> {
    const root = await views.tx((v) => log.root(v))
    const { key, privateKey } = ports.logKey
    note = await signNote(formatCheckpoint({ origin, size: log.size(), root }), key, async (message) => {
      return new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
    })
  }

  /** After a failed commit memory may be ahead of the disk, or the views behind the sources: both start from disk. */
  async function recover(): Promise<void> {
    try {
      await catchUp()
    } catch (error) {
      failedHard = error
    }
  }
  let failedHard: unknown

  async function catchUp(): Promise<number> {
    let from = await views.tx((v) => appliedSize(v))
    const size = await sources.tx((s) => logSize(s))
    if (from > size) throw fail('journal-closed')
    const start = from
    log.reload(from)
    while (from < size) {
      const to = Math.min(from + MAX_GROUP, size)
      await both(async (s, v) => {
        for (const stored of await statementsFrom(s, from, MAX_GROUP)) {
          if (stored.idx < to) await projectStored(s, v, stored)
        }
        await log.append(v, await leaves(s, from, to))
        await setApplied(v, to)
      })
      from = to
    }
    return size - start
  }

  async function projectStored(s: Tx, v: Tx, stored: Stored): Promise<void> {
    const statement = parseStatement(stored.token)
    const kind = kinds.get(statement.type)
    if (!kind) throw fail('statement-unknown-type')
    const body = checkWith(kind.body, statement.body)
    const { chain, number, idx: index, at } = stored
    const accepted = { statement, body, chain: chain as Handle, number, index, at, packets: await packetsOf(s, index) }
    await project(v, kind, accepted as Accepted<unknown>)
  }

  async function project(v: Tx, kind: AnyKind, accepted: Accepted<unknown>): Promise<void> {
    await kind.project(v, accepted as never)
    for (const slice of ports.slices) await slice.also?.[kind.type]?.(v, accepted as never)
  }

  async function drain(): Promise<void> {
    if (busy) return
    busy = true
    try {
      while (waiting.length > 0) {
        let count = 0
        let take = 0
        while (take < waiting.length && (take === 0 || count < MAX_GROUP)) count += waiting[take++]?.items.length ?? 0
        const group = waiting.slice(0, take)
        waiting = waiting.slice(take)
        await writeGroup(group)
      }
    } finally {
      busy = false
    }
  }

  await catchUp()
  // A crash between an erasure and its settling left pages in the write-ahead logs: they go now.
  await settle()
  await sign()
  return {
    async accept({ items }) {
      if (failedHard) throw fail('journal-failed')
      const prepared = await Promise.all(items.map(prepare))
      return new Promise<Receipt[]>((resolve, reject) => {
        waiting.push({ items: prepared, resolve, reject })
        void drain()
      })
    },
    checkpoint: () => note,
    receiptAt: (index) => views.tx((v) => receiptAt(index, v)),
    log,
    onAccepted: (listener) => void listeners.push(listener),
    catchUp,
  }
}

function makeReceipt(of: {
  id: Receipt['id']
  index: number
  number: number
  previous: Uint8Array
  salt: Uint8Array
  proof: string
}): Receipt {
  const { id, index, number, proof } = of
  // An empty witness policy reads "not witnessed": nothing is provisional where nobody was asked.
  return {
    id,
    index,
    number,
    previous: base64url(of.previous),
    salt: base64url(of.salt),
    proof,
    status: 'not-witnessed',
  }
}

/** The packets and the ciphertext that came along are exactly those whose digests the statement signs. */
function checkClaims(kind: AnyKind, body: unknown, packets: readonly PacketIn[], content: string | undefined): void {
  const claims = kind.claims?.(body as never) ?? {}
  const named = claims.packets ?? []
  if (named.length !== packets.length || named.some((one, i) => one !== packets[i]?.digest))
    throw fail('packets-mismatch')
  if ((claims.content === undefined) !== (content === undefined)) throw fail('content-mismatch')
  if (content !== undefined && digest(content) !== claims.content) throw fail('content-mismatch')
}
