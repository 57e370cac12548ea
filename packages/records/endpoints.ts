/** The endpoints of records, as data. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'
import { receipt } from '@salus/journal/contract'
import { disputeReasons, holdReasons, recordRow, recordVersion } from './contract.ts'

const sealedRecord = z.strictObject({
  record: field.recordId,
  version: z.int(),
  category: field.filing,
  compartment: field.compartment,
  epoch: z.int(),
  /** Compact JWE of the signed document. */
  content: z.string(),
  /** Packet to the epoch, for readers who hold its key; null where the one-off packet opens it. */
  packet: z.string().nullable(),
})
export type SealedRecord = z.infer<typeof sealedRecord>

/** One row an endpoint: router, client, OpenAPI and the authorisation test read it. */
export const recordEndpoints = {
  own: {
    name: 'records.own',
    method: 'GET',
    path: '/records',
    allow: { patient: 'any', representative: 'any' },
    query: z.strictObject({ after: z.coerce.number().int().min(-1).default(-1) }),
    output: z.strictObject({ records: z.array(recordRow.extend({ packet: z.string().nullable() })) }),
    summary: "The caller's own record versions, 500 at a time in log order, with the packets that open them.",
  },
  contents: {
    name: 'records.contents',
    method: 'POST',
    path: '/records/contents',
    allow: { patient: 'any' },
    input: z.strictObject({ records: z.array(recordVersion).min(1).max(100) }),
    output: z.strictObject({ contents: z.array(z.strictObject({ ...recordVersion.shape, content: z.string() })) }),
    summary: "Ciphertext of the caller's own records.",
  },
  granted: {
    name: 'records.granted',
    method: 'GET',
    path: '/grants/:grant/records',
    allow: { professional: 'own' },
    params: z.strictObject({ grant: field.grantId }),
    output: z.strictObject({ records: z.array(recordRow), categories: z.array(field.category) }),
    summary:
      'What a grant lets its reader open now, and which categories it gives whole: lists, nothing that opens them.',
  },
  escrowed: {
    name: 'records.escrowed',
    method: 'GET',
    path: '/keeper/:glass/records',
    allow: { professional: 'any' },
    params: z.strictObject({ glass: field.statementId }),
    query: z.strictObject({ after: z.coerce.number().int().min(-1).default(-1) }),
    output: z.strictObject({
      records: z.array(z.strictObject({ ...recordVersion.shape, packet: z.string() })),
      /** What the next page comes after; null after the last. */
      next: z.int().nullable(),
    }),
    summary:
      'For the keeper that is to answer: packets of current versions in the chosen categories, 500 looked at a time.',
  },
  disputes: {
    name: 'records.disputes',
    method: 'GET',
    path: '/disputes',
    allow: { professional: 'any', desk: 'any' },
    output: z.strictObject({
      disputes: z.array(
        z.strictObject({
          ...{ record: field.recordId, version: z.int(), statement: field.digest, category: field.filing },
          ...{ patient: field.handle, author: z.string(), reason: z.enum(disputeReasons), at: field.time },
        }),
      ),
    }),
    summary: "Disputes that patients opened against records of the caller's organisation, and nobody has answered.",
  },
  holds: {
    name: 'records.holds',
    method: 'GET',
    path: '/kept',
    allow: { desk: 'any' },
    output: z.strictObject({
      kept: z.array(
        z.strictObject({
          ...{ id: field.handle, reason: z.enum(holdReasons), until: field.time, at: field.time, versions: z.int() },
        }),
      ),
    }),
    summary: "What erasures left for holds of the caller's own organisation: why, until when, how much.",
  },
  openKept: {
    name: 'records.openKept',
    method: 'POST',
    path: '/kept/open',
    allow: { desk: 'any' },
    input: z.strictObject({ statement: z.string().max(8_000), after: recordVersion.optional() }),
    output: z.strictObject({
      receipt,
      packet: z.string(),
      contents: z.array(z.strictObject({ ...recordVersion.shape, content: z.string() })),
    }),
    summary:
      'Opens what was kept: the signed KeptOpened is journalled, then keys and ciphertext leave, fifty at a time.',
  },
  read: {
    name: 'records.read',
    method: 'POST',
    path: '/reads',
    allow: { anonymous: 'any', professional: 'any', representative: 'any' },
    input: z.strictObject({ statement: z.string().max(64 * 1024) }),
    output: z.strictObject({ receipt, records: z.array(sealedRecord), packets: z.array(z.string()) }),
    summary: 'Opens records under a grant: the signed RecordRead is journalled, then ciphertext and packets leave.',
  },
} as const satisfies Record<string, Endpoint>
