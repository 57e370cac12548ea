/** Holds: what the law has an organisation keep when a patient erases, why, until when; what is kept, and its end (R26-R28). */
import { type Bytes, base32 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Digest } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import { assertPacketKey, keyThumbprint } from '@salus/crypto/keys'
import { type AnyKind, type Deciding, kind, type SourceEffects } from '@salus/journal/slice'
import { contentOf, sourceEffects } from '@salus/journal/sources'
import {
  keptOpened,
  MAX_HOLD,
  MAX_HOLDS,
  MAX_HOLDS_OF_ONE,
  type RecordCode,
  type RetentionHeld,
  retentionHeld,
  retentionReleased,
} from './contract.ts'
import {
  dropHold,
  dropKept,
  type HoldRow,
  holdById,
  holdsOn,
  keptById,
  keptPast,
  saveHold,
  saveKept,
  saveKeptContent,
} from './holds.store.ts'
import { recordsOf, type Stored } from './records.store.ts'
import type { RecordsNeeds } from './writers.ts'

const fail = (code: RecordCode) => new AppError<RecordCode>(code)
const bodyOf = (row: HoldRow): RetentionHeld => checkWith(retentionHeld, JSON.parse(row.body))

/** R26 A desk holds what its own organisation wrote, for a reason and until a date; the patient's log says so. */
const held = ({ directory }: RecordsNeeds): AnyKind =>
  kind({
    type: 'RetentionHeld',
    body: retentionHeld,
    signers: ['desk'],
    async decide({ views, statement, body, actor, chain, now }) {
      const state = await directory.keyring(views, chain)
      if (state?.kind !== 'patient') throw fail('patient-unknown')
      if (body.until <= now || body.until > now + MAX_HOLD || (await holdById(views, statement.id))) {
        throw fail('hold-refused')
      }
      assertPacketKey(body.key)
      const standing = await holdsOn(views, chain, now)
      // An erasure names them all: a bound on each organisation keeps them from standing in its way.
      const mine = standing.filter((one) => one.org === statement.iss)
      if (standing.length >= MAX_HOLDS || mine.length >= MAX_HOLDS_OF_ONE) throw fail('hold-refused')
      const own = await writtenBy(views, chain, actor.role === 'desk' ? actor.org : '')
      const known = new Set(own.map((one) => one.record))
      // Nothing of one's own, or of somebody else's: nothing to hold.
      if (own.length === 0 || body.records.some((one) => !known.has(one))) throw fail('hold-refused')
    },
    async project(v, { statement, body, chain, at }) {
      const { id, iss: org } = statement
      await saveHold(v, { id, patient: chain, org, body: JSON.stringify(body), until: body.until, at })
    },
  })

const released: AnyKind = kind({
  type: 'RetentionReleased',
  body: retentionReleased,
  signers: ['desk'],
  async decide({ views, statement, body, chain }) {
    const row = await holdById(views, body.hold)
    if (!row || row.patient !== chain || row.org !== statement.iss) throw fail('hold-unknown')
  },
  project: async (v, { body }) => void (await dropHold(v, body.hold)),
})

/** R28 Who looks at what was kept leaves a signed line beside it. The chain is that of the random name. */
const looked: AnyKind = kind({
  type: 'KeptOpened',
  body: keptOpened,
  signers: ['desk'],
  chain: (body) => body.kept,
  // Whether it is this organisation's and not past its date the sources say, in the same transaction: the views know nothing of it.
  async decide({ statement, body }) {
    if (statement.sub !== body.kept) throw fail('hold-unknown')
  },
  /** Only for what is there, by the organisation that keeps it: what anybody may sign, anybody could pile up. */
  async effects(sources, { statement, body, now }) {
    await sources.own(async (s) => void (await openKept(s, body.kept, statement.iss, now)))
  },
  project: async () => {},
})

export const holdKinds = (needs: RecordsNeeds): readonly AnyKind[] => [held(needs), released, looked]

/** Every version that `org` wrote in a patient's record. */
async function writtenBy(v: Tx, patient: string, org: string): Promise<Stored[]> {
  const found: Stored[] = []
  for (let after = -1; ; ) {
    const page = await recordsOf(v, patient, after, 500)
    found.push(...page.filter((one) => one.org === org))
    const last = page.at(-1)
    if (!last) return found
    after = last.idx
  }
}

/** What a hold holds now. */
async function covered(v: Tx, row: HoldRow): Promise<Stored[]> {
  const { records } = bodyOf(row)
  const own = await writtenBy(v, row.patient, row.org)
  return records.length === 0 ? own : own.filter((one) => records.includes(one.record as never))
}

type Erasing = Pick<Deciding<{ kept?: readonly string[] | undefined }>, 'views' | 'chain' | 'now' | 'packets' | 'body'>

/** Holds in force that still hold something, with what that is. */
async function inForce({ views, chain, now }: Erasing): Promise<{ row: HoldRow; versions: Stored[] }[]> {
  const all = []
  for (const row of await holdsOn(views, chain, now)) {
    const versions = await covered(views, row)
    if (versions.length > 0) all.push({ row, versions })
  }
  return all
}

/** R27 An erasure names every hold in force, no other, and brings each the keys of what it keeps. */
export async function checkKept(d: Erasing): Promise<void> {
  const holds = await inForce(d)
  const named = d.body.kept ?? []
  if (holds.length !== named.length || d.packets.length !== named.length) throw fail('records-held')
  for (const [i, id] of named.entries()) {
    const row = holds.find((one) => one.row.id === id)?.row
    const packet = d.packets[i]
    const fits = row && packet?.bind.kind === 'kept' && packet.bind.hold === id
    if (!fits || packet.kid !== keyThumbprint(bodyOf(row).key)) throw fail('records-held')
  }
  if (new Set(named).size !== named.length) throw fail('records-held')
}

/** R27 Moves what is held under a random name, before everything of the person goes. */
export async function keepHeld(sources: SourceEffects, d: Erasing): Promise<void> {
  for (const { row, versions } of await inForce(d)) {
    const packet = d.packets.find((one) => one.bind.hold === row.id)
    await sources.own(async (s, random) => {
      const id = base32(random(16) as Bytes)
      const { org, until } = row
      await saveKept(s, { id, org, reason: bodyOf(row).reason, until, at: d.now, packet: packet?.jwe ?? '' })
      for (const { record, version, content } of versions) {
        const jwe = await contentOf(s, d.chain, content as Digest)
        if (jwe !== undefined) await saveKeptContent(s, id, record, version, jwe)
      }
    })
  }
}

/** R28 What is past its date goes by itself, and the lines of who looked with it. Answers how much went. */
export async function dropEnded(sources: Sql, now: number): Promise<number> {
  const gone = await sources.tx(async (s) => {
    const ids = await keptPast(s, now)
    const effects = sourceEffects(
      s,
      () => {
        throw new Error('an end needs no chance')
      },
      async () => {},
    )
    for (const id of ids) {
      await dropKept(s, id)
      await effects.eraseChain(id as never)
    }
    return ids.length
  })
  if (gone > 0) await sources.settle()
  return gone
}

/** Is it this organisation's, and not past its date? */
export async function openKept(s: Tx, id: string, org: string, now: number) {
  const row = await keptById(s, id)
  if (!row || row.org !== org || row.until <= now) throw fail('hold-unknown')
  return row
}
