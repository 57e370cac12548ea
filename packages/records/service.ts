/** What the node offers of records beside statements: lists, ciphertext, reads. */
import { isCategory } from '@salus/base/categories'
import { type Clock, seconds } from '@salus/base/clock'
import type { Owners } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import { contentOf, contentSize, packetJwes } from '@salus/journal/sources'
import { parseStatement } from '@salus/journal/statement'
import { keptOpened, MAX_ANSWER, type RecordCode, type RecordRow, type RecordVersion, recordRead } from './contract.ts'
import type { SealedRecord } from './endpoints.ts'
import { keptBy, keptContents } from './holds.store.ts'
import { openKept } from './holds.ts'
import { disputesOf } from './mistakes.store.ts'
import { recordsOf, type Stored, versionOf } from './records.store.ts'
import { checkEntrusted, checkRead, mayOpen, type RecordsNeeds } from './slice.ts'

const PAGE = 500
const fail = (code: RecordCode) => new AppError<RecordCode>(code)

const row = (r: Stored): RecordRow => ({
  record: r.record as never,
  version: r.version,
  category: r.category as never,
  compartment: r.compartment,
  epoch: r.epoch,
  content: r.content as never,
  index: r.idx,
  at: r.at,
  superseded: r.superseded !== null,
  author: r.author,
})

export type RecordPorts = RecordsNeeds & {
  readonly views: Sql
  readonly sources: Sql
  readonly journal: Journal
  readonly clock: Clock
}

/** The verbs; each is a function of its own below. */
export const createRecords = (ports: RecordPorts) => ({
  own: (patient: string, after: number, hidden = true) => own(ports, patient, after, hidden),
  contents: (patient: string, wanted: readonly RecordVersion[]) => contents(ports, patient, wanted),
  grantOwners: (id: string, caller: string) => grantOwners(ports, id, caller),
  granted: (reader: string, id: string) => granted(ports, reader, id),
  disputes: (org: string, professional?: string) => disputes(ports, org, professional),
  kept: (org: string) => kept(ports, org),
  openKept: (org: string, statement: string, after?: RecordVersion) => openKeptBy(ports, org, statement, after),
  read: (statement: string) => read(ports, statement),
})

async function ciphertext(s: Tx, stored: Stored): Promise<string> {
  const content = await contentOf(s, stored.patient as never, stored.content as never)
  if (content === undefined) throw fail('record-unknown')
  return content
}

/** R17 What leaves in one answer is bounded before it is read: each version once, MAX_ANSWER letters in all. */
async function checkSize({ sources }: RecordPorts, v: Tx, wanted: readonly RecordVersion[]): Promise<void> {
  if (new Set(wanted.map((one) => `${one.record}:${one.version}`)).size !== wanted.length) throw fail('read-twice')
  let size = 0
  for (const one of wanted) {
    const stored = await versionOf(v, one.record, one.version)
    if (stored) size += await sources.tx((s) => contentSize(s, stored.patient as never, stored.content as never))
    if (size > MAX_ANSWER && wanted.length > 1) throw fail('answer-too-large')
  }
}

/** One's own versions with the packets that open them now; a representative is shown none of those that are hidden. */
const own = ({ views, sources }: RecordPorts, patient: string, after: number, hidden: boolean) =>
  views.tx(async (v) => {
    const list = await listed(v, patient, after, hidden)
    const jwes = await sources.tx((s) =>
      packetJwes(
        s,
        list.flatMap((one) => one.packet ?? []),
        'leave out',
      ),
    )
    return { records: list.map((one) => ({ ...row(one), packet: jwes.get(one.packet ?? '') ?? null })) }
  })

/** A page of versions; an empty one only at the end. */
async function listed(v: Tx, patient: string, after: number, hidden: boolean): Promise<Stored[]> {
  for (let from = after; ; ) {
    const page = await recordsOf(v, patient, from, PAGE)
    const shown = hidden ? page : page.filter((one) => one.compartment !== 'hidden')
    const last = page.at(-1)
    if (shown.length > 0 || !last) return shown
    from = last.idx
  }
}

/** Another's record looks like none. */
const contents = (ports: RecordPorts, patient: string, wanted: readonly RecordVersion[]) =>
  ports.views.tx(async (v) => {
    await checkSize(ports, v, wanted)
    const out: (RecordVersion & { content: string })[] = []
    for (const one of wanted) {
      const stored = await versionOf(v, one.record, one.version)
      if (!stored || stored.patient !== patient) throw fail('record-unknown')
      out.push({ ...one, content: await ports.sources.tx((s) => ciphertext(s, stored)) })
    }
    return { contents: out }
  })

/** Whose a grant is: its reader's, or those of the members of the team it names. */
const grantOwners = (
  { views, reading, directory }: RecordPorts,
  id: string,
  caller: string,
): Promise<Owners | undefined> =>
  views.tx(async (v) => {
    const grant = await reading.grant(v, id)
    if (!grant) return undefined
    const member = (await directory.teams(v, caller)).includes(grant.reader as never)
    return { handles: member ? [grant.reader, caller] : [grant.reader] }
  })

/** What may be read now, by the same rule that decides when it is read. */
const granted = ({ views, reading, directory, clock }: RecordPorts, reader: string, id: string) =>
  views.tx(async (v) => {
    const now = seconds(clock())
    const credential = await directory.credential(v, reader, now)
    if (!credential) throw fail('credential-missing')
    const teams = await directory.teams(v, reader)
    const grant = reading.mayUse(await reading.grant(v, id), { handle: reader, teams }, now)
    const categories = grant.categories.filter(isCategory).filter((one) => mayOpen(credential, one))
    const records: RecordRow[] = []
    for (let after = -1; ; ) {
      const page = await recordsOf(v, grant.patient, after, PAGE)
      for (const one of page) {
        if (reading.mayRead(grant, one, now) && mayOpen(credential, one.category)) records.push(row(one))
      }
      const last = page.at(-1)
      if (!last || page.length < PAGE) return { records, categories }
      after = last.idx
    }
  })

/** What patients hold against an organisation's records: enough to answer each with a new version. For who may write one (R1). */
const disputes = ({ views, directory, clock }: RecordPorts, org: string, professional?: string) =>
  views.tx(async (v) => {
    const vouched = professional === undefined || (await directory.credential(v, professional, seconds(clock())))
    if (!vouched) throw fail('credential-missing')
    const open = []
    for (const { record, version, patient, author, reason, at } of await disputesOf(v, org)) {
      const about = await versionOf(v, record, version)
      if (!about) continue
      const { category, statement } = about
      open.push({ ...{ record, version, statement, category, patient, author, reason, at } })
    }
    return { disputes: open as never[] }
  })

const kept = ({ sources, clock }: RecordPorts, org: string) =>
  sources.tx(async (s) => {
    const all = (await keptBy(s, org)).filter((one) => one.until > seconds(clock()))
    return { kept: all.map(({ org: _, ...one }) => one) as never[] }
  })

/** Contents of what is kept in one answer. */
const KEPT_PAGE = 50

/** R28 Journal first, bytes second, for the desk of the organisation that keeps them. */
async function openKeptBy(ports: RecordPorts, org: string, statement: string, after?: RecordVersion) {
  const { sources, journal, clock } = ports
  const parsed = parseStatement(statement)
  if (parsed.type !== 'KeptOpened' || parsed.iss !== org) throw fail('hold-unknown')
  const { kept: id } = checkWith(keptOpened, parsed.body)
  const now = seconds(clock())
  await sources.tx((s) => openKept(s, id, org, now))
  const [receipt] = await journal.accept({ items: [{ statement }] })
  if (!receipt || parsed.exp <= now) throw fail('hold-unknown')
  return sources.tx(async (s) => {
    const { packet } = await openKept(s, id, org, now)
    const rows = await keptContents(s, id, after ?? { record: '', version: 0 }, KEPT_PAGE)
    return { receipt, packet, contents: rows.map(({ jwe: content, ...one }) => ({ ...one, content })) as never[] }
  })
}

/**
 * R7 Journal first, bytes second. The rule is asked again when the bytes leave: the same signed read, sent again after
 * a revocation, finds its receipt but opens nothing.
 */
async function read(ports: RecordPorts, statement: string) {
  const parsed = parseStatement(statement)
  if (parsed.type !== 'RecordRead') throw fail('read-empty')
  const body = checkWith(recordRead, parsed.body)
  await ports.views.tx((v) => checkSize(ports, v, body.records))
  const [receipt] = await ports.journal.accept({ items: [{ statement }] })
  if (!receipt) throw fail('read-empty')
  return ports.views.tx(async (v) => {
    const now = seconds(ports.clock())
    if (parsed.exp <= now) throw fail('not-granted')
    // A patient's handle signs reads only where somebody acts for the patient: what opens them came with the appointment.
    if ((await ports.directory.keyring(v, parsed.iss))?.kind === 'patient') {
      const versions = await checkEntrusted(ports, v, parsed, body, now)
      return ports.sources.tx(async (s) => {
        const records: SealedRecord[] = []
        for (const one of versions) records.push(await sealed(s, one, undefined))
        return { receipt, records, packets: [] }
      })
    }
    const { versions } = await checkRead(ports, v, parsed.iss, body, now)
    const grant = await ports.reading.grant(v, body.grant)
    if (!grant) throw fail('not-granted')
    const opening = await ports.reading.packetsFor(v, grant, now)
    return ports.sources.tx(async (s) => {
      const records: SealedRecord[] = []
      for (const one of versions) records.push(await sealed(s, one, ports.reading.mayRead(grant, one, now)))
      return { receipt, records, packets: [...(await packetJwes(s, opening, 'leave out')).values()] }
    })
  })
}

/** A version as it leaves; its own packet goes along only where an epoch key opens it. */
async function sealed(s: Tx, one: Stored, by: 'packet' | 'epoch' | undefined): Promise<SealedRecord> {
  const id = by === 'epoch' ? (one.packet ?? '') : ''
  const packet = id ? ((await packetJwes(s, [id], 'leave out')).get(id) ?? null) : null
  const { record, version, category, compartment, epoch } = row(one)
  return { record, version, category, compartment, epoch, content: await ciphertext(s, one), packet }
}
