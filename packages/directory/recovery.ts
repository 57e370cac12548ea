/** Statements by which a patient's own keys change: epochs, devices, ways of restoring, and everything after a loss. */
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import type { Tx } from '@salus/base/sqlite'
import { type AnyKind, type Deciding, kind, type SourceEffects } from '@salus/journal/slice'
import {
  type DirectoryCode,
  devicesChanged,
  epochOpened,
  keychainFile,
  keyringRenewed,
  recoveryChanged,
} from './contract.ts'
import { loadKeyring } from './directory.store.ts'
import { checkOpening, checkOwnPacket, extend, project, projectOwnPacket } from './extend.ts'
import { deviceThumbprint, mayOpen, representativeBy } from './keyring.ts'
import { dropOwnPackets, handoverPackets, ownPacketsOf, saveHandover, saveWays, waysTaken } from './recovery.store.ts'
import { projectGivenTo, representatives } from './represented.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** How long a keychain waits for the device that was just taken in, seconds. */
const HANDOVER_LIFE = 15 * 60
/** Largest keychain file, letters. */
const MAX_KEYCHAIN = 128 * 1024

const opened = kind({
  type: 'EpochOpened',
  body: epochOpened,
  signers: ['patient', 'representative'],
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    const after = await extend(d as never, { type: 'EpochOpened', body: d.body })
    const row = d.actor.role === 'representative' ? representativeBy(after, d.statement.kid, d.now) : undefined
    if (d.actor.role === 'representative' && !(row && mayOpen(row, d.body.epochs))) throw fail('representative-refused')
    checkOpening(d.body, d.packets, d.statement.iat)
    checkOwnPacket(d.packets.at(-1), after)
  },
  async project(v, { statement, body, index, chain, packets, at }) {
    await project(v, statement, index, { type: 'EpochOpened', body })
    await projectOwnPacket(v, chain, body.n, packets)
    await projectGivenTo(v, chain, packets, at)
  },
})

/** D27 A waiting hand-over ends with the next change: its packet is destroyed. */
const dropHandover = async (sources: SourceEffects, { views, chain }: { views: Tx; chain: string }): Promise<void> =>
  sources.dropPackets(await handoverPackets(views, chain))

const devices = kind({
  type: 'DevicesChanged',
  body: devicesChanged,
  signers: ['patient', 'recovery'],
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    const before = await loadKeyring(d.views, d.chain)
    await extend(d as never, { type: 'DevicesChanged', body: d.body })
    const [packet] = d.packets
    if ((packet === undefined) !== (d.body.locator === undefined)) throw fail('device-refused')
    const added = d.body.devices.filter((one) => !before?.devices.includes(one)).map(deviceThumbprint)
    const fits = packet?.bind.kind === 'device' && added.includes(packet.bind.device as never)
    // D27 A keychain is handed to a device that this very statement takes in.
    if (packet && !fits) throw fail('device-refused')
  },
  effects: dropHandover,
  async project(v, { statement, body, index, chain, packets, at }) {
    await project(v, statement, index, { type: 'DevicesChanged', body })
    const [packet] = packets
    const { locator } = body
    const waiting = locator && packet && { locator, handle: chain, packet: packet.id, until: at + HANDOVER_LIFE }
    await saveHandover(v, waiting || undefined, chain)
  },
})

/** The keychain file is a keychain file, with a wrap for each way and no other. */
function checkFile(content: string | undefined, ways: readonly { locator: string }[]): void {
  if (content === undefined || content.length > MAX_KEYCHAIN) throw fail('recovery-refused')
  const named = new Set<string>(ways.map((one) => one.locator))
  const wraps = Object.keys(parseWith(keychainFile, content).wraps)
  if (wraps.length !== named.size || wraps.some((one) => !named.has(one))) throw fail('recovery-refused')
}

/** The keychain file of before opens nothing that stands now: destroyed. */
async function dropKeychain(sources: SourceEffects, d: Deciding<never>): Promise<void> {
  const state = await loadKeyring(d.views, d.chain)
  if (state?.recovery) await sources.dropContent(d.chain, state.recovery.keychain)
  await dropHandover(sources, d)
}

const recovery = kind({
  type: 'RecoveryChanged',
  body: recoveryChanged,
  signers: ['patient'],
  claims: (body) => ({ content: body.keychain }),
  async decide(d) {
    await extend(d as never, { type: 'RecoveryChanged', body: d.body })
    // D25 A way, or a card, leads to one person.
    if (await waysTaken(d.views, d.chain, d.body.ways)) throw fail('recovery-refused')
    checkFile(d.content, d.body.ways)
  },
  effects: (sources, d) => dropKeychain(sources, d as never),
  async project(v, { statement, body, index, chain }) {
    await project(v, statement, index, { type: 'RecoveryChanged', body })
    await saveWays(v, chain, body.ways)
  },
})

const renewed = kind({
  type: 'KeyringRenewed',
  body: keyringRenewed,
  signers: ['patient'],
  claims: (body) => ({ packets: body.packets, content: body.keychain }),
  async decide(d) {
    const after = await extend(d as never, { type: 'KeyringRenewed', body: d.body })
    if (deviceThumbprint(d.body.device) !== d.statement.kid) throw fail('device-refused')
    checkOpening(d.body, d.packets, d.statement.iat)
    checkOwnPacket(d.packets.at(-1), after)
    if (await waysTaken(d.views, d.chain, d.body.ways)) throw fail('recovery-refused')
    checkFile(d.content, d.body.ways)
  },
  async effects(sources, d) {
    await dropKeychain(sources, d as never)
    const own = await ownPacketsOf(d.views, d.chain, 0, -1)
    await sources.dropPackets(own.map((one) => one.packet))
  },
  async project(v, { statement, body, index, chain, packets, at }) {
    await project(v, statement, index, { type: 'KeyringRenewed', body })
    await saveWays(v, chain, body.ways)
    await dropOwnPackets(v, chain)
    await projectOwnPacket(v, chain, body.n, packets)
    await projectGivenTo(v, chain, packets, at)
  },
})

/** Kinds of a patient's own key changes. */
export const recoveryKinds: readonly AnyKind[] = [opened, devices, recovery, renewed, representatives]
