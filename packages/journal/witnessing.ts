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
import { type Policy, quorumMet } from './policy.ts'
import { verifyCheckpoint } from './verify.ts'
import { ownWitnessed, saveOwnWitnessed } from './witness.store.ts'
import { witnessRequest } from './witness.ts'

/** Seconds within which a receipt must be witnessed; later is a miss, and is evidence. */
export const WITNESS_DEADLINE = 300

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

export async function createWitnessing(ports: WitnessingPorts) {
  const { policy, sources } = ports
  const witnesses = [...policy.nodes.values()].filter((one) => one.kind === 'witness')
  const asked: Asked[] = witnesses.flatMap(({ key, url }) => (url === undefined ? [] : [{ key, url }]))
  const known = new Map<string, number>()
  let best: Cosigned = (await sources.tx(ownWitnessed)) ?? { size: 0, note: '' }
  if (best.size > ports.log.size()) throw new AppError<JournalCode>('journal-closed', { known: best.size })
  let running: Promise<void> | undefined

  /** One witness's line for the checkpoint; undefined when it does not answer or refuses. */
  async function line(one: Asked, note: string, size: number, again = true): Promise<string | undefined> {
    const old = known.get(one.key.name) ?? best.size
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
    return again && there <= size ? line(one, note, size, false) : undefined
  }

  /** The witness's word closes nothing: what it holds must bear this log's own signature. */
  async function lookBehind(one: Asked): Promise<void> {
    const url = `${one.url}/${hex(sha256(utf8(ports.key.name)))}/checkpoint`
    const answer = await ports.ask(url).catch(() => undefined)
    if (answer?.status !== 200) return
    const seen = await verifyCheckpoint(answer.body, [ports.key]).catch(() => undefined)
    if (!seen) return
    const within = seen.size <= ports.log.size()
    const same = within && equal(seen.root, await ports.views.tx((v) => ports.log.root(v, seen.size)))
    if (!same) ports.onBehind({ known: seen.size, note: answer.body })
  }

  /** What a witness answered, if it is that witness's own good word: one that answers rubbish must not spoil the others'. */
  async function sound(one: Asked, note: string, size: number): Promise<string | undefined> {
    const answer = await line(one, note, size)
    if (answer === undefined) return undefined
    const signed = await Promise.resolve()
      .then(() => cosigners(withSignatures(note, [answer]), [one.key], verify))
      .catch(() => undefined)
    return signed?.has(one.key.name) ? answer : undefined
  }

  async function round(): Promise<void> {
    const note = ports.note()
    const size = ports.log.size()
    if (size === 0 || size <= best.size) return
    const lines = (await Promise.all(asked.map((one) => sound(one, note, size)))).filter((one) => one !== undefined)
    const full = withSignatures(note, lines)
    const signed = await cosigners(
      full,
      witnesses.map((one) => one.key),
      verify,
    )
    if (!quorumMet(policy, new Set(signed.keys()))) return
    await sources.tx((s) => saveOwnWitnessed(s, size, full))
    best = { size, note: full }
    ports.onWitnessed?.()
  }

  return {
    /** Does the policy ask anybody at all? */
    active: policy.quorum !== 'none',
    best: () => best,
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
