/** The four snapshot calls of ABCI 2.0: two that give snapshots away, two that take one in. */
import type { Bytes } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { receiveSnapshot, type Saved, type Snapshot, type TakenSnapshot, takeSnapshot } from './snapshot.ts'

export type SnapshotCalls = {
  listSnapshots(): Snapshot[]
  loadChunk(wanted: { height: number; format: number; chunk: number }): Bytes | undefined
  /** `appHash` comes from a header that was verified elsewhere: it is all that is trusted. */
  offerSnapshot(offer: { snapshot: Snapshot; appHash: string }): 'accept' | 'reject' | 'reject-format'
  applyChunk(part: { index: number; chunk: Bytes }): 'accept' | 'retry' | 'reject-snapshot'
}

// The machine's side: how a state is taken and put.
type Ports = {
  readonly every: number
  readonly save: () => Saved
  /** Takes the state over if it has this app hash; false leaves everything as it was. */
  readonly restore: (saved: Saved, appHash: string) => boolean
}

/** Snapshots kept at once: a peer may still be loading the one before the last. */
const KEPT = 2

/** Snapshots of a machine; `committed` is called after each commit. */
export function createSnapshots({ every, save, restore }: Ports): SnapshotCalls & { committed(height: number): void } {
  const taken: TakenSnapshot[] = []
  let incoming: { offer: Snapshot; appHash: string; parts: ReturnType<typeof receiveSnapshot> } | undefined
  return {
    committed(height) {
      // At the same heights everywhere, so that a node can fetch one snapshot's chunks from several peers.
      if (height % every === 0) taken.push(takeSnapshot(save()))
      if (taken.length > KEPT) taken.shift()
    },
    listSnapshots: () => taken.map(({ snapshot }) => snapshot),
    loadChunk: ({ height, format, chunk }) =>
      taken.find(({ snapshot }) => snapshot.height === height && snapshot.format === format)?.parts[chunk],
    offerSnapshot({ snapshot, appHash }) {
      if (snapshot.format !== 1) return 'reject-format'
      const parts = orUndefined(() => receiveSnapshot(snapshot))
      if (!parts) return 'reject'
      incoming = { offer: snapshot, appHash, parts }
      return 'accept'
    },
    applyChunk({ index, chunk }) {
      if (!incoming) return 'reject-snapshot'
      const { offer, appHash, parts } = incoming
      if (!parts.add(index, chunk)) return 'retry'
      if (!parts.complete()) return 'accept'
      incoming = undefined
      const saved = orUndefined(() => parts.saved())
      if (!saved || saved.height !== offer.height) return 'reject-snapshot'
      return restore(saved, appHash) ? 'accept' : 'reject-snapshot'
    },
  }
}

// A peer's bytes may be anything; a fault of ours still surfaces.
function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!isAppError(error)) throw error
    return undefined
  }
}
