/**
 * Asking the policy's witnesses to cosign one's own checkpoints: off the request path, one round at a time. A receipt is
 * provisional until a round has met the policy at its size.
 */

import { base64url, equal, hex, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import type { Sql } from '@salus/base/sqlite'
import { sha256 } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import type { JournalCode } from './contract.ts'
import { cosigners, withSignatures } from './cosign.ts'
import type { LogReads } from './log.ts'
import type { NoteKey } from './note.ts'
import { type Policy, quorumMet, witnessesFor } from './policy.ts'
import { verifyCheckpoint } from './verify.ts'
import { firstCosigned, ownWitnessed, saveOwnWitnessed } from './witness.store.ts'
import { witnessRequest } from './witness.ts'

/** Posts text, or gets where there is no body; gives the status and the text that came back. Rejects when there is no answer. */
export type AskText = (url: string, body?: string) => Promise<{ status: number; body: string }>

export type WitnessingPorts = {
  readonly policy: Policy
  readonly log: LogReads
  readonly note: () => string
  readonly sources: Sql
  readonly views: Sql
  readonly ask: AskText
  /** This log's own verifier. */
  readonly key: NoteKey
  /** A quorum has cosigned a checkpoint: none of them holds a later one. */
  readonly onWitnessed?: () => void
  /** A witness holds a checkpoint, signed by this very log, that this log does not contain: it was rolled back, or forked. */
  readonly onBehind: (evidence: { readonly known: number; readonly note: string }) => void
}

type Asked = { readonly key: NoteKey; readonly url: string }

/** The newest own checkpoint that met the policy: its size (0: none yet) and the cosigned note. */
export type Cosigned = { readonly size: number; readonly note: string }

const verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
  verifyEd25519(base64url(publicKey), message, signature)

/** How many own entries a quorum had cosigned when this was last asked. */
export const witnessedSize = async (sources: Sql): Promise<number> => (await sources.tx(ownWitnessed))?.size ?? 0

/** Fetches what a witness holds. Its word closes nothing: what it holds must bear this log's own signature. */
const createLook =
  (ports: WitnessingPorts) =>
  async (one: Asked): Promise<void> => {
    const url = `${one.url}/${hex(sha256(utf8(ports.key.name)))}/checkpoint`
    const answer = await ports.ask(url).catch(() => undefined)
    if (answer?.status !== 200) return
    const seen = await verifyCheckpoint(answer.body, [ports.key]).catch(() => undefined)
    if (!seen) return
    const within = seen.size <= ports.log.size()
    const same = within && equal(seen.root, await ports.views.tx((v) => ports.log.root(v, seen.size)))
    if (!same) ports.onBehind({ known: seen.size, note: answer.body })
  }

/** A log that was witnessed before the first ones were kept has its newest alone. */
async function firstCovering(sources: Sql, best: Cosigned, index: number): Promise<Cosigned | undefined> {
  if (index >= best.size) return undefined
  return (await sources.tx((s) => firstCosigned(s, index))) ?? best
}

type Head = { readonly note: string; readonly size: number }

/** One witness's line for a checkpoint; undefined when it does not answer or refuses. `from`: the size to begin with. */
function createAsk(ports: WitnessingPorts, from: () => number, lookBehind: (one: Asked) => Promise<void>) {
  const known = new Map<string, number>()
  return async function line(one: Asked, head: Head, again = true): Promise<string | undefined> {
    const { note, size } = head
    const old = known.get(one.key.name) ?? from()
    const proof = old > 0 && old < size ? await ports.views.tx((v) => ports.log.consistency(v, old, size)) : []
    const answer = await ports.ask(`${one.url}/add-checkpoint`, witnessRequest(old, proof, note)).catch(() => undefined)
    if (answer?.status === 200) {
      known.set(one.key.name, size)
      return answer.body.split('\n')[0]
    }
    if (answer?.status === 422) await lookBehind(one)
    if (answer?.status !== 409) return undefined
    const there = Number(answer.body.trim())
    if (!Number.isSafeInteger(there) || there < 0) return undefined
    if (there > size) await lookBehind(one)
    known.set(one.key.name, Math.min(there, size))
    return again && there <= size ? line(one, head, false) : undefined
  }
}

/** Is `line` that witness's own good word? One that answers rubbish must not spoil the others'. */
async function isSound({ key }: Asked, note: string, line: string): Promise<boolean> {
  const signed = await Promise.resolve()
    .then(() => cosigners(withSignatures(note, [line]), [key], verify))
    .catch(() => undefined)
  return signed?.has(key.name) ?? false
}

/** The lines that are good words of those who said them. */
async function soundOf(lines: readonly { one: Asked; said: string | undefined }[], note: string): Promise<string[]> {
  const sound: string[] = []
  for (const { one, said } of lines) if (said !== undefined && (await isSound(one, note, said))) sound.push(said)
  return sound
}

export async function createWitnessing(ports: WitnessingPorts) {
  const { policy, sources } = ports
  const witnesses = witnessesFor(policy, ports.key.name)
  const keys = witnesses.map((one) => one.key)
  const asked: Asked[] = witnesses.flatMap(({ key, url }) => (url === undefined ? [] : [{ key, url }]))
  let best: Cosigned = (await sources.tx(ownWitnessed)) ?? { size: 0, note: '' }
  if (best.size > ports.log.size()) throw new AppError<JournalCode>('journal-closed', { known: best.size })
  const lookBehind = createLook(ports)
  const line = createAsk(ports, () => best.size, lookBehind)
  let running: Promise<void> | undefined

  async function round(): Promise<void> {
    const head: Head = { note: ports.note(), size: ports.log.size() }
    if (head.size === 0 || head.size <= best.size) return
    const lines = await Promise.all(asked.map(async (one) => ({ one, said: await line(one, head) })))
    const note = withSignatures(head.note, await soundOf(lines, head.note))
    const signed = await cosigners(note, keys, verify)
    if (!quorumMet(policy, new Set(signed.keys()))) return
    await sources.tx((s) => saveOwnWitnessed(s, head.size, note, Math.max(...signed.values())))
    best = { size: head.size, note }
    ports.onWitnessed?.()
  }

  return {
    /** Does the policy ask anybody at all? */
    active: policy.quorum !== 'none',
    best: () => best,
    /** The first cosigned checkpoint that covers entry `index`: when it was witnessed, and not when somebody asked again. */
    covering: (index: number): Promise<Cosigned | undefined> => firstCovering(sources, best, index),
    /** Sees what every witness holds, whether there is anything to cosign or not: yesterday's log must not wait for an entry. */
    look: async (): Promise<void> => void (await Promise.all(asked.map(lookBehind))),
    /** Asks for the checkpoint as it stands; whoever comes while a round runs waits for it. */
    ask(): Promise<void> {
      running ??= round().finally(() => {
        running = undefined
      })
      return running
    },
  }
}
export type Witnessing = Awaited<ReturnType<typeof createWitnessing>>
