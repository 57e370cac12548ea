/** What every keyring entry shares: who may extend it, its own packet, and how the view follows. */
import { AppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { personThumbprint } from '@salus/crypto/keys'
import type { Deciding, PacketIn, PacketRow } from '@salus/journal/slice'
import type { Statement } from '@salus/journal/statement'
import type { DirectoryCode, Epoch, Keyring, KeyringEntry } from './contract.ts'
import { loadKeyring, saveKeyring } from './directory.store.ts'
import { extendKeyring } from './keyring.ts'
import { saveOwnPacket } from './recovery.store.ts'
import { ownOrganisation } from './rules.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** How long before its statement an epoch may begin, seconds. */
const MAX_LATE = 300

/** D9 Only the keyring's own keys (for teams, its own desk) extend it: which of them stands in each kind's row. */
export async function extend(d: Deciding<never>, entry: KeyringEntry): Promise<Keyring> {
  const state = await loadKeyring(d.views, d.chain)
  if (!state) throw fail('keyring-unknown')
  if (d.actor.role === 'desk') ownOrganisation(state, d.actor.org)
  else if (d.statement.iss !== state.handle) throw fail('not-allowed')
  return extendKeyring(state, d.statement.token, entry)
}

/** Folds the entry into the view. */
export async function project(v: Tx, statement: Statement, index: number, entry: KeyringEntry): Promise<void> {
  const state = await loadKeyring(v, statement.sub ?? '')
  if (!state) throw fail('keyring-unknown')
  await saveKeyring(v, extendKeyring(state, statement.token, entry), index)
}

/** D26 Each announcement brings its keys to the person's own devices: one packet, sealed to the person key it leaves behind. */
export function checkOwnPacket(packet: PacketIn | undefined, after: Keyring): void {
  const fits = after.person && packet?.kid === personThumbprint(after.person)
  if (!fits || packet?.bind.kind !== 'own' || packet.bind.n !== after.n) throw fail('epoch-refused')
}

/** Keeps where the own packet of an entry lies; a later renewal has destroyed the earlier ones (found at a rebuild). */
export async function projectOwnPacket(v: Tx, handle: string, n: number, packets: readonly PacketRow[]): Promise<void> {
  const packet = packets.find((one) => one.bind.kind === 'own')
  if (packet) await saveOwnPacket(v, handle, n, packet.id)
}

type Opening = {
  epochs: readonly Epoch[]
  readers: readonly { grant: string; from: number; epochs: readonly number[] }[]
}

/**
 * D12 Sealing the packets takes a while, so an epoch may begin a little before its statement was signed; not in the past. A
 * packet is served once its epochs run, never earlier (architecture §3): it may not mix early and late ones.
 */
export function checkOpening({ epochs, readers }: Opening, packets: readonly PacketIn[], iat: number): void {
  if (epochs.some((one) => one.from < iat - MAX_LATE)) throw fail('epoch-refused')
  if (readers.length + 1 !== packets.length) throw fail('epoch-refused')
  for (const [i, reader] of readers.entries()) {
    const bind = packets[i]?.bind
    const fits = bind?.kind === 'epoch' && bind.grant === reader.grant && bind.from === reader.from
    if (!fits || reader.epochs.some((at) => epochs[at]?.from !== reader.from)) throw fail('epoch-refused')
  }
}
