/** The closed union of codes this package throws, and what a transaction that was refused answers. */
import type { Facts } from '@salus/base/errors'

export type LedgerCode =
  /** Not a transaction: not our JWS, not the schema, an unknown field, text where none may stand (rule L1). */
  | 'tx-invalid'
  | 'tx-too-large'
  /** The same content in other letters: white space, another key order, another way to write a number (rule L2). */
  | 'tx-not-canonical'
  | 'type-unknown'
  /** Signed for another chain. */
  | 'chain-other'
  | 'signature-invalid'
  /** The organisation is not, or no longer, a member. */
  | 'org-unknown'
  /** Signed with a key that is not the organisation's present one. */
  | 'key-other'
  | 'key-weak'
  /** A key that stands or once stood for an organisation. */
  | 'key-used'
  | 'seq-replayed'
  | 'seq-gap'
  | 'org-known'
  | 'org-last'
  | 'vote-repeated'
  | 'proposals-full'
  | 'vkey-invalid'
  | 'origin-taken'
  /** The log belongs to another organisation, or to none. */
  | 'origin-other'
  | 'log-rewind'
  | 'log-fork'
  | 'log-unchanged'
  | 'log-proof-invalid'
  | 'query-unknown'
  /** A module whose schema lets anything open through, or states no reason for a field (rules L1, L13). */
  | 'module-invalid'
  /** A module that writes outside its own keys, or a key that is not short printable ASCII. */
  | 'state-key-invalid'
  | 'value-invalid'
  | 'genesis-invalid'
  /** A file that was begun with another genesis. */
  | 'genesis-other'
  /** A block whose height or time does not follow the last one. */
  | 'block-order'
  | 'nothing-to-commit'
  | 'snapshot-invalid'
  /** A stored header, block or state that does not belong to the chain before it. */
  | 'chain-broken'
  /** Bytes of the file that are no database any more. */
  | 'ledger-damaged'
  | 'signer-invalid'
  | 'engine-closed'
  /** A block could not be made durable: nothing more is accepted until the file is opened again. */
  | 'engine-halted'
  /** A block found no room: nothing of it was kept, and the next one is tried as ever. */
  | 'disk-full'

/** What became of one transaction: `ok`, or the code of the rule that refused it (a module's own codes included). */
export type TxResult = { readonly code: string; readonly facts?: Facts }
