/** Nouns of the journal: the statement's envelope, the receipt, the error codes and the public endpoints. */
import type { Endpoint } from '@salus/base/endpoint'
import { field, z } from '@salus/base/schema'

export type JournalCode =
  | 'statement-invalid'
  | 'statement-too-large'
  | 'statement-expired'
  | 'statement-from-the-future'
  | 'statement-for-another'
  | 'statement-replayed'
  | 'statement-unknown-type'
  | 'signer-unknown'
  | 'signature-invalid'
  | 'signer-not-allowed'
  | 'packets-mismatch'
  | 'content-mismatch'
  | 'not-found'
  | 'journal-closed'
  | 'journal-failed'
  | 'journal-behind'
  | 'content-damaged'
  | 'sources-damaged'
  | 'note-invalid'
  | 'proof-invalid'
  | 'policy-invalid'
  | 'chain-broken'
  | 'home-unknown'
  | 'home-receipt-invalid'
  | 'home-receipt-missing'
  | 'home-gap'
  | 'home-elsewhere'
  | 'home-moves-over'

/** `typ` of every statement's protected header. */
export const STATEMENT_TYP = 'salus-statement+jws'
/** Largest statement, in letters of its compact form. */
export const MAX_STATEMENT = 256 * 1024
/** Longest life of a statement between `iat` and `exp`, seconds: what is found later is a replay or a mistake. */
export const MAX_LIFE = 15 * 60
/** How far a signer's clock may run ahead of the node's, seconds. */
export const CLOCK_SKEW = 120
/** A second that does not come (year 5138): what is remembered until then is remembered. */
export const FOR_EVER = 99_999_999_999
/** Seconds within which an entry must be witnessed, from when the node took it; later is a miss. */
export const WITNESS_DEADLINE = 300

/** Who signs: a keyring's handle, an organisation's desk, or `self` for the first entry of a keyring of one's own. */
export const issuer = z.union([field.handle, field.org, z.literal('self')])

/** The envelope every statement shares; `body` is parsed by the kind that `type` names. */
export const envelope = z.strictObject({
  id: field.statementId,
  type: z.string().regex(/^[A-Z][A-Za-z]{2,40}$/),
  iss: issuer,
  /** The journal's origin: a statement for one hospital is refused by every other. */
  aud: z.string().min(3).max(100),
  iat: field.time,
  exp: field.time,
  /** The person (or team) it concerns: whose chain it enters. Absent only where the statement itself founds the chain. */
  sub: field.handle.optional(),
  body: z.record(z.string(), z.unknown()),
})
export type Envelope = z.infer<typeof envelope>

/** What the signer gets back, once: enough to prove offline that the journal holds exactly this statement. */
export const receipt = z.strictObject({
  id: field.statementId,
  /** Place of the entry in the log, from 0. */
  index: field.count,
  /** Place in the person's chain, from 1, and the entry before it (32 zero bytes before the first). */
  number: field.count,
  previous: field.key32,
  /** The 32 random bytes of the commitment. */
  salt: field.key32,
  /** tlog-proof text: index, inclusion hashes, checkpoint. */
  proof: z.string().max(20_000),
  status: z.enum(['not-witnessed', 'provisional', 'witnessed']),
  /** Provisional: when (seconds) the node says it will have been witnessed. Not signed: nobody relies on it for longer than their own deadline. */
  by: field.time.optional(),
})
export type Receipt = z.infer<typeof receipt>

/** Times that one chain may move: each is shown to everybody who mirrors it. */
export const MAX_MOVES = 30

/** A statement by which a chain went to another log (J34), with the receipt of the log that it left. */
export const move = z.strictObject({ statement: z.string().max(MAX_STATEMENT), at: field.time, receipt })
export type Move = z.infer<typeof move>

/** One statement with the packets and the ciphertext that its body names by digest. */
export const submissionItem = z.strictObject({
  statement: z.string().max(MAX_STATEMENT),
  packets: z.array(z.string().max(2_000_000)).max(2_000).optional(),
  content: z.string().optional(),
})
export type SubmissionItem = z.infer<typeof submissionItem>

/** All statements of a submission are accepted, or none. */
export const submission = z.strictObject({ items: z.array(submissionItem).min(1).max(500) })
export type Submission = z.infer<typeof submission>

/** One entry of a person's chain as its owner may see it. */
export const chainEntry = z.strictObject({
  index: field.count,
  number: field.count,
  previous: field.key32,
  salt: field.key32,
  /** When the node accepted it, seconds. */
  at: field.time,
  statement: z.string(),
  /** The number by which every log knows it, where it came before this one was its home (J34). */
  shown: field.count.optional(),
})
export type ChainEntry = z.infer<typeof chainEntry>

export const journalEndpoints = {
  submit: {
    name: 'journal.submit',
    method: 'POST',
    path: '/statements',
    allow: { anonymous: 'any', patient: 'any', representative: 'any', professional: 'any', desk: 'any' },
    input: submission,
    output: z.strictObject({ receipts: z.array(receipt) }),
    limit: 64 * 1024 * 1024,
    anonymousLimit: 1024 * 1024,
    summary: 'The one way in: signed statements. Each signature and rule is checked; a session adds nothing.',
  },
  chain: {
    name: 'journal.chain',
    method: 'GET',
    path: '/chain',
    allow: { patient: 'any', representative: 'any', professional: 'any' },
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      /** Entries of the log that the caller has seen a checkpoint of; 0: none yet. */
      seen: z.coerce.number().int().min(0).default(0),
    }),
    output: z.strictObject({
      entries: z.array(chainEntry),
      checkpoint: z.string(),
      head: field.count,
      /** tlog-proof of the last entry under `checkpoint`; each entry commits to the one before, so it proves them all. */
      proof: z.string().max(20_000).optional(),
      /** Proof (RFC 9162 §2.1.4) that `checkpoint` continues the log of `seen` entries; absent where it is no longer. */
      consistency: z.array(field.key32).max(128).optional(),
    }),
    summary:
      "The caller's own chain, 500 entries at a time, with the proof that the log holds it and continues what was seen.",
  },
  show: {
    name: 'journal.show',
    method: 'POST',
    path: '/journal/checkpoint',
    allow: { anonymous: 'any', patient: 'any', professional: 'any', desk: 'any' },
    input: z.strictObject({ checkpoint: z.string().max(20_000) }),
    output: z.strictObject({ size: field.count }),
    summary:
      'Shows the log a checkpoint of its own. One that it does not contain proves a rollback or a fork, and closes it.',
  },
  receipt: {
    name: 'journal.receipt',
    method: 'GET',
    path: '/receipts/:index',
    allow: { patient: 'own', representative: 'own', professional: 'own', desk: 'own' },
    params: z.strictObject({ index: z.coerce.number().int().min(0) }),
    output: z.strictObject({ statement: z.string(), receipt }),
    summary: 'A fresh receipt for one entry of a chain of one’s own, or of a statement one signed.',
  },
} as const satisfies Record<string, Endpoint>
