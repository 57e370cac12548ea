/** What the node offers of emergency access beside statements: to colleagues, to the review, to the keeper that is to answer. */
import { type Clock, seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { DirectoryPort } from '@salus/directory/contract'
import type { Journal } from '@salus/journal/accept'
import { chainPage } from '@salus/journal/routes'
import { packetJwes, statementAt } from '@salus/journal/sources'
import { grantById } from '../grants.store.ts'
import type { EmergencyCode, KeepingPort } from './contract.ts'
import {
  choiceOf,
  escrowEpochPackets,
  escrowsOf,
  glassById,
  glassOf,
  glassWaiting,
  type StoredGlass,
} from './emergency.store.ts'
import type { GlassView } from './endpoints.ts'

const unknown = () => new AppError<EmergencyCode>('emergency-unknown')

export type EmergencyPorts = {
  readonly directory: DirectoryPort
  readonly views: Sql
  readonly sources: Sql
  readonly journal: Journal
  readonly clock: Clock
}

/** E9 What a keeper may look at: glass of its organisation that is seconded, stands, and that it has not answered; nothing else is there. */
export const createKeeping = (directory: DirectoryPort): KeepingPort => ({
  async open(v, id, keeper, now) {
    const held = await directory.keeper(v, keeper, now)
    const glass = held && (await glassById(v, id))
    if (!glass?.second || glass.org !== held?.org) throw unknown()
    if (glass.release !== null || glass.endedAt !== null || glass.until <= now) throw unknown()
    const escrow = (await escrowsOf(v, glass.patient)).find((one) => one.keeper === keeper)
    if (!escrow) throw unknown()
    return { patient: glass.patient, escrow: escrow.escrow, categories: await choiceOf(v, glass.patient) }
  },
})

/** The verbs; each is a function of its own below. */
export const createEmergency = (ports: EmergencyPorts) => ({
  glass: (id: string, org: string) => ports.views.tx((v) => glass(ports, v, id, org)),
  reviews: (org: string) => ports.views.tx((v) => reviews(ports, v, org)),
  waiting: (keeper: string) => ports.views.tx((v) => waiting(ports, v, keeper)),
  chain: (id: string, keeper: string, after: number) => chain(ports, id, keeper, after),
  packets: (id: string, keeper: string) => ports.views.tx((v) => packets(ports, v, id, keeper)),
})

async function viewOf({ sources }: EmergencyPorts, one: StoredGlass): Promise<GlassView> {
  const stored = await sources.tx((s) => statementAt(s, one.idx))
  const { id, patient, asker, reason, at, until, second, release, endedAt, review } = one
  return {
    ...{ glass: id, patient, asker, reason, at, until, statement: stored?.token ?? '' },
    ...{ second: second?.who ?? null, release, ended: endedAt !== null, found: review?.found ?? null },
  } as GlassView
}

async function glass(ports: EmergencyPorts, v: Tx, id: string, org: string): Promise<GlassView> {
  // By its own id, or by its release's.
  const found = (await glassById(v, id)) ?? (await glassById(v, (await grantById(v, id))?.request ?? ''))
  if (!found || found.org !== org) throw unknown()
  return viewOf(ports, found)
}

async function reviews(ports: EmergencyPorts, v: Tx, org: string) {
  const emergencies = []
  for (const one of await glassOf(v, org)) {
    const ids = one.text === null ? [] : [one.text]
    const text = (await ports.sources.tx((s) => packetJwes(s, ids, 'leave out'))).get(one.text ?? '') ?? null
    emergencies.push({ ...(await viewOf(ports, one)), text })
  }
  return { emergencies }
}

/** Whoever is no keeper has nothing to wait for. */
async function waiting({ directory, clock }: EmergencyPorts, v: Tx, keeper: string) {
  const now = seconds(clock())
  const held = await directory.keeper(v, keeper, now)
  const out: { glass: never; patient: never }[] = []
  for (const { id, patient } of held ? await glassWaiting(v, held.org, now) : []) {
    const own = (await escrowsOf(v, patient)).some((one) => one.keeper === keeper)
    if (own) out.push({ glass: id as never, patient: patient as never })
  }
  return { waiting: out }
}

async function chain({ directory, views, sources, journal, clock }: EmergencyPorts, id: string, by: string, n: number) {
  const { patient } = await views.tx((v) => createKeeping(directory).open(v, id, by, seconds(clock())))
  return chainPage(journal, sources, patient as never, { after: n, seen: 0 })
}

/** The one-off packet and those of epochs that have begun: what comes later is not served before (architecture §3). */
async function packets({ directory, sources, clock }: EmergencyPorts, v: Tx, id: string, keeper: string) {
  const now = seconds(clock())
  const { patient, escrow } = await createKeeping(directory).open(v, id, keeper, now)
  const held = (await escrowsOf(v, patient)).find((one) => one.escrow === escrow)
  const epochs = await escrowEpochPackets(v, escrow, now)
  const ids = held?.packet ? [held.packet, ...epochs] : epochs
  return { packets: [...(await sources.tx((s) => packetJwes(s, ids, 'leave out'))).values()] }
}
