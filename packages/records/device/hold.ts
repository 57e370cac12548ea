/** What desks do about holds, and what they open of what erasures left; the patient's side stands in patient.ts (`erase`). */
import { fromBase64url, text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import type { StatementId } from '@salus/base/ids'
import { parseWith } from '@salus/base/schema'
import { verifyEd25519 } from '@salus/crypto/jws'
import { openWithKey } from '@salus/crypto/packet'
import { openContent } from '@salus/crypto/seal'
import { type Link, sign } from '@salus/directory/device/link'
import { issuerKeys } from '@salus/directory/device/verify'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { logsFor, verifyReceipt } from '@salus/journal/verify'
import { type HoldReason, keptKeys, type RecordVersion } from '../contract.ts'
import { openAnybodys } from '../document.ts'
import { recordEndpoints } from '../endpoints.ts'
import type { Author } from './author.ts'
import { versionKey } from './own.ts'

/** Holds what the desk's organisation wrote about `patient`; what is kept will open with the private half of `key`. */
export async function hold(
  link: Link,
  desk: Author,
  what: { patient: string; records: readonly string[]; reason: HoldReason; until: number; key: string },
): Promise<{ id: string; receipt: Receipt }> {
  const { patient, ...body } = what
  const statement = await sign(link, desk.signer, { type: 'RetentionHeld', iss: desk.iss, sub: patient, body })
  const [receipt] = await submit(link.call, link.logs, [{ statement }])
  return { id: (receipt as Receipt).id, receipt: receipt as Receipt }
}

/** Ends a hold before its date. */
export async function release(link: Link, desk: Author, patient: string, id: StatementId): Promise<Receipt> {
  const draft = { type: 'RetentionReleased', iss: desk.iss, sub: patient, body: { hold: id } }
  const [receipt] = await submit(link.call, link.logs, [{ statement: await sign(link, desk.signer, draft) }])
  return receipt as Receipt
}

/** One kept version, opened, its author checked; `fhir` absent where it does not open. */
export type KeptRecord = RecordVersion & { readonly author?: string; readonly fhir?: string }

/** R28 Opens what was kept, fifty versions at a time, each under a signed line. */
export async function* openKept(
  link: Link,
  desk: Author,
  kept: string,
  privateKey: string,
): AsyncGenerator<KeptRecord> {
  const authors = issuerKeys(link)
  for (let after: RecordVersion | undefined; ; ) {
    const draft = { type: 'KeptOpened', iss: desk.iss, sub: kept, body: { kept } }
    const statement = await sign(link, desk.signer, draft)
    const input = { statement, ...(after ? { after } : {}) }
    const { receipt, packet, contents } = await link.call(recordEndpoints.openKept, { input })
    await verifyReceipt(statement, receipt, logsFor(statement, link.logs))
    const plain = text(await openWithKey(fromBase64url(privateKey), packet, { kind: 'kept' }))
    const keys = new Map(parseWith(keptKeys, plain).keys.map((one) => [versionKey(one.record, one.version), one.key]))
    for (const { record, version, content } of contents) {
      const key = keys.get(versionKey(record, version))
      yield { record, version, ...(key ? await opened(key, content, authors) : {}) }
    }
    const last = contents.at(-1)
    if (!last) return
    after = { record: last.record, version: last.version }
  }
}

async function opened(key: string, content: string, authors: ReturnType<typeof issuerKeys>) {
  try {
    const { head, fhir } = await openAnybodys(
      text(await openContent(fromBase64url(key), content)),
      authors,
      verifyEd25519,
    )
    return { author: head.iss, fhir: text(fhir) }
  } catch (error) {
    if (isAppError(error) && rubbish.has(error.code)) return {}
    throw error
  }
}

const rubbish: ReadonlySet<string> = new Set(['cannot-open', 'document-invalid', 'encoding-invalid'])
