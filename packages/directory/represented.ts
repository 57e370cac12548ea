/** The statement that names representatives, and what its packets and those of later epochs leave in the views. */
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { personThumbprint } from '@salus/crypto/keys'
import { kind, type PacketIn, type PacketRow } from '@salus/journal/slice'
import { packetJwes } from '@salus/journal/sources'
import { type DirectoryCode, MAX_APPOINTMENT, type Representative, representativesChanged } from './contract.ts'
import { loadKeyring } from './directory.store.ts'
import { checkOpening, checkOwnPacket, extend, project, projectOwnPacket } from './extend.ts'
import type { DirectoryPorts } from './ports.ts'
import {
  appointmentPackets,
  begunPackets,
  representedBy,
  saveRepresented,
  saveRepresentedPacket,
} from './represented.store.ts'

const refused = () => new AppError<DirectoryCode>('representative-refused')

/** D29 A patient here whose keys are exactly these now. */
async function isThere(v: Tx, { handle, key, devices }: Representative): Promise<boolean> {
  const own = await loadKeyring(v, handle)
  const same = own?.kind === 'patient' && own.person !== undefined && personThumbprint(own.person) === key
  return same && devices.every((one) => own.devices.includes(one))
}

/** D29 Until a date that is not too far, with a packet that is sealed to the newcomer. */
function checkAppointment(row: Representative, packet: PacketIn | undefined, now: number): void {
  if (row.until <= now || row.until > now + MAX_APPOINTMENT) throw refused()
  const fits = packet?.kid === row.key && packet.bind.kind === 'representative' && packet.bind.id === row.id
  if (!fits) throw refused()
}

/** Appointments, whole list at once. */
export const representatives = kind({
  type: 'RepresentativesChanged',
  body: representativesChanged,
  signers: ['patient'],
  claims: (body) => ({ packets: body.packets }),
  async decide(d) {
    const before = await loadKeyring(d.views, d.chain)
    const after = await extend(d as never, { type: 'RepresentativesChanged', body: d.body })
    const known = new Set(before?.representatives?.map((one) => one.id))
    const newcomers = d.body.representatives.filter((one) => !known.has(one.id))
    const first = d.body.readers.length + 1
    if (d.packets.length !== first + newcomers.length) throw refused()
    checkOpening(d.body, d.packets.slice(0, first), d.statement.iat)
    checkOwnPacket(d.packets[first - 1], after)
    for (const [i, row] of newcomers.entries()) {
      // D47 Where the record has a copy the representative's own keyring need not be.
      if (!d.elsewhere && !(await isThere(d.views, row))) throw refused()
      checkAppointment(row, d.packets[first + i], d.now)
    }
  },
  /** D31 What was sealed to somebody who is no longer named is destroyed. */
  async effects(sources, d) {
    const before = await loadKeyring(d.views, d.chain)
    const stay = new Set(d.body.representatives.map((one) => one.id))
    for (const { id } of before?.representatives ?? []) {
      if (!stay.has(id)) await sources.dropPackets(await appointmentPackets(d.views, d.chain, id))
    }
  },
  async project(v, { statement, body, index, chain, packets, at }) {
    await project(v, statement, index, { type: 'RepresentativesChanged', body })
    await projectOwnPacket(v, chain, body.n, packets)
    await saveRepresented(v, chain, body.representatives)
    await projectGivenTo(v, chain, packets, at)
  },
})

/** Keeps where each representative's packets lie, whichever announcement brought them. */
export async function projectGivenTo(v: Tx, chain: string, packets: readonly PacketRow[], at: number): Promise<void> {
  const rows = (await loadKeyring(v, chain))?.representatives ?? []
  if (rows.length === 0) return
  const ids = new Set<string>(rows.map((one) => one.id))
  for (const { id: packet, bind } of packets) {
    const { kind: what, id = '', grant = '', from = 0 } = bind
    const named = String(what === 'representative' ? id : what === 'epoch' ? grant : '')
    if (ids.has(named)) await saveRepresentedPacket(v, packet, named, chain, what === 'epoch' ? Number(from) : at)
  }
}

/** The verbs: whom one acts for, and what opens the record of the one a session acts for. */
export const createRepresented = ({ views, sources, clock, signers }: DirectoryPorts) => ({
  mine: (handle: string) => views.tx(async (v) => ({ represented: await representedBy(v, handle, seconds(clock())) })),
  packets: (handle: string, kid: string) =>
    views.tx(async (v) => {
      const now = seconds(clock())
      const found = await signers.find(v, handle, kid as never)
      const actor = found?.actor
      if (actor?.role !== 'representative' || (found?.until ?? 0) <= now) throw refused()
      const ids = await begunPackets(v, handle, actor.appointment, now)
      const jwes = await sources.tx((s) => packetJwes(s, ids, 'leave out'))
      return { appointment: actor.appointment as never, packets: [...jwes.values()] }
    }),
})
