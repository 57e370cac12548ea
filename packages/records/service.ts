/** What the node offers of records beside statements: lists, ciphertext, reads. */
import { type Clock, seconds } from '@salus/base/clock'
import type { Owners } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Journal } from '@salus/journal/accept'
import { contentOf, packetJwes } from '@salus/journal/sources'
import { parseStatement } from '@salus/journal/statement'
import { type RecordCode, type RecordRow, type RecordVersion, recordRead } from './contract.ts'
import type { SealedRecord } from './endpoints.ts'
import { recordsOf, type Stored, versionOf } from './records.store.ts'
import { checkRead, type RecordsNeeds } from './slice.ts'

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

export function createRecords(ports: RecordPorts) {
  const { views, sources, journal, clock, reading, directory } = ports

  async function ciphertext(s: Tx, stored: Stored): Promise<string> {
    const content = await contentOf(s, stored.patient as never, stored.content as never)
    if (content === undefined) throw fail('record-unknown')
    return content
  }

  return {
    own: (patient: string, after: number) =>
      views.tx(async (v) => {
        const list = await recordsOf(v, patient, after, PAGE)
        const ids = list.flatMap((one) => one.packet ?? [])
        const jwes = await sources.tx((s) => packetJwes(s, ids))
        return { records: list.map((one) => ({ ...row(one), packet: jwes.get(one.packet ?? '') ?? null })) }
      }),

    contents: (patient: string, wanted: readonly RecordVersion[]) =>
      views.tx(async (v) => {
        const contents: (RecordVersion & { content: string })[] = []
        for (const one of wanted) {
          const stored = await versionOf(v, one.record, one.version)
          if (!stored || stored.patient !== patient) throw fail('record-unknown')
          contents.push({ ...one, content: await sources.tx((s) => ciphertext(s, stored)) })
        }
        return { contents }
      }),

    /** Whose a grant is: its reader's, or those of the members of the team it names. */
    grantOwners: (id: string, caller: string): Promise<Owners | undefined> =>
      views.tx(async (v) => {
        const grant = await reading.grant(v, id)
        if (!grant) return undefined
        const member = (await directory.teams(v, caller)).includes(grant.reader as never)
        return { handles: member ? [grant.reader, caller] : [grant.reader] }
      }),

    granted: (reader: string, id: string) =>
      views.tx(async (v) => {
        const now = seconds(clock())
        if (!(await directory.credential(v, reader, now))) throw fail('credential-missing')
        const teams = await directory.teams(v, reader)
        const grant = reading.mayUse(await reading.grant(v, id), { handle: reader, teams }, now)
        const records: RecordRow[] = []
        for (let after = -1; ; ) {
          const page = await recordsOf(v, grant.patient, after, PAGE)
          for (const one of page) if (reading.mayRead(grant, one, now)) records.push(row(one))
          const last = page.at(-1)
          if (!last || page.length < PAGE) return { records }
          after = last.idx
        }
      }),

    /**
     * Journal first, bytes second. The rule is asked again when the bytes leave: the same signed read, sent again after
     * a revocation, finds its receipt but opens nothing.
     */
    async read(statement: string) {
      const parsed = parseStatement(statement)
      if (parsed.type !== 'RecordRead') throw fail('read-empty')
      const [receipt] = await journal.accept({ items: [{ statement }] })
      if (!receipt) throw fail('read-empty')
      const body = checkWith(recordRead, parsed.body)
      return views.tx(async (v) => {
        const now = seconds(clock())
        if (parsed.exp <= now) throw fail('not-granted')
        const { versions } = await checkRead(ports, v, parsed.iss, body, now)
        const grant = await reading.grant(v, body.grant)
        if (!grant) throw fail('not-granted')
        const opening = await reading.packetsFor(v, grant, now)
        return sources.tx(async (s) => {
          const records: SealedRecord[] = []
          for (const one of versions) {
            const byEpoch = reading.mayRead(grant, one, now) === 'epoch' && one.packet
            const packet = byEpoch ? ((await packetJwes(s, [one.packet ?? ''])).get(one.packet ?? '') ?? null) : null
            const { record, version, category, compartment, epoch } = row(one)
            records.push({ record, version, category, compartment, epoch, content: await ciphertext(s, one), packet })
          }
          return { receipt, records, packets: [...(await packetJwes(s, opening)).values()] }
        })
      })
    },
  }
}
