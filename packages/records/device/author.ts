/** Depositing: parse FHIR -> category -> sign -> seal -> packet -> statement (architecture §6, "A record"). */
import type { Bytes } from '@salus/base/bytes'
import { utf8 } from '@salus/base/bytes'
import type { Filing } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { type Digest, newId, type RecordId } from '@salus/base/ids'
import { digest } from '@salus/crypto/hash'
import { keyThumbprint } from '@salus/crypto/keys'
import { sealToKey } from '@salus/crypto/packet'
import { newContentKey, sealContent } from '@salus/crypto/seal'
import type { Keyring } from '@salus/directory/contract'
import { type Link, sign } from '@salus/directory/device/link'
import { depositKey } from '@salus/directory/keyring'
import type { SubmissionItem } from '@salus/journal/contract'
import type { Signer } from '@salus/journal/statement'
import { signDocument } from '../document.ts'

/** Who writes: a handle or an organisation's desk, and the device key. */
export type Author = { readonly iss: string; readonly signer: Signer }

export type Deposit = {
  readonly category: Filing
  readonly fhir: Bytes
  /** A new version of this record, after the statement (digest) that deposited the last; a new record when absent. */
  readonly replaces?: { record: RecordId; version: number; statement: Digest }
}

/** What was made: not sent yet. */
export type Deposited = {
  readonly record: RecordId
  readonly version: number
  readonly statement: Digest
  readonly item: SubmissionItem
}

/** Makes one deposit for a patient whose keyring was checked. Nothing is sent; the content key is not kept. */
export async function deposit(link: Link, author: Author, patient: Keyring, what: Deposit): Promise<Deposited> {
  const { category, fhir, replaces } = what
  const record = replaces?.record ?? newId<RecordId>(link.random)
  const version = (replaces?.version ?? 0) + 1
  const about = { iss: author.iss, sub: patient.handle, rec: record, ver: version, cat: category }
  const document = await signDocument(author.signer, about as never, fhir)
  const key = newContentKey(link.random)
  const content = await sealContent(key, utf8(document), link.random)
  const target = depositKey(patient, category, seconds(link.clock()))
  const bind = { kind: 'deposit', record, version, compartment: category, epoch: target.epoch } as const
  const packet = await sealToKey(target.key, bind, key)
  key.fill(0)
  const body = {
    ...{ record, version, category, content: digest(content), keyring: patient.head },
    ...{ key: keyThumbprint(target.key), epoch: target.epoch, packets: [digest(packet)] },
    ...(replaces ? { previous: replaces.statement } : {}),
  }
  const draft = { type: 'RecordDeposited', iss: author.iss, sub: patient.handle, body }
  const statement = await sign(link, author.signer, draft)
  return { record, version, statement: digest(statement), item: { statement, packets: [packet], content } }
}
