/** The rules of records. Pure. */
import { AppError } from '@salus/base/errors'
import { keyThumbprint } from '@salus/crypto/keys'
import type { Keyring } from '@salus/directory/contract'
import { depositKey } from '@salus/directory/keyring'
import type { PacketIn } from '@salus/journal/slice'
import type { RecordCode, RecordDeposited, RecordsRewrapped } from './contract.ts'

const fail = (code: RecordCode) => new AppError<RecordCode>(code)

/** A record version as the rules see it. */
export type Known = {
  readonly record: string
  readonly version: number
  readonly patient: string
  readonly compartment: string
  readonly epoch: number
  readonly category: string
  readonly author: string
  /** Who may write the next version: an organisation, or the patient who wrote this one. */
  readonly org: string
  /** Digest of the statement that deposited it. */
  readonly statement: string
}

/** What the node knows when a deposit comes. */
export type Depositing = {
  readonly patient: Keyring | undefined
  /** May the author write: a desk of an organisation, or a professional with a credential in force. */
  readonly mayWrite: boolean
  /** The author's organisation; for patients their own handle: they are nobody's staff. */
  readonly org: string
  /** Newest version there is of this record. */
  readonly newest: Known | undefined
}

/**
 * R1 Writing needs standing, not consent. R2 Versions follow one another, each citing the last, by the same organisation;
 * a patient succeeds only what he or she wrote: a hospital's finding is never replaced by the person it is about.
 */
export function decideDeposit(
  state: Depositing,
  body: RecordDeposited,
  packet: PacketIn | undefined,
  now: number,
): void {
  if (!state.mayWrite) throw fail('credential-missing')
  if (state.patient?.kind !== 'patient') throw fail('patient-unknown')
  const { newest } = state
  if (newest && newest.patient !== state.patient.handle) throw fail('record-exists')
  if (newest && newest.org !== state.org) throw fail('author-other')
  if (body.version !== (newest?.version ?? 0) + 1 || body.previous !== newest?.statement) throw fail('version-wrong')
  // R3 Sealed to the key that the keyring's newest entry gives for this compartment now: the epoch that runs, else the inbox.
  const { epoch, key } = depositKey(state.patient, body.category, now)
  if (body.keyring !== state.patient.head || body.epoch !== epoch || body.key !== keyThumbprint(key)) {
    throw fail('deposit-key-wrong')
  }
  if (!packet || !binds(packet, body.key, { ...body, compartment: body.category })) throw fail('deposit-packet-wrong')
}

type Bound = { record: string; version: number; compartment: string; epoch: number }

/** R4 A packet's header binds recipient, record, version, compartment and epoch: it opens for nothing else. */
const binds = ({ kid, bind }: PacketIn, key: string, of: Bound): boolean =>
  kid === key &&
  bind.kind === 'deposit' &&
  bind.record === of.record &&
  bind.version === of.version &&
  bind.compartment === of.compartment &&
  bind.epoch === of.epoch

/** R5 Only the patient's device seals again: own records, each once, to an epoch of the own keyring, one packet each. */
export function decideRewrap(
  patient: Keyring | undefined,
  known: readonly (Known | undefined)[],
  body: RecordsRewrapped,
  packets: readonly PacketIn[],
): void {
  const once = new Set(body.items.map((one) => `${one.record}:${one.version}`))
  if (!patient || packets.length !== body.items.length || once.size !== body.items.length) throw fail('rewrap-wrong')
  for (const [i, item] of body.items.entries()) {
    const record = known[i]
    const packet = packets[i]
    const target = patient.epochs.find((one) => one.compartment === item.compartment && one.epoch === item.epoch)
    if (!record || record.patient !== patient.handle) throw fail('record-unknown')
    // A record lies in the compartment of its category or in `hidden`: nowhere else would its reader look for it.
    if (item.compartment !== 'hidden' && item.compartment !== record.category) throw fail('rewrap-wrong')
    if (!target || !packet || !binds(packet, keyThumbprint(target.key), item)) throw fail('rewrap-wrong')
  }
}
