/**
 * The sealed result: to the lab and to nobody else, and not to the lab alone. The content key is split into one share for each
 * hospital (all are needed), sealed to its broker; a hospital hands its share over when the result is paid or reviewed.
 * Composed of packets (RFC 7516), content sealing with a key commitment, and an n-of-n split by XOR (a one-time pad).
 */
import { type Bytes, base64url, equal, fromBase64url, text, utf8 } from '@salus/base/bytes'
import type { Random } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Json } from '@salus/base/json'
import { checkWith, field, parseWith, z } from '@salus/base/schema'
import { sha256 } from '@salus/crypto/hash'
import { openWithKey, sealToKey } from '@salus/crypto/packet'
import { newContentKey, openContent, sealContent } from '@salus/crypto/seal'
import { type Deal, dealDigest, outcomes } from '../deal.ts'

export type ResultCode = 'result-invalid' | 'result-other' | 'share-invalid'

const name = z.string().regex(/^[a-z0-9-]{1,40}$/)
/** Why a result was held back or refused: the rule's name, where, never a value. */
export const reason = z.strictObject({ rule: name, org: field.org.optional(), about: z.string().max(80).optional() })
export type Reason = z.infer<typeof reason>

const MAX_SEALED = 8_000_000
/** What lies in the store: public words, and ciphertext. */
export const envelope = z.strictObject({
  format: z.literal('salus-result/1'),
  task: field.statementId,
  deal: field.digest,
  outcome: z.enum(outcomes),
  reasons: z.array(reason).max(200),
  sealed: z.string().max(MAX_SEALED).optional(),
  shares: z
    .array(z.strictObject({ order: field.statementId, packet: z.string().max(4_000), commitment: field.digest }))
    .max(16),
})
export type Envelope = z.infer<typeof envelope>

/** What the lab reads. */
export const answer = z.strictObject({
  format: z.literal('salus-answer/1'),
  deal: z.custom<Deal>((value) => typeof value === 'object'),
  params: z.custom<Json>(() => true),
  analysis: z.strictObject({ name: z.string(), version: z.string() }),
  /** True: nothing but a promise protected the data. Shown wherever a person looks. */
  simulated: z.boolean(),
  notes: z.array(reason).max(200),
  result: z.custom<Json>(() => true),
})
export type Answer = z.infer<typeof answer>

const xor = (a: Uint8Array, b: Uint8Array): Bytes => Uint8Array.from(a, (byte, i) => byte ^ (b[i] as number))

/** Splits 32 bytes into `count` shares, all of which are needed: each alone is uniform noise. */
export function split(key: Bytes, count: number, random: Random): Bytes[] {
  const noise = Array.from({ length: count - 1 }, () => random(32))
  return [...noise, noise.reduce<Bytes>(xor, key)]
}

/** Puts the shares together again. */
export const join = (shares: readonly Uint8Array[]): Bytes => shares.reduce<Bytes>(xor, new Uint8Array(32))

const binding = (deal: string) => ({ kind: 'result', deal }) as const
const shareBinding = (deal: string, order: string) => ({ kind: 'share', deal, order }) as const

/** Seals an answer for its deal. A refusal holds no answer, sealed or not. */
export async function sealResult(
  deal: Deal,
  of: { outcome: 'released' | 'held'; reasons: readonly Reason[]; answer: Answer },
  random: Random,
): Promise<Envelope> {
  const id = dealDigest(deal)
  const key = newContentKey(random)
  const inner = await sealContent(key, utf8(JSON.stringify(of.answer)), random)
  const shares = split(key, deal.legs.length, random)
  const sealed = await sealToKey(deal.key, binding(id), utf8(inner))
  const packets = await Promise.all(
    deal.legs.map(async ({ order, key: to }, i) => {
      const share = shares[i] as Bytes
      const packet = await sealToKey(to, shareBinding(id, order), share)
      return { order, packet, commitment: base64url(sha256(share)) as never }
    }),
  )
  for (const one of [key, ...shares]) one.fill(0)
  const { outcome, reasons } = of
  return {
    format: 'salus-result/1',
    task: deal.task,
    deal: id,
    outcome,
    reasons: [...reasons],
    sealed,
    shares: packets,
  }
}

/** What stands in the store when the gate said no. */
export const refusalOf = (deal: Deal, reasons: readonly Reason[]): Envelope => ({
  ...{ format: 'salus-result/1', task: deal.task, deal: dealDigest(deal), outcome: 'refused' },
  ...{ reasons: [...reasons], shares: [] },
})

/** An envelope's one text. */
export const envelopeText = (value: Envelope): string => JSON.stringify(envelope.parse(value))

/** Reads an envelope that belongs to a deal; `result-invalid`, `result-other`. */
export function readEnvelope(bytes: Uint8Array, deal: string): Envelope {
  let found: Envelope
  try {
    found = parseWith(envelope, bytes)
  } catch (cause) {
    throw new AppError<ResultCode>('result-invalid', {}, { cause })
  }
  if (found.deal !== deal) throw new AppError<ResultCode>('result-other')
  return found
}

/** A hospital opens its share and seals it to the lab: what it hands over on the ledger. */
export async function passShare(
  { deal, shares }: Envelope,
  of: { order: string; privateKey: Bytes; lab: string },
): Promise<string> {
  const own = shares.find(({ order }) => order === of.order)
  if (!own) throw new AppError<ResultCode>('share-invalid')
  const share = await openWithKey(of.privateKey, own.packet, shareBinding(deal, of.order))
  assertShare(share, own.commitment)
  const packet = await sealToKey(of.lab, shareBinding(deal, of.order), share)
  share.fill(0)
  return packet
}

function assertShare(share: Uint8Array, commitment: string): void {
  if (!equal(sha256(share), fromBase64url(commitment))) throw new AppError<ResultCode>('share-invalid')
}

/** The lab opens a result with its key and every hospital's share, by order. */
export async function openResult(
  { deal, sealed, shares }: Envelope,
  privateKey: Bytes,
  passed: Readonly<Record<string, string>>,
): Promise<Answer> {
  if (sealed === undefined) throw new AppError<ResultCode>('result-invalid')
  const opened = await Promise.all(
    shares.map(async ({ order, commitment }) => {
      const packet = passed[order]
      if (packet === undefined) throw new AppError<ResultCode>('share-invalid')
      const share = await openWithKey(privateKey, packet, shareBinding(deal, order))
      assertShare(share, commitment)
      return share
    }),
  )
  const inner = text(await openWithKey(privateKey, sealed, binding(deal)))
  const key = join(opened)
  const plain = await openContent(key, inner)
  key.fill(0)
  const found = checkWith(answer, JSON.parse(text(plain)))
  if (dealDigest(found.deal) !== deal) throw new AppError<ResultCode>('result-other')
  return found
}
