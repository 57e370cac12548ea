/** What the node itself refuses with; words for people stand in ui. */
import { AppError, isAppError } from '@salus/base/errors'
import { systemCode } from '@salus/base/system'

export type NodeCode =
  | 'node-founded'
  | 'founding-unfinished'
  | 'founding-none'
  | 'founding-wrong'
  | 'founding-signature-missing'
  | 'founding-signature-other'
  | 'founding-roots-other'
  | 'proposal-wrong'
  | 'proposal-old'
  /** The second from which a key no longer counts is to come, or long ago. */
  | 'proposal-end'
  | 'keys-there'
  | 'keys-elsewhere'
  | 'witness-key-missing'
  | 'followed-damaged'
  | 'node-running'
  | 'data-format-newer'
  | 'journal-ended'
  | 'journal-wiped'
  | 'rebuild-nobody'
  | 'rebuild-behind'
  | 'data-format-older'
  | 'erased-damaged'
  | 'erased-cut-short'
  | 'evidence-damaged'
  | 'backup-there'
  | 'backup-damaged'
  | 'data-there'
  | 'marker-damaged'
  | 'roots-damaged'
  /** An earlier version of the roots is not what was signed: devices that are behind cannot follow from there. */
  | 'roots-earlier-damaged'
  | 'genesis-damaged'
  | 'key-damaged'
  | 'ledger-damaged'
  | 'sources-missing'
  | 'ledger-missing'
  | 'views-damaged'
  | 'store-changed'
  | 'disk-full'
  | 'folder-unusable'
  /** CometBFT orders this node's ledger already. */
  | 'migrated-before'
  /** No vote has put this node's machine on the ledger. */
  | 'node-not-admitted'
  /** The ledger here does not know this node as a member. */
  | 'node-not-member'
  /** The ledger has a hospital that this node's roots do not name. */
  | 'roots-behind'
  /** The next version of the roots does not name this node's log, under its key. */
  | 'roots-without-node'
  /** It forgets a journal, or a key that an organisation has or had: what was signed with it could not be verified. */
  | 'roots-narrower'
  /** What a member handed over is not of one piece. */
  | 'welcome-wrong'
  /** This node's ledger is ordered by itself alone: nobody can join it. */
  | 'welcome-alone'
  /** Where its CometBFT is dialled is for its administrator to say. */
  | 'welcome-address'
  /** CometBFT beside this node runs: its key is not exchanged under it. */
  | 'comet-running'
  /** The ledger knows neither the key in use here nor the one that was made to follow it. */
  | 'validator-other'
  /** A chain that was migrated is not replayed from its beginning. */
  | 'join-snapshot'
  /** No node of the consortium goes by that name. */
  | 'hospital-unknown'
  /** Another hospital's node, through which this one was asked, does not answer. */
  | 'hospital-away'

/** A file that may not be read is not damaged: the operating system's word goes up as it is. */
const isSystem = (error: unknown): boolean =>
  systemCode(error) !== undefined || ['EMFILE', 'ENFILE', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')

/** Runs `work` over one file of the folder: whatever is wrong with its bytes is said under the file's own code. */
export async function reading<T>(code: NodeCode, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const known =
      isAppError(cause) &&
      (cause.code.startsWith('data-format-') || cause.code.endsWith('-damaged') || cause.code === 'witness-key-missing')
    if (isSystem(cause) || known) throw cause
    throw new AppError<NodeCode>(code, {}, { cause })
  }
}
