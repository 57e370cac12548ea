/** Mistakes are ordinary: a deposit in the wrong record is withdrawn, a wrong one is disputed and answered. */
import { AppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { type AnyKind, kind } from '@salus/journal/slice'
import { type RecordCode, recordDisputed, recordWithdrawn } from './contract.ts'
import { openDispute, saveDispute, saveWithdrawal } from './mistakes.store.ts'
import { dropRecord, newestOf, type Stored, versionOf, versionsOf } from './records.store.ts'
import { mayWrite, orgOf, type RecordsNeeds } from './writers.ts'

const fail = (code: RecordCode) => new AppError<RecordCode>(code)

async function newestIn(views: Tx, record: string, chain: string): Promise<Stored> {
  const newest = await newestOf(views, record)
  if (!newest || newest.patient !== chain) throw fail('record-unknown')
  return newest
}

/** R23 Whoever may write the next version may withdraw the record. The notice stays; content, keys and versions go at once. */
const withdrawn = ({ directory }: RecordsNeeds): AnyKind =>
  kind({
    type: 'RecordWithdrawn',
    body: recordWithdrawn,
    signers: ['professional', 'desk', 'patient'],
    async decide({ views, statement, body, actor, chain, now }) {
      const newest = await newestIn(views, body.record, chain)
      if (!(await mayWrite(directory, views, actor, statement.iss, chain, now))) throw fail('credential-missing')
      if (newest.org !== orgOf(actor)) throw fail('author-other')
    },
    async effects(sources, { views, body, chain }) {
      for (const one of await versionsOf(views, body.record)) {
        await sources.dropContent(chain, one.content)
        if (one.packet) await sources.dropPackets([one.packet])
      }
    },
    async project(v, { body, chain, at }) {
      await dropRecord(v, body.record)
      await saveWithdrawal(v, { record: body.record, patient: chain, reason: body.reason, at })
    },
  })

/** R24 The patient disputes what somebody else wrote, by a closed word; one dispute at a time. A newer version answers it. */
const disputed: AnyKind = kind({
  type: 'RecordDisputed',
  body: recordDisputed,
  signers: ['patient', 'representative'],
  async decide({ views, statement, body, chain }) {
    if (statement.iss !== chain) throw fail('not-allowed')
    const newest = await newestIn(views, body.record, chain)
    if (newest.version !== body.version) throw fail('version-wrong')
    if (newest.author === chain) throw fail('dispute-own')
    if (await openDispute(views, body.record)) throw fail('dispute-open')
  },
  async project(v, { body, chain, at }) {
    const { record, version, reason } = body
    const about = await versionOf(v, record, version)
    // At a rebuild the record may be gone since: a withdrawal has answered it.
    if (about)
      await saveDispute(v, { record, version, reason, patient: chain, author: about.author, org: about.org, at })
  },
})

export const mistakeKinds = (needs: RecordsNeeds): readonly AnyKind[] => [withdrawn(needs), disputed]
