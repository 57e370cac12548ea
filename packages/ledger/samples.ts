/** For tests: sample organisations, their logs, and senders that count. None of them exists. */
import { base64, base64url, concat, fromBase64url, hex, utf8 } from '@salus/base/bytes'
import type { Digest, OrgId } from '@salus/base/ids'
import { digest, sha256 } from '@salus/crypto/hash'
import { generateDeviceKey } from '@salus/crypto/keys'
import { consistencyProof, leafHash, merkleRoot } from '@salus/crypto/merkle'
import type { Bodies, Genesis, MemberNode, Organisation } from './contract.ts'
import { draftTx, signTx } from './device.ts'
import type { Machine } from './machine.ts'

export const SAMPLE_CHAIN = 'salus-sample'
export const SAMPLE_TIME = Date.UTC(2026, 10, 21, 8)

/** An organisation's key pair, as `generateDeviceKey` makes it. */
export type KeyPair = { readonly publicKey: string; readonly privateKey: CryptoKey }

/** The C2SP verifier key of a log named `origin` that signs with `publicKey` (base64url); type 1 is an Ed25519 note. */
export function sampleVkey(origin: string, publicKey: string, type = 1): string {
  const typed = concat(Uint8Array.of(type), fromBase64url(publicKey))
  const id = sha256(concat(utf8(origin), Uint8Array.of(0x0a), typed)).subarray(0, 4)
  return `${origin}+${hex(id)}+${base64(typed)}`
}

/** A body that admits a sample hospital; `origin` gives it a journal. */
export async function sampleOrganisation(org: string, origin?: string): Promise<Organisation & { keys: KeyPair }> {
  const keys = await generateDeviceKey()
  const row: Organisation = {
    org: org as OrgId,
    kind: 'hospital',
    country: 'FR',
    key: keys.publicKey,
    legal: digest(`sample legal entity ${org}`) as Digest,
  }
  const vkey = origin && sampleVkey(origin, (await generateDeviceKey()).publicKey)
  return Object.assign(row, origin && vkey ? { journal: { origin, vkey } } : {}, { keys })
}

/** A sample member's node, run by a legal entity of its own unless said; `validator` is a fresh key unless given. */
export async function sampleNode(
  name: string,
  { validator, ...change }: Partial<MemberNode> = {},
): Promise<MemberNode> {
  return {
    validator: validator ?? (await generateDeviceKey()).publicKey,
    peer: hex(sha256(utf8(`sample peer ${name}`)).subarray(0, 20)),
    url: `https://node.${name}.example`,
    operator: digest(`sample legal entity ${name}`) as Digest,
    role: 'controller',
    contract: digest(`sample contract ${name}`) as Digest,
    ...change,
  }
}

/** A sample organisation with a node. */
export async function sampleMember(org: string, change: Partial<MemberNode> = {}) {
  return { ...(await sampleOrganisation(org)), node: await sampleNode(org, change) }
}

/** The public part: what stands in a genesis or an admission. */
export function bodyOf({ keys: _, ...body }: Organisation & { keys: KeyPair }): Organisation {
  return body
}

/** A chain that begins with these organisations. */
export const sampleGenesis = (organisations: readonly (Organisation & { keys: KeyPair })[]): Genesis => ({
  chain: SAMPLE_CHAIN,
  time: SAMPLE_TIME,
  organisations: organisations.map(bodyOf),
})

/** Signs one organisation's transactions and counts them; `undo` after a refusal, which uses no number up. */
export type Sender = {
  readonly org: string
  seq: number
  keys: KeyPair
  next<T extends keyof Bodies>(type: T, body: Bodies[T]): Promise<string>
  undo(): void
}

/** A sender that goes on after `seq`. */
export function createSender(org: string, keys: KeyPair, seq = 0): Sender {
  const sender: Sender = {
    org,
    seq,
    keys,
    next(type, body) {
      sender.seq++
      const payload = draftTx({ chain: SAMPLE_CHAIN, org, seq: sender.seq }, type, body)
      return signTx(sender.keys.privateKey, sender.keys.publicKey, payload)
    },
    undo() {
      sender.seq--
    },
  }
  return sender
}

/** Runs and commits the next block of `machine`, one millisecond later; the codes of its transactions. */
export function runBlock(machine: Machine, txs: readonly string[], later = 1): string[] {
  const { height, time } = machine.info()
  const { results } = machine.finalizeBlock({ height: height + 1, time: time + later, txs })
  machine.commit()
  return results.map(({ code }) => code)
}

/** A log that grows: leaf i is the same in every run with the same `salt`, so another salt is a fork. */
export function createSampleLog(origin: string, salt = 'sample') {
  const leaves: Uint8Array[] = []
  const grow = (count: number) => {
    for (let i = 0; i < count; i++) leaves.push(leafHash(utf8(`${salt} ${leaves.length}`)))
  }
  return {
    origin,
    grow,
    size: () => leaves.length,
    /** The head of the whole log as a body, with the proof from `since` (0: none). */
    advance(since: number): Bodies['log.advance'] {
      const root = base64url(merkleRoot(leaves))
      const proof = since > 0 && since <= leaves.length ? consistencyProof(since, leaves) : []
      return { origin, size: leaves.length, root, proof: proof.map((hash) => base64url(hash)) }
    },
  }
}
export type SampleLog = ReturnType<typeof createSampleLog>
