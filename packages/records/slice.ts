/** The kinds of statements of records: deposit, seal again, read, erase. */

import { isCategory } from '@salus/base/categories'
import { AppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import type { Credential, DirectoryCode } from '@salus/directory/contract'
import { mayAsk } from '@salus/directory/matrix'
import { type Accepted, type Actor, type AnyKind, type Deciding, kind, type Slice } from '@salus/journal/slice'
import {
  MAX_CONTENT,
  personErased,
  type RecordCode,
  type RecordVersion,
  recordDeposited,
  recordRead,
  recordsRewrapped,
} from './contract.ts'
import { countOwnErasure } from './erasures.store.ts'
import { forgetHolds, HOLD_VIEWS } from './holds.store.ts'
import { checkKept, holdKinds, keepHeld } from './holds.ts'
import { forgetLate, knowAuthor, LATE_VIEWS, saveLate } from './late.store.ts'
import { forgetLinks, LINK_VIEWS } from './links/links.store.ts'
import { linkKinds } from './links/slice.ts'
import { closeDispute, forgetMistakes, MISTAKE_VIEWS, wasWithdrawn } from './mistakes.store.ts'
import { mistakeKinds } from './mistakes.ts'
import { forgetQuestions, QUESTION_VIEWS } from './questions/questions.store.ts'
import { questionedActs, questionKinds } from './questions/slice.ts'
import {
  forgetRecords,
  moveRecord,
  newestOf,
  RECORD_VIEWS,
  type Stored,
  saveRecord,
  versionOf,
} from './records.store.ts'
import { decideDeposit, decideRewrap } from './rules.ts'
import { mayWrite, orgOf, type RecordsNeeds } from './writers.ts'

export type { RecordsNeeds } from './writers.ts'

const fail = (code: RecordCode) => new AppError<RecordCode>(code)

const deposited = ({ directory }: RecordsNeeds) =>
  kind({
    type: 'RecordDeposited',
    body: recordDeposited,
    signers: ['professional', 'desk', 'patient'],
    claims: (body) => ({ packets: body.packets, content: body.content }),
    async decide({ views, statement, body, actor, chain, now, packets, content }) {
      if ((content?.length ?? 0) > MAX_CONTENT) throw fail('content-too-large')
      // D32 What is new is filed where the person's record goes on; what the person writes stays where it is.
      const elsewhere = actor.role === 'patient' ? undefined : await directory.mergedInto(views, chain)
      if (elsewhere !== undefined) throw new AppError<DirectoryCode>('identity-merged')
      const state = {
        patient: await directory.keyring(views, chain),
        mayWrite: await mayWrite(directory, views, actor, statement.iss, chain, now),
        org: orgOf(actor),
        newest: await newestOf(views, body.record),
      }
      // R23 A record that was withdrawn does not come back under its id.
      if (!state.newest && (await wasWithdrawn(views, body.record))) throw fail('record-exists')
      decideDeposit(state, body, packets[0], now)
    },
    async project(v, { statement, body, chain, number, index, at, packets }) {
      const { record, version, category, epoch, content } = body
      const author = await directory.keyring(v, statement.iss)
      const org = author && author.kind !== 'patient' ? author.org : statement.iss
      if (!author) await saveLate(v, statement.iss, chain)
      const place = { category, compartment: category, epoch, placed: number, superseded: null }
      const base = { record, version, patient: chain, ...place }
      const packet = packets[0]?.id ?? null
      const written = { author: statement.iss, org, statement: digest(statement.token) }
      await saveRecord(v, { ...base, ...written, content, packet, at, idx: index })
      await closeDispute(v, record)
    },
  })

const rewrapped = ({ directory }: RecordsNeeds) =>
  kind({
    type: 'RecordsRewrapped',
    body: recordsRewrapped,
    signers: ['patient'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, packets }) {
      if (statement.iss !== chain) throw fail('not-allowed')
      const known: (Stored | undefined)[] = []
      for (const { record, version } of body.items) known.push(await versionOf(views, record, version))
      decideRewrap(await directory.keyring(views, chain), known, body, packets)
    },
    /** R6 The packet that is replaced is destroyed: an old key must not open what was sealed anew. */
    async effects(sources, { views, body }) {
      for (const { record, version } of body.items) {
        const known = await versionOf(views, record, version)
        if (known?.packet) await sources.dropPackets([known.packet])
      }
    },
    async project(v, { body, number, packets }) {
      for (const { record, version, compartment, epoch } of body.items) {
        const packet = packets.find((one) => one.bind.record === record && one.bind.version === version)?.id ?? null
        const before = await versionOf(v, record, version)
        if (before) await moveRecord(v, { record, version, compartment, epoch, packet, number })
      }
    },
  })

/** R18 The matrix holds for whoever reads, not only for whoever asked: a team's secretary, or a record named singly. */
export const mayOpen = ({ profession }: Pick<Credential, 'profession'>, category: string): boolean =>
  !isCategory(category) || mayAsk(profession, category)

/** R7 Each version that is read lies under the grant at this moment; one that does not refuses the whole read. */
export async function checkRead(
  needs: RecordsNeeds,
  views: Tx,
  reader: string,
  body: { grant: string; records: readonly RecordVersion[] },
  now: number,
): Promise<{ patient: string; versions: Stored[] }> {
  const { directory, reading } = needs
  const credential = await directory.credential(views, reader, now)
  if (!credential) throw fail('credential-missing')
  const teams = await directory.teams(views, reader)
  const grant = reading.mayUse(await reading.grant(views, body.grant), { handle: reader, teams }, now)
  const versions: Stored[] = []
  for (const { record, version } of body.records) {
    const stored = await versionOf(views, record, version)
    if (!stored || stored.patient !== grant.patient) throw fail('not-granted')
    if (!reading.mayRead(grant, stored, now))
      throw fail(stored.epoch === 0 ? 'waits-for-patient-device' : 'not-granted')
    if (!mayOpen(credential, stored.category)) throw fail('not-for-role')
    versions.push(stored)
  }
  return { patient: grant.patient, versions }
}

/**
 * R25 What a representative opens lies anywhere but in `hidden`, under the appointment that the read names; it is journalled
 * like anybody's read, in the chain of whom he or she acts for.
 */
export async function checkEntrusted(
  { directory }: RecordsNeeds,
  views: Tx,
  { iss, kid }: { iss: string; kid: string },
  body: { grant: string; records: readonly RecordVersion[] },
  now: number,
): Promise<Stored[]> {
  const row = await directory.representative(views, iss, kid, now)
  if (row?.id !== body.grant) throw fail('not-granted')
  const versions: Stored[] = []
  for (const { record, version } of body.records) {
    const stored = await versionOf(views, record, version)
    if (!stored || stored.patient !== iss || stored.compartment === 'hidden') throw fail('not-granted')
    if (stored.epoch === 0) throw fail('waits-for-patient-device')
    versions.push(stored)
  }
  return versions
}

const read = (needs: RecordsNeeds) =>
  kind({
    type: 'RecordRead',
    body: recordRead,
    signers: ['professional', 'representative'],
    /** R7 Elsewhere it was read already: whatever has become of the grant since, the person is told. */
    async anywhere({ views, statement, body, chain, actor }) {
      if (actor.role === 'representative' && statement.iss === chain) return
      if ((await needs.reading.grant(views, body.grant))?.patient !== chain) throw fail('not-granted')
    },
    async decide({ views, statement, body, chain, now, actor }) {
      if (actor.role === 'representative') {
        if (statement.iss !== chain) throw fail('not-granted')
        await checkEntrusted(needs, views, statement, body, now)
        return
      }
      const { patient } = await checkRead(needs, views, statement.iss, body, now)
      if (patient !== chain) throw fail('not-granted')
    },
    project: async () => {},
  })

/**
 * R8 Who may erase whom: a patient the own record; a professional the own keyring, and a desk one that nobody took over or
 * vouched for. A keyring that was vouched for stays: without it no document of its author could be verified.
 */
async function mayErase({ directory }: RecordsNeeds, views: Tx, actor: Actor, chain: string): Promise<void> {
  const state = await directory.keyring(views, chain)
  if (!state || state.kind === 'team') throw fail('not-allowed')
  const own = 'handle' in actor && actor.handle === chain
  const desk = actor.role === 'desk' && actor.org === state.org
  if (!own && !desk) throw fail('not-allowed')
  if (state.kind === 'professional' && (await directory.vouched(views, chain))) throw fail('author-kept')
  if (desk && state.kind === 'patient' && state.devices.length > 0) throw fail('not-allowed')
}

/** Newcomers of one organisation who may erase themselves in a day, UTC. */
export const MAX_OWN_ERASURES = 20
const DAY = 86_400

/**
 * R30 Anybody may found a professional's keyring, and each that is erased leaves two leaves and a line for good. Whoever nobody
 * vouched for erases it within a daily number; beyond that the keyring waits, counted among those that do (D28).
 */
async function limitNewcomers(s: Tx, { actor, now }: Pick<Deciding<never>, 'actor' | 'now'>): Promise<void> {
  if (actor.role !== 'professional') return
  if ((await countOwnErasure(s, actor.org, Math.floor(now / DAY))) > MAX_OWN_ERASURES) throw fail('erasures-full')
}

const erased = (needs: RecordsNeeds, forget: (views: Tx, handle: string) => Promise<void>) =>
  kind({
    type: 'PersonErased',
    body: personErased,
    signers: ['patient', 'professional', 'desk'],
    stops: (_, { sub }) => (sub === undefined ? [] : [sub]),
    claims: (body) => ({ packets: body.packets ?? [] }),
    async decide(d) {
      await mayErase(needs, d.views, d.actor, d.chain)
      await checkKept(d)
    },
    /** R8 Sources go in the same transaction that records the erasure; the statement itself goes back as receipt only. */
    async effects(sources, d) {
      await sources.own((s) => limitNewcomers(s, d))
      await keepHeld(sources, d)
      await sources.eraseChain(d.chain)
    },
    project: async (v, { chain }) => forget(v, chain),
  })

/** R39 A professional's keyring that comes after what its owner wrote. */
const authorKnown = (v: Tx, { chain, body }: Accepted<{ kind: string; org: string }>): Promise<void> | undefined =>
  body.kind === 'professional' ? knowAuthor(v, chain, body.org) : undefined

/** The slice; `forget` clears what every slice's views hold about a person (compose knows them all). */
export function createRecordsSlice(needs: RecordsNeeds, forget: (views: Tx, handle: string) => Promise<void>): Slice {
  const kinds: readonly AnyKind[] = [
    ...[deposited(needs), rewrapped(needs), read(needs), erased(needs, forget)],
    ...mistakeKinds(needs),
    ...holdKinds(needs),
    ...linkKinds,
    ...questionKinds(needs.directory),
  ]
  const own = async (v: Tx, handle: string) => {
    await forgetRecords(v, handle)
    await forgetMistakes(v, handle)
    await forgetHolds(v, handle)
    await forgetLinks(v, handle)
    await forgetQuestions(v, handle)
    await forgetLate(v, handle)
  }
  const views = RECORD_VIEWS + MISTAKE_VIEWS + HOLD_VIEWS + LINK_VIEWS + QUESTION_VIEWS + LATE_VIEWS
  return {
    name: 'records',
    views,
    kinds,
    also: { ...questionedActs(needs.directory), KeyringStarted: authorKnown as never },
    forget: own,
  }
}
