/** The signed head of the log: size and checkpoint change together, so a proof never mixes two of them. */
import { base64url } from '@salus/base/bytes'
import type { Tx } from '@salus/base/sqlite'
import type { Placed } from './admit.ts'
import { type Receipt, WITNESS_DEADLINE } from './contract.ts'
import type { Log, SpanRoots } from './log.ts'
import { formatCheckpoint, type NoteKey, signNote } from './note.ts'
import { formatProof } from './proof.ts'
import type { Witnessing } from './witnessing.ts'

export type LogKey = { readonly key: NoteKey; readonly privateKey: CryptoKey }

type Asking = Pick<Witnessing, 'active' | 'covering'>

export type Head = {
  /** Entries under the latest checkpoint. Groups that are durable and not yet signed are not part of the log. */
  size(): number
  note(): string
  /** Signs the log as it stands, unless it did not grow; call it only when every entry is durable. */
  sign(views: Tx): Promise<void>
  /** The receipt of an entry: under the first witnessed checkpoint that covers it, else under this head. `seen` serves the receipts of one group. */
  receipt(views: Tx, placed: Placed, seen?: SpanRoots): Promise<Receipt>
  /** Whom the policy asks; without, nobody is. */
  follow(witnessing: Asking): void
}

/** A head that was never signed: size 0 and no note. Ed25519 is deterministic, so a repeated signing says the same. */
export function createHead(origin: string, { key, privateKey }: LogKey, log: Log): Head {
  let current = { size: 0, note: '' }
  let witnessing: Asking = { active: false, covering: async () => undefined }
  const signature = async (message: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message))
  return {
    size: () => current.size,
    note: () => current.note,
    async sign(v) {
      const size = log.size()
      if (current.note !== '' && size === current.size) return
      const checkpoint = formatCheckpoint({ origin, size, root: await log.root(v, size) })
      current = { size, note: await signNote(checkpoint, key, signature) }
    },
    follow(asked) {
      witnessing = asked
    },
    async receipt(v, { id, index, number, previous, salt, at }, seen = undefined) {
      const witnessed = await witnessing.covering(index)
      const { size, note: checkpoint } = witnessed ?? current
      const proof = formatProof({
        index,
        path: await log.inclusion(v, index, size, seen),
        checkpoint,
      })
      const place = { id, index, number, previous: base64url(previous), salt: base64url(salt), proof }
      if (witnessed) return { ...place, status: 'witnessed' }
      // An empty witness policy reads "not witnessed": nothing is provisional where nobody was asked.
      if (!witnessing.active) return { ...place, status: 'not-witnessed' }
      return { ...place, status: 'provisional', by: at + WITNESS_DEADLINE }
    },
  }
}
