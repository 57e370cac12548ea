/** Export and its offline check: the FHIR bundle, and beside each record what proves who wrote it and that it was filed. */
import { fromBase64url, text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { checkWith, field, z } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { openContent } from '@salus/crypto/seal'
import { isOrg, logKeys, orgKeyAt, type Roots } from '@salus/directory/consortium'
import { checkKeyring, findKeyring, type Known, mayWrite } from '@salus/directory/device/verify'
import { directoryEndpoints, type KeyringView, keyringView } from '@salus/directory/endpoints'
import { signedOnce } from '@salus/directory/keyring'
import { parseExact, resourceOf } from '@salus/fhir/exact'
import { journalEndpoints, receipt } from '@salus/journal/contract'
import { parseStatement } from '@salus/journal/statement'
import { verifyReceipt } from '@salus/journal/verify'
import { type RecordCode, recordDeposited } from '../contract.ts'
import { type AuthorKeys, openDocument } from '../document.ts'
import type { OwnRecord, OwnRecordBook } from './own.ts'
import { openOwn, type PatientDevice, sync } from './patient.ts'

/** One record version: its deposit as journalled, the ciphertext, and the key that opens it. */
const exported = z.strictObject({
  statement: z.string(),
  receipt,
  content: z.string(),
  key: field.key32,
})

/** One version that does not open or does not prove its author (`does-not-open`), or says nothing in FHIR (`not-fhir`). */
const brokenRecord = z.strictObject({
  record: field.recordId,
  version: z.int().min(1),
  category: field.filing,
  author: z.string(),
  at: field.time,
  problem: z.enum(['does-not-open', 'not-fhir']),
})
export type BrokenRecord = z.infer<typeof brokenRecord>

/** How a version is named among the broken ones. */
export const brokenOf = (own: OwnRecord, problem: BrokenRecord['problem']): BrokenRecord => {
  const { record, version, category, author, at } = own
  return { record, version, category, author, at, problem } as BrokenRecord
}

/** What of a book could not be opened, newest versions unless `all`; asked after `openOwn`, which marks what it passes over. */
export const unopened = ({ records }: OwnRecordBook, all = false): BrokenRecord[] =>
  Object.values(records)
    .filter((one) => (one.broken || one.unread || one.key === undefined) && (all || one.superseded === null))
    .map((one) => brokenOf(one, 'does-not-open'))

/** The file `salus patient export` writes and `salus verify` reads. */
export const exportFile = z.strictObject({
  format: z.literal('salus-export@v1'),
  patient: field.handle,
  keyrings: z.array(keyringView),
  records: z.array(exported),
  /** Versions that are the patient's but are not in here, or not in the bundle: said, not left out in silence. */
  broken: z.array(brokenRecord).optional(),
  /** FHIR R4 Bundle (collection) of the newest versions, numbers as their authors wrote them. */
  bundle: z.record(z.string(), z.unknown()),
})
export type ExportFile = z.infer<typeof exportFile>

/** Gathers everything of one's own, every version, with its proofs. `toBundle` writes the FHIR part. */
export async function exportOwn(
  device: PatientDevice,
  toBundle: (records: { record: string; fhir: string }[]) => object,
  progress: (done: number) => void,
): Promise<ExportFile> {
  await sync(device)
  const { link, keys } = device
  const records: ExportFile['records'] = []
  const newest: { record: string; fhir: string }[] = []
  const broken: BrokenRecord[] = []
  const handles = new Set<string>([keys.handle])
  for await (const { own, content, fhir } of openOwn(device, true)) {
    const proof = await link.call(journalEndpoints.receipt, { params: { index: own.index } })
    records.push({ ...proof, content, key: own.key ?? '' })
    const { record, superseded } = own
    if (!resourceOf(fhir)) broken.push(brokenOf(own, 'not-fhir'))
    else if (superseded === null) newest.push({ record, fhir })
    if (!isOrg(link.roots, own.author)) handles.add(own.author)
    progress(records.length)
  }
  const keyrings: KeyringView[] = []
  for (const handle of handles) {
    await findKeyring(link, handle)
    keyrings.push(await link.call(directoryEndpoints.keyring, { input: { handle } }))
  }
  const bundle = toBundle(newest) as Record<string, unknown>
  broken.push(...unopened(device.book, true))
  return { format: 'salus-export@v1', patient: keys.handle, keyrings, records, broken, bundle }
}

const invalid = () => new AppError<RecordCode>('document-invalid')

/** R14 Checks an export offline: each deposit's signature and receipt, its ciphertext, its author, and the bundle's entries. */
export async function checkExport(
  file: string,
  roots: Roots,
): Promise<{ records: number; authors: number; entries: number }> {
  const { keyrings, records, patient, bundle } = checkWith(exportFile, parseExact(file))
  const keyOf = await signerKeys(keyrings, patient, roots)
  const authors = new Set<string>()
  const newest = new Map<string, Proven>()
  for (const one of records) {
    const proven = await checkRecord(one, patient, keyOf, roots)
    const before = newest.get(proven.record)
    if (!before || before.version < proven.version) newest.set(proven.record, proven)
    authors.add(proven.author)
  }
  const fhir = [...newest.values()].map((one) => one.fhir)
  return { records: records.length, authors: authors.size, entries: checkEntries(bundle, fhir) }
}

/** The keyrings that came along, each checked with its receipt, and the pinned organisations. */
async function signerKeys(keyrings: readonly KeyringView[], patient: string, roots: Roots): Promise<AuthorKeys> {
  const all = new Map<string, Known>()
  for (const view of keyrings) {
    all.set(view.handle, await checkKeyring(view, view.handle, roots, logKeys(roots)))
  }
  return async (issuer, kid, iat) => {
    if (isOrg(roots, issuer)) return orgKeyAt(roots, issuer, kid, iat)
    const known = all.get(issuer)
    return known && mayWrite(known, patient) ? signedOnce(known.keyring, kid) : undefined
  }
}

type Proven = { record: string; version: number; author: string; fhir: string }

/** One version: deposited by whom the statement says, at its place in the journal, and opening to that author's document. */
async function checkRecord(
  one: ExportFile['records'][number],
  patient: string,
  keyOf: AuthorKeys,
  roots: Roots,
): Promise<Proven> {
  const statement = parseStatement(one.statement)
  const signer = await keyOf(statement.iss, statement.kid, statement.iat)
  const signed = signer && (await verifyEd25519(signer, statement.signingInput, statement.signature))
  if (!signed || statement.type !== 'RecordDeposited' || statement.sub !== patient) throw invalid()
  await verifyReceipt(one.statement, one.receipt, logKeys(roots))
  const { record, version, category, content } = checkWith(recordDeposited, statement.body)
  if (digest(one.content) !== content) throw invalid()
  const document = text(await openContent(fromBase64url(one.key), one.content))
  const about = { sub: patient, rec: record, ver: version, cat: category, iss: statement.iss }
  const { fhir } = await openDocument(
    document,
    about as never,
    (iss, kid) => keyOf(iss, kid, statement.iat),
    verifyEd25519,
  )
  return { record, version, author: statement.iss, fhir: text(fhir) }
}

/** Compact JSON, numbers as written: 72.10 in a bundle is what its author signed, 72.1 is not. */
const canonical = (resource: unknown): string => JSON.stringify(resource) ?? ''

/** The bundle's entries are the newest versions that are FHIR, no more and no fewer; two records may well say the same. */
function checkEntries(bundle: ExportFile['bundle'], fhir: readonly string[]): number {
  const proven = fhir
    .flatMap((one) => resourceOf(one) ?? [])
    .map(canonical)
    .sort()
  const { entry = [] } = bundle
  if (!Array.isArray(entry)) throw invalid()
  const shown = entry.map((one: { resource?: unknown } | null) => canonical(one?.resource)).sort()
  if (shown.length !== proven.length || shown.some((one, i) => one !== proven[i])) throw invalid()
  return shown.length
}
