/** What devices do about mistakes: authors withdraw, patients dispute. The answer to a dispute is a new version (author.ts). */

import { AppError } from '@salus/base/errors'
import type { Link } from '@salus/directory/device/link'
import { sign } from '@salus/directory/device/link'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { DisputeReason, RecordCode, WithdrawalReason } from '../contract.ts'
import type { Author } from './author.ts'
import { acting, type PatientDevice, publish, sync } from './sync.ts'

/** Withdraws a record that one's organisation filed: its content is destroyed in the store, the notice stays. */
export async function withdraw(
  link: Link,
  author: Author,
  what: { patient: string; record: string; reason: WithdrawalReason },
): Promise<Receipt> {
  const { patient, record, reason } = what
  const draft = { type: 'RecordWithdrawn', iss: author.iss, sub: patient, body: { record, reason } }
  const [receipt] = await submit(link.call, link.logs, [{ statement: await sign(link, author.signer, draft) }])
  return receipt as Receipt
}

/** "This is wrong": tells the author of the newest version of a record, by a closed word. */
export async function dispute(device: PatientDevice, record: string, reason: DisputeReason): Promise<Receipt> {
  await sync(device)
  const versions = Object.values(device.book.records).filter((one) => one.record === record)
  const newest = versions.sort((a, b) => b.version - a.version)[0]
  if (!newest) throw new AppError<RecordCode>('record-unknown')
  const { handle, signer } = await acting(device)
  const body = { record, version: newest.version, reason }
  const statement = await sign(device.link, signer, { type: 'RecordDisputed', iss: handle, sub: handle, body })
  const [receipt] = await publish(device, { items: [{ statement }], epochs: [] })
  return receipt as Receipt
}
