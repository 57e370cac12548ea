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
  /** The member has no node whose key could be changed. */
  | 'node-unknown'
  /** The member's node is what it is said to become. */
  | 'node-unchanged'
  /** Another present member's node has this name among peers. */
  | 'peer-taken'
  /** With four validators or more, one legal entity would have a third of the votes (rule L17). */
  | 'votes-third'
  | 'validator-last'
  | 'vkey-invalid'
  | 'origin-taken'
  /** The log belongs to another organisation, or to none. */
  | 'origin-other'
  | 'log-rewind'
  | 'log-fork'
  | 'log-unchanged'
  | 'log-proof-invalid'
  /** The organisation says of its app what it said last. */
  | 'app-unchanged'
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
  /** CometBFT orders this file: no sequencer may. */
  | 'ledger-moved'
  /** Bytes at the ABCI socket that are no request of ABCI 2.0, or too many of them. */
  | 'abci-invalid'
  /** The ledger's own process beside this node does not answer. */
  | 'ledger-unreachable'
  /** Neither CometBFT's program nor what builds it is here. */
  | 'cometbft-missing'
  | 'cometbft-other'
  /** No block took the transaction in the time given: too few members are reachable, or the ledger is busy. It may still come. */
  | 'ledger-waiting'
  /** A block found no room: nothing of it was kept, and the next one is tried as ever. */
  | 'disk-full'

/** What became of one transaction: `ok`, or the code of the rule that refused it (a module's own codes included). */
export type TxResult = { readonly code: string; readonly facts?: Facts }
