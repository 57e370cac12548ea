/** The only place where concrete things meet: stores, ledger, slices, services, routes (architecture §2). */
import { accessSync, chmodSync, constants, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, type Random, seconds } from '@salus/base/clock'
import type { Bound } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { openSqlite, type Sql, type Tx } from '@salus/base/sqlite'
import { systemCode } from '@salus/base/system'
import { verifyEd25519Pooled } from '@salus/crypto/verify'
import { logKeys, orgKey, type Roots } from '@salus/directory/consortium'
import type { OrganisationPort } from '@salus/directory/contract'
import { forgetRegistered, REGISTER_SCHEMA } from '@salus/directory/register'
import { directoryRoutes } from '@salus/directory/routes'
import {
  createClaims,
  createKeychains,
  createPeople,
  createRepresented,
  createSessions,
} from '@salus/directory/service'
import { createDirectorySlice, createSigners, directoryPort } from '@salus/directory/slice'
import { emergencyRoutes } from '@salus/grants/emergency/routes'
import { createEmergency, createKeeping } from '@salus/grants/emergency/service'
import { grantRoutes } from '@salus/grants/routes'
import { createGrants } from '@salus/grants/service'
import { createGrantsSlice, readingPort } from '@salus/grants/slice'
import { type Journal, openJournal, viewSchema } from '@salus/journal/accept'
import { eraseListed } from '@salus/journal/again'
import type { NoteKey } from '@salus/journal/note'
import { parsePolicy } from '@salus/journal/policy'
import { journalRoutes } from '@salus/journal/routes'
import type { Slice } from '@salus/journal/slice'
import { openSources } from '@salus/journal/sources'
import { clearViews } from '@salus/journal/tiles'
import { createWitness } from '@salus/journal/witness'
import { type AskText, createWitnessing } from '@salus/journal/witnessing'
import { createEmbedded, type Embedded } from '@salus/ledger/embedded'
import { OWN_ERASURES_SCHEMA } from '@salus/records/erasures'
import { createEscrowed } from '@salus/records/escrowed'
import { dropEnded } from '@salus/records/holds'
import { KEPT_SCHEMA } from '@salus/records/kept'
import { escrowedRoutes, recordRoutes } from '@salus/records/routes'
import { createRecords } from '@salus/records/service'
import { createRecordsSlice } from '@salus/records/slice'
import type { Hono } from 'hono'
import { createAdvance } from './advance.ts'
import { createBudget } from './budget.ts'
import { concerned } from './concerned.ts'
import { dropCopies } from './copies.ts'
import { ERASED_LINES_SCHEMA } from './erased.store.ts'
import { createMemory } from './erased.ts'
import type { NodeCode } from './errors.ts'
import { eventRoutes } from './events.ts'
import { checkEnded, keepEvidence, recall } from './evidence.ts'
import { readFollowed } from './followed.ts'
import { type Founded, readFounded } from './found.ts'
import { createGate } from './heal.ts'
import { createApp, HEALTH, type LogLine } from './http.ts'
import { keysOf } from './keys.ts'
import { databases, dropViews, type Last, markRunning, markStopped, readLast, viewsHold } from './last.ts'
import { lockFolder } from './lock.ts'
import { openApi } from './openapi.ts'
import { erasedBeside } from './production.ts'
import { isRestored, markChecked } from './restored.ts'
import { blamed, checkedLedger, checkSources, viewsMayBeAtFault } from './sound.ts'
import { serveTiles } from './tiles.ts'
import { askText, serveWitness } from './witness.ts'

export type NodePorts = {
  readonly dir: string
  /** Folder of the node's own keys; `keys` in its folder when not given. */
  readonly keys?: string
  /** File that remembers erasures; beside the folder when not given (N11). */
  readonly erased?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: (line: LogLine) => void
  /** How witnesses are asked; over HTTP when not given. */
  readonly ask?: AskText
  /** Other logs this node cosigns, beside those of the roots. */
  readonly follows?: readonly NoteKey[]
  /** Its host still prepares something (the demonstration): /health says "starting" until `state.ready` is set. */
  readonly preparing?: boolean
}

export type SalusNode = {
  /** `ledger`: do the journal's heads reach it? */
  readonly state: { ready: boolean; ledger: 'current' | 'failing' }
  /** Does it serve; was it put back from a backup that nobody has confirmed? */
  readonly condition: () => 'ready' | 'closed' | 'restored'
  readonly app: Hono
  readonly routes: readonly Bound[]
  readonly roots: Roots
  readonly journal: Journal
  /** With which it cosigns other logs. */
  readonly witnessKey: NoteKey
  readonly ledger: Embedded
  readonly views: Sql
  readonly sources: Sql
  /** Puts the journal's newest head on the ledger. */
  readonly advance: () => Promise<void>
  /** Asks the policy's witnesses again while a quorum is missing; does nothing otherwise. */
  readonly witness: () => Promise<void>
  /** Erases what was kept for a reason of law and is past its date (R28). */
  readonly tidy: () => Promise<number>
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

async function openStores(dir: string, slices: readonly Slice[], undo: Undo) {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  // A folder that was there before keeps its own mode: closed here, since the stores inside follow the process's mask.
  chmodSync(dir, 0o700)
  // SQLite opens a file that it may not write without a word, and says so at the first statement: too late.
  const files = databases.map((one) => join(dir, one)).filter(existsSync)
  for (const one of files) accessSync(one, constants.R_OK | constants.W_OK)
  const own = REGISTER_SCHEMA + KEPT_SCHEMA + OWN_ERASURES_SCHEMA + ERASED_LINES_SCHEMA
  const sources = openSources(join(dir, 'sources.db'), own)
  undo.push(sources.close)
  const schema = viewSchema(slices)
  const views = openSqlite(join(dir, 'views.db'), { durability: 'off', schema, damaged: 'views-damaged' })
  undo.push(views.close)
  return { sources, views }
}

function openLedger(dir: string, founded: Founded, clock: Clock, last: Last): Promise<Embedded> {
  const { genesis, operatorKey } = founded
  const path = join(dir, 'ledger.db')
  return checkedLedger(last, path, () => createEmbedded({ path, genesis, clock, signer: operatorKey }))
}

/** Receipts are provisional until the policy's witnesses have cosigned: asked after each group, off the request path. */
async function witnessingOf(
  roots: Roots,
  at: { journal: Journal; sources: Sql; views: Sql },
  ask: AskText,
  key: NoteKey,
  onWitnessed: () => void,
) {
  const { journal, sources, views } = at
  const onBehind = ({ note }: { note: string }) => void journal.show(note).catch(() => undefined)
  const asking = {
    policy: parsePolicy(roots.policy),
    log: journal.log,
    note: journal.checkpoint,
    sources,
    views,
    ask,
    key,
  }
  const witnessing = await createWitnessing({ ...asking, onBehind, onWitnessed })
  journal.follow(witnessing)
  const round = () => void witnessing.ask().catch(() => undefined)
  if (witnessing.active) {
    journal.onAccepted(round)
    void witnessing.look().catch(() => undefined)
    round()
  }
  return witnessing
}

/** What closes what was opened, in the order it was opened. */
type Undo = (() => unknown)[]

async function undoAll(undo: Undo): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one()
}

/** What is open over one folder: stores, ledger, journal, and how heads reach the ledger. */
async function openParts(ports: NodePorts, founded: Founded, last: Last, undo: Undo) {
  const { dir, clock, random, ask = askText } = ports
  const { roots, logKey } = founded
  const slices = composeSlices((org) => orgKey(roots, org) !== undefined)
  const { sources, views } = await openStores(dir, slices, undo)
  await checkSources(last, sources, slices, founded)
  const memory = createMemory(ports.erased ?? erasedBeside(dir), sources)
  const again = { sources, eraseMore: forgetRegistered, now: seconds(clock()) }
  if ((await eraseListed(again, await memory.read())) > 0) await views.tx(clearViews)
  const ledger = await openLedger(dir, founded, clock, last)
  undo.push(ledger.close)
  const signers = createSigners(await followMembers(roots, ledger))
  const origin = logKey.key.name
  const journal = await openJournal({
    ...{ origin, sources, views, slices, signers, verify: verifyEd25519Pooled, logKey, clock, random },
    eraseMore: forgetRegistered,
    rememberErased: memory.write,
    keepEvidence: (evidence) => keepEvidence(dir, evidence),
  })
  const { advance, check } = createAdvance({ ledger, journal, views, founded, origin })
  await check()
  await recall(dir, journal)
  const witnessing = await witnessingOf(roots, { journal, sources, views }, ask, logKey.key, () => markChecked(dir))
  return { founded, sources, views, ledger, signers, origin, journal, advance, witnessing }
}
type Parts = Awaited<ReturnType<typeof openParts>> & { readonly followed: readonly NoteKey[] }

/** The rows each slice binds, over the services of this node. */
function routesOf({ founded, sources, views, signers, origin, journal }: Parts, { clock, random }: NodePorts) {
  const directory = { origin, views, sources, journal, signers, verify: verifyEd25519Pooled, clock, random }
  const sessions = createSessions(directory)
  const { consortium } = founded
  const routes: Bound[] = [
    ...journalRoutes(journal, sources),
    ...directoryRoutes({
      sessions,
      claims: createClaims(directory),
      keychains: createKeychains(directory),
      represented: createRepresented(directory),
      people: createPeople(directory),
      consortium,
    }),
    ...grantRoutes(createGrants(views, directoryPort)),
    ...emergencyRoutes(createEmergency({ directory: directoryPort, views, sources, journal, clock })),
    ...escrowedRoutes(createEscrowed({ keeping: createKeeping(directoryPort), views, sources, clock })),
    ...recordRoutes(createRecords({ directory: directoryPort, reading: readingPort, views, sources, journal, clock })),
    ...eventRoutes({ journal, views, concerned }),
  ]
  return { routes, principal: sessions.principal, alive: sessions.alive }
}

/** This node cosigns the other logs of the consortium, and those its administrator has it follow (N16). */
function witnessOf({ founded, origin, sources, followed }: Parts, { clock, follows = [] }: NodePorts) {
  const rooted = logKeys(founded.roots)
  const others = rooted.filter((one) => one.name !== origin)
  // Of one name the roots' key counts and no other, whatever a list of an earlier version says.
  const strangers = [...followed, ...follows].filter((one) => rooted.every(({ name }) => name !== one.name))
  return createWitness({ ...founded.witnessKey, logs: [...others, ...strangers], sources, clock })
}

/** Serves it nothing any more? */
function isShut(journal: Journal): boolean {
  try {
    journal.check()
    return false
  } catch {
    return true
  }
}

function appOf(parts: Parts, ports: NodePorts, state: SalusNode['state']) {
  const { journal, views, sources, origin, witnessing } = parts
  const { routes, principal, alive } = routesOf(parts, ports)
  const now = () => performance.now()
  const gate = createGate(journal, now)
  const app = createApp({ routes, principal, alive, gate, log: ports.log, now }, (hono) => {
    serveTiles(hono, journal, views, sources)
    serveWitness(hono, witnessOf(parts, ports), createBudget())
    hono.get('/openapi.json', (c) => c.json(openApi(routes)))
    hono.get(HEALTH, async (c) => {
      c.set('route' as never, 'health' as never)
      await gate().catch(() => undefined)
      if (isShut(journal)) return c.json({ status: 'closed', origin, size: journal.log.size() }, 503)
      if (!state.ready) return c.json({ status: 'starting' }, 503)
      const status = isRestored(ports.dir) ? 'restored' : 'ready'
      const witnessed = witnessing.active ? { witnessed: witnessing.best().size } : {}
      return c.json({ status, origin, size: journal.log.size(), ledger: state.ledger, ...witnessed })
    })
  })
  return { app, routes }
}

/** Believes of the views what may be believed (N7); where they keep the folder from opening, they are made again, once. */
async function openFolder(ports: NodePorts, undo: Undo): Promise<Parts> {
  const { dir, keys = keysOf(dir), log } = ports
  const founded = await readFounded(dir, keys)
  await checkEnded(dir)
  const followed = await readFollowed(dir)
  undo.push(lockFolder(dir))
  dropCopies(dir)
  const last = await readLast(dir)
  if (!viewsHold(last)) dropViews(dir)
  // Keys that were moved to a folder apart are gone from here, and held against the marker there.
  if (keys === keysOf(dir) && last.changed.includes('keys/witness.key')) throw new AppError<NodeCode>('key-damaged')
  const opened: Undo = []
  undo.push(() => undoAll(opened))
  const parts = await openParts(ports, founded, last, opened).catch(async (error) => {
    if (!viewsMayBeAtFault(error)) throw error
    log({ route: 'node.start', status: 500, ms: 0, code: 'views-damaged' })
    await undoAll(opened)
    dropViews(dir)
    return openParts(ports, founded, last, opened).catch((again) => Promise.reject(blamed(again)))
  })
  await markRunning(dir)
  if (last.changed.length > 0) log({ route: 'node.start', status: 200, ms: 0, code: 'store-changed' })
  return { ...parts, followed }
}

/** Opens a founded folder and composes the node over it. Drives no port: `app.fetch` is the whole edge. */
export async function composeNode(ports: NodePorts): Promise<SalusNode> {
  const undo: Undo = []
  try {
    const parts = await openFolder(ports, undo)
    const state: SalusNode['state'] = { ready: !ports.preparing, ledger: 'current' }
    const { founded, journal, ledger, views, sources, advance, witnessing } = parts
    const { roots, witnessKey } = founded
    const tidy = () => dropEnded(sources, seconds(ports.clock()))
    await tidy()
    return {
      ...{ state, ...appOf(parts, ports, state), roots, witnessKey: witnessKey.key },
      condition: () => (isShut(journal) ? 'closed' : isRestored(ports.dir) ? 'restored' : 'ready'),
      ...{ journal, ledger, views, sources, advance, tidy },
      witness: async () => (witnessing.active ? witnessing.ask() : undefined),
      async close() {
        const lock = undo.shift()
        try {
          await advance().finally(() => undoAll(undo))
          // Not after a fault: nobody knows then how the files were left.
          await markStopped(ports.dir)
        } finally {
          await lock?.()
        }
      },
    }
  } catch (error) {
    await undoAll(undo)
    // What the place did not let happen is said of the place, not of what it led to (N13).
    const code = systemCode(error)
    throw code ? new AppError<NodeCode>(code, {}, { cause: error }) : error
  }
}
