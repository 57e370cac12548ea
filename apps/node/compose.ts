/** The only place where concrete things meet: stores, ledger, slices, services, routes (architecture §2). */
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Random } from '@salus/base/clock'
import type { Bound } from '@salus/base/endpoint'
import { openSqlite, type Sql, type Tx } from '@salus/base/sqlite'
import { verifyEd25519 } from '@salus/crypto/jws'
import { orgKey, type Roots } from '@salus/directory/consortium'
import type { OrganisationPort } from '@salus/directory/contract'
import { forgetRegistered, REGISTER_SCHEMA } from '@salus/directory/register'
import { directoryRoutes } from '@salus/directory/routes'
import { createClaims, createKeychains, createPeople, createSessions } from '@salus/directory/service'
import { createDirectorySlice, createSigners, directoryPort } from '@salus/directory/slice'
import { grantRoutes } from '@salus/grants/routes'
import { createGrants } from '@salus/grants/service'
import { createGrantsSlice, readingPort } from '@salus/grants/slice'
import { type Journal, openJournal, viewSchema } from '@salus/journal/accept'
import { journalRoutes } from '@salus/journal/routes'
import type { Slice } from '@salus/journal/slice'
import { openSources } from '@salus/journal/sources'
import { createEmbedded, type Embedded } from '@salus/ledger/embedded'
import { recordRoutes } from '@salus/records/routes'
import { createRecords } from '@salus/records/service'
import { createRecordsSlice } from '@salus/records/slice'
import type { Hono } from 'hono'
import { createAdvance } from './advance.ts'
import { concerned } from './concerned.ts'
import { eventRoutes } from './events.ts'
import { type Founded, readFounded } from './found.ts'
import { createApp, type LogLine } from './http.ts'
import { lockFolder } from './lock.ts'
import { openApi } from './openapi.ts'
import { serveTiles } from './tiles.ts'

export type NodePorts = {
  readonly dir: string
  readonly clock: Clock
  readonly random: Random
  readonly log: (line: LogLine) => void
  /** Its host still prepares something (the demonstration): /health says "starting" until `state.ready` is set. */
  readonly preparing?: boolean
}

export type SalusNode = {
  /** `ledger`: do the journal's heads reach it? */
  readonly state: { ready: boolean; ledger: 'current' | 'failing' }
  readonly app: Hono
  readonly routes: readonly Bound[]
  readonly roots: Roots
  readonly journal: Journal
  readonly ledger: Embedded
  readonly views: Sql
  readonly sources: Sql
  /** Puts the journal's newest head on the ledger. */
  readonly advance: () => Promise<void>
  readonly close: () => Promise<void>
}

/** The slices, introduced to each other through their ports. */
export function composeSlices(knows: (org: string) => boolean): Slice[] {
  const slices: Slice[] = []
  const forget = async (v: Tx, handle: string) => {
    for (const slice of slices) await slice.forget(v, handle as never)
  }
  slices.push(
    createDirectorySlice(knows),
    createGrantsSlice(directoryPort),
    createRecordsSlice({ directory: directoryPort, reading: readingPort }, forget),
  )
  return slices
}

/**
 * An organisation signs with the key the ledger gives it, as long as it is a member and the pinned roots name it. The
 * ledger answers off the path; the table follows each committed block.
 */
async function followMembers(roots: Roots, ledger: Embedded): Promise<OrganisationPort> {
  const keys = new Map<string, string>()
  const refresh = async () => {
    for (const { org } of roots.organisations) {
      const member = (await ledger.query('members/get', org)) as { status?: string; key: string } | undefined
      if (member?.status === 'member') keys.set(org, member.key)
      else keys.delete(org)
    }
  }
  await refresh()
  ledger.onCommit(() => void refresh())
  return { key: (org) => keys.get(org) }
}

export async function openStores(dir: string, slices: readonly Slice[]) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // A folder that was there before keeps its own mode: closed here, since the stores inside follow the process's mask.
  chmodSync(dir, 0o700)
  const sources = openSources(join(dir, 'sources.db'), REGISTER_SCHEMA)
  const views = openSqlite(join(dir, 'views.db'), { durability: 'off', schema: viewSchema(slices) })
  return { sources, views }
}

async function openLedger(dir: string, founded: Founded, clock: Clock): Promise<Embedded> {
  const { genesis, operatorKey } = founded
  return createEmbedded({ path: join(dir, 'ledger.db'), genesis, clock, signer: operatorKey })
}

/** What is open over one folder: stores, ledger, journal, and how heads reach the ledger. */
async function openParts({ dir, clock, random }: NodePorts, undo: (() => unknown)[]) {
  const founded = await readFounded(dir)
  undo.push(lockFolder(dir))
  const { roots, logKey } = founded
  const slices = composeSlices((org) => orgKey(roots, org) !== undefined)
  const { sources, views } = await openStores(dir, slices)
  undo.push(sources.close, views.close)
  const ledger = await openLedger(dir, founded, clock)
  undo.push(ledger.close)
  const signers = createSigners(await followMembers(roots, ledger))
  const origin = logKey.key.name
  const journal = await openJournal({
    ...{ origin, sources, views, slices, signers, verify: verifyEd25519, logKey, clock, random },
    eraseMore: forgetRegistered,
  })
  const { advance, check } = createAdvance({ ledger, journal, views, founded, origin })
  await check()
  return { founded, sources, views, ledger, signers, origin, journal, advance }
}
type Parts = Awaited<ReturnType<typeof openParts>>

/** The rows each slice binds, over the services of this node. */
function routesOf({ founded, sources, views, signers, origin, journal }: Parts, { clock, random }: NodePorts) {
  const directory = { origin, views, sources, journal, signers, verify: verifyEd25519, clock, random }
  const sessions = createSessions(directory)
  const { consortium } = founded
  const routes: Bound[] = [
    ...journalRoutes(journal, sources),
    ...directoryRoutes({
      sessions,
      claims: createClaims(directory),
      keychains: createKeychains(directory),
      people: createPeople(directory),
      consortium,
    }),
    ...grantRoutes(createGrants(views, directoryPort)),
    ...recordRoutes(createRecords({ directory: directoryPort, reading: readingPort, views, sources, journal, clock })),
    ...eventRoutes({ journal, views, concerned }),
  ]
  return { routes, principal: sessions.principal, alive: sessions.alive }
}

function appOf(parts: Parts, ports: NodePorts, state: SalusNode['state']) {
  const { journal, views, sources, origin } = parts
  const { routes, principal, alive } = routesOf(parts, ports)
  const app = createApp({ routes, principal, alive, log: ports.log, now: () => performance.now() }, (hono) => {
    serveTiles(hono, journal, views, sources)
    hono.get('/openapi.json', (c) => c.json(openApi(routes)))
    hono.get('/health', (c) => {
      c.set('route' as never, 'health' as never)
      if (!state.ready) return c.json({ status: 'starting' }, 503)
      return c.json({ status: 'ready', origin, size: journal.log.size(), ledger: state.ledger })
    })
  })
  return { app, routes }
}

/** Opens a founded folder and composes the node over it. Drives no port: `app.fetch` is the whole edge. */
export async function composeNode(ports: NodePorts): Promise<SalusNode> {
  const undo: (() => unknown)[] = []
  const undoAll = async () => {
    for (const one of undo.reverse()) await one()
  }
  try {
    const parts = await openParts(ports, undo)
    const state: SalusNode['state'] = { ready: !ports.preparing, ledger: 'current' }
    const { founded, journal, ledger, views, sources, advance } = parts
    return {
      ...{ state, ...appOf(parts, ports, state), roots: founded.roots, journal, ledger, views, sources, advance },
      async close() {
        await advance()
        await undoAll()
      },
    }
  } catch (error) {
    await undoAll()
    throw error
  }
}
