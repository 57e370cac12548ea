/**
 * J23 A checkpoint shown by anybody: one that bears this log's own signature and is not contained in it proves that the log
 * was rolled back or forked. Whoever shows it need not be trusted; the signature is the log's.
 */
import { equal } from '@salus/base/bytes'
import type { Facts } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import type { LogReads } from './log.ts'
import type { NoteKey } from './note.ts'
import { verifyCheckpoint } from './verify.ts'

export type ShownPorts = {
  /** The log up to its signed head. */
  readonly log: LogReads
  readonly views: Sql
  /** This log's own verifier. */
  readonly key: NoteKey
  /** Keeps the evidence, durably; the same note may come again. */
  readonly keep?: (evidence: { readonly known: number; readonly note: string }) => Promise<void>
  readonly close: (facts: Facts) => void
}

/** Looks at a shown checkpoint; closes the log where it proves something. Throws `note-invalid` for what the log never signed. */
export function createShow({ log, views, key, keep, close }: ShownPorts): (note: string) => Promise<void> {
  return async (note) => {
    const { size, root } = await verifyCheckpoint(note, [key])
    const contained = size <= log.size() && equal(root, await views.tx((v) => log.root(v, size)))
    if (contained) return
    close({ size: log.size(), known: size })
    // Kept before anybody is answered: a restart must not forget what this one learned.
    await keep?.({ known: size, note })
  }
}
