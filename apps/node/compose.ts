/** The only place where concrete things meet: stores, ledger, slices, services, routes (architecture §2). */
import { type Clock, type Random, seconds } from '@salus/base/clock'
import type { Bound } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import { systemCode } from '@salus/base/system'
import { verifyEd25519Pooled } from '@salus/crypto/verify'
import { type Consortium, knownTo, logKeys, orgKeyAt, type Roots } from '@salus/directory/consortium'
import type { Knows, OrganisationPort } from '@salus/directory/contract'
import { pushRoutes } from '@salus/directory/push/routes'
import { createPushes } from '@salus/directory/push/service'
import { directoryRoutes } from '@salus/directory/routes'
import {
  createClaims,
  createKeychains,
  createPeople,
  createRepresented,
  createSessions,
} from '@salus/directory/service'
import { createDirectoryPort, createDirectorySlice, createSigners } from '@salus/directory/slice'
import { emergencyRoutes } from '@salus/grants/emergency/routes'
import { createEmergency, createKeeping } from '@salus/grants/emergency/service'
import { grantRoutes } from '@salus/grants/routes'
import { createGrants } from '@salus/grants/service'
import { createGrantsSlice, readingPort } from '@salus/grants/slice'
import { type Journal, openJournal, viewSchema } from '@salus/journal/accept'
import { eraseListed } from '@salus/journal/again'
import type { NoteKey } from '@salus/journal/note'
import { journalRoutes } from '@salus/journal/routes'
import type { SignerPort, Slice } from '@salus/journal/slice'
import { clearViews } from '@salus/journal/tiles'
import type { AskText } from '@salus/journal/witnessing'
import type { Engine } from '@salus/ledger/contract'
import { createEscrowed } from '@salus/records/escrowed'
import { dropEnded } from '@salus/records/holds'
import { linkRoutes } from '@salus/records/links/routes'
import { createLinks } from '@salus/records/links/service'
import { questionRoutes } from '@salus/records/questions/routes'
import { createQuestions } from '@salus/records/questions/service'
import { escrowedRoutes, recordRoutes } from '@salus/records/routes'
import { createRecords } from '@salus/records/service'
import { createRecordsSlice } from '@salus/records/slice'
import type { Hono } from 'hono'
import { checkHead, createAdvance } from './advance.ts'
import { appRoutes, type Bundle, createPublish } from './apps.ts'
import { checkBeginning } from './beginning.ts'
import { createBudget } from './budget.ts'
import { serveCarrying } from './carrying.ts'
import { concerned } from './concerned.ts'
import { dropCopies } from './copies.ts'
import { sayableOf, witnessingOf, witnessOf } from './cosigning.ts'
import { openLedger } from './engine.ts'
import { eraseMore } from './erasable.ts'
import { createMemory } from './erased.ts'
import type { NodeCode } from './errors.ts'
import { eventRoutes } from './events.ts'
import { checkEnded, keepEvidence, recall } from './evidence.ts'
import { readFollowed } from './followed.ts'
import { type Founded, readFounded } from './found.ts'
import { createGate, isShut } from './heal.ts'
import { createApp, HEALTH, type HttpPorts, type LogLine } from './http.ts'
import { keysOf } from './keys.ts'
import { dropViews, type Last, markRunning, markStopped, readLast, viewsHold } from './last.ts'
import { ledgerRoutes } from './ledger.ts'
import { createLive, LIVE } from './live.ts'
import { lockFolder } from './lock.ts'
import { objectRoutes, storeIn } from './objects.ts'
import { openApi } from './openapi.ts'
import { createOperator } from './operator.ts'
import { erasedBeside } from './production.ts'
import { createPusher, type PusherPorts } from './push.ts'
import type { Replica } from './replica.ts'
import { createReplicating, type IsStopped, type ReplicatingPorts, stoppable } from './replicating.ts'
import { isRestored, markChecked } from './restored.ts'
import { blamed, checkSources, viewsMayBeAtFault } from './sound.ts'
import { openStores } from './stores.ts'
import { earlierRoots } from './succeeded.ts'
import { serveTiles } from './tiles.ts'
import { openWeb } from './web.ts'
import { askText, serveWitness } from './witness.ts'

export type NodePorts = ReplicatingPorts & {
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
  /** Where pushes may go beside public addresses: a test's or a demonstration's own service. */
  readonly pushesTo?: PusherPorts['also']
  /** Other logs this node cosigns, beside those of the roots. */
  readonly follows?: readonly NoteKey[]
  /** Its host still prepares something (the demonstration): /health says "starting" until `state.ready` is set. */
  readonly preparing?: boolean
  /** Folder of the built web apps; none are served when not given. */
  readonly web?: string
  /** Where the market's objects are, a `file:` URL; `store` in its folder when not given. */
  readonly store?: string
}

export type SalusNode = {
  /** `ledger`: do the journal's heads reach it? `samples`: the demonstration's people, for its start page. */
  readonly state: { ready: boolean; ledger: 'current' | 'failing'; samples?: unknown }
  /** Does it serve; was it put back from a backup that nobody has confirmed? */
  readonly condition: () => 'ready' | 'closed' | 'restored'
  readonly app: Hono
  readonly routes: readonly Bound[]
  readonly roots: Roots
  readonly journal: Journal
  /** With which it cosigns other logs. */
  readonly witnessKey: NoteKey
  readonly ledger: Engine
  readonly views: Sql
  readonly sources: Sql
  /** Puts the journal's newest head on the ledger. */
  readonly advance: () => Promise<void>
  /** Wakes whoever was let be for a minute (D35). */
  readonly push: () => Promise<void>
  /** Says on the ledger which bundle of the web apps is served here, when that changed (N17). */
  readonly publish: (bundle: Bundle) => Promise<void>
  /** Asks the policy's witnesses again while a quorum is missing; does nothing otherwise. */
  readonly witness: () => Promise<void>
  /** What it mirrors of the other hospitals (N23). */
  readonly replica: Replica
  /** Erases what is past its date: what was kept for a reason of law (R28), what links opened (R33). */
  readonly tidy: () => Promise<number>
  readonly close: () => Promise<void>
}

/** The slices, introduced to each other through their ports. */
export function composeSlices(knows: Knows, isStopped: IsStopped = () => false): Slice[] {
  const slices: Slice[] = []
  const forget = async (v: Tx, handle: string) => {
    for (const slice of slices) await slice.forget(v, handle as never)
  }
  const directory = createDirectoryPort(knows)
  slices.push(
    createDirectorySlice(knows),
    createGrantsSlice(directory),
    createRecordsSlice({ directory, reading: stoppable(readingPort, isStopped) }, forget),
  )
  return slices
}

/**
 * An organisation signs with the key the ledger gives it, as long as it is a member and the pinned roots name it. The
 * ledger answers off the path; the table follows each committed block. What it signed before counts where a home took it then.
 */
async function followMembers(roots: Roots, ledger: Engine): Promise<OrganisationPort> {
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
  return { key: (org) => keys.get(org), earlier: (...said) => orgKeyAt(roots, ...said) }
}

/** The SQL of every view, whichever organisations are known. */
const viewSql = (): string => viewSchema(composeSlices(() => false))

/** What closes what was opened, in the order it was opened. */
type Undo = (() => unknown)[]

async function undoAll(undo: Undo): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one()
}

/** Whoever asked for it is woken, off the request path, when something concerns them. */
function pushesOf(
  { origin, journal, ...at }: { sources: Sql; views: Sql; signers: SignerPort; origin: string; journal: Journal },
  { dir, keys = keysOf(dir), clock, pushesTo }: NodePorts,
) {
  const pusher = createPusher({ keys, origin, clock, ...(pushesTo ? { also: pushesTo } : {}) })
  const pushes = createPushes({ ...at, clock, pusher, concerned })
  journal.onAccepted((all) => void pushes.told(all).catch(() => undefined))
  return pushes
}

/** What is open over one folder: stores, ledger, journal, and how heads reach the ledger. */
async function openParts(ports: NodePorts, founded: Founded, last: Last, undo: Undo) {
  const { dir, clock, random, ask = askText } = ports
  const { roots, logKey } = founded
  // What a slice asks of the journal it asks when the journal is open.
  const isStopped: IsStopped = (chain, id) => journal.isStopped(chain, id)
  const slices = composeSlices(knownTo(roots), isStopped)
  const { sources, views } = await openStores(dir, slices, undo)
  await checkSources(last, sources, slices, founded)
  const memory = createMemory(ports.erased ?? erasedBeside(dir), sources)
  const again = { sources, eraseMore, now: seconds(clock()) }
  if ((await eraseListed(again, await memory.read())) > 0) await views.tx(clearViews)
  const ledger = await openLedger(ports, founded, last)
  undo.push(ledger.close)
  const signers = createSigners(await followMembers(roots, ledger))
  const origin = logKey.key.name
  const journal: Journal = await openJournal({
    ...{ origin, sources, views, slices, signers, verify: verifyEd25519Pooled, logKey, clock, random },
    homes: logKeys(roots).filter((one) => one.name !== origin),
    eraseMore,
    rememberErased: memory.write,
    keepEvidence: (evidence) => keepEvidence(dir, evidence),
  })
  const operator = createOperator(ledger, founded)
  const head = { ledger, journal, views, origin }
  await checkHead(head)
  await recall(dir, journal)
  const witnessing = await witnessingOf(roots, { journal, sources, views }, ask, logKey.key, () => markChecked(dir))
  const advance = createAdvance({ ...head, operator, sayable: () => sayableOf(journal, witnessing) })
  const links = createLinks({ views, sources, clock, random })
  const pushes = pushesOf({ sources, views, signers, origin, journal }, ports)
  const replicating = await createReplicating({ founded, journal, sources, views, slices, ledger }, ports)
  undo.push(replicating.close)
  const { doubts, clocks } = replicating
  const seen = { cosigned: () => witnessing.best().size, doubts: doubts.list, clocks: clocks.list }
  const live = await createLive({ ...ports, founded, ledger, journal, sources, ...seen })
  const reading = stoppable(readingPort, isStopped)
  const stores = { founded, sources, views, ledger, reading, replicating, live }
  const said = { advance: live.watch(advance), operator, pushes }
  return { ...stores, ...said, signers, origin, journal, witnessing, links }
}
type Parts = Awaited<ReturnType<typeof openParts>> & {
  readonly followed: readonly NoteKey[]
  readonly earlier: readonly Consortium[]
}

/** The rows each slice binds, over the services of this node. */
function routesOf(
  { founded, sources, views, signers, origin, journal, links, ledger, pushes, reading, replicating, earlier }: Parts,
  { clock, random, dir, store }: NodePorts,
) {
  const directory = { origin, views, sources, journal, signers, verify: verifyEd25519Pooled, clock, random }
  const sessions = createSessions(directory)
  const people = createDirectoryPort(knownTo(founded.roots))
  const consortium = [...earlier, founded.consortium] as const
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
    ...grantRoutes(createGrants(views, people)),
    ...emergencyRoutes(createEmergency({ directory: people, views, sources, journal, clock })),
    ...escrowedRoutes(createEscrowed({ keeping: createKeeping(people), views, sources, clock })),
    ...recordRoutes(createRecords({ directory: people, reading, views, sources, journal, clock })),
    ...linkRoutes(links),
    ...questionRoutes(createQuestions({ views, sources })),
    ...[...appRoutes(ledger), ...ledgerRoutes(ledger), ...objectRoutes(store ?? storeIn(dir))],
    ...pushRoutes(pushes),
    ...eventRoutes({ journal, views, concerned }),
    ...replicating.routes,
  ]
  const principal: HttpPorts['principal'] = async ({ signed, ...asked }) => {
    const by = signed && (await replicating.principal(signed))
    return by && !by.carried ? by.node : sessions.principal(asked)
  }
  return { routes, principal, alive: sessions.alive }
}

function appOf(parts: Parts, ports: NodePorts, state: SalusNode['state']) {
  const { journal, views, sources, origin, witnessing, live } = parts
  const { routes: asked, principal, alive } = routesOf(parts, ports)
  const routes = [...asked, ...live.routes(() => ({ shut: isShut(journal), failing: state.ledger === 'failing' }))]
  const now = () => performance.now()
  const gate = createGate(journal, now)
  const book = createBudget()
  const web = ports.web === undefined ? undefined : openWeb(ports.web)
  const free = (path: string) => path === LIVE || (web?.has(path) ?? false)
  const app = createApp({ routes, principal, alive, gate, log: ports.log, now, free, book }, (hono) => {
    web?.serve(
      hono,
      () => state.samples,
      () => parts.replicating.others().map((one) => one.url),
    )
    serveTiles(hono, journal, views, sources)
    serveCarrying(hono, { ...parts.replicating, routes, book })
    serveWitness(hono, witnessOf(parts, ports.clock), book)
    let described: object | undefined
    hono.get('/openapi.json', (c) => {
      // It never changes, and anybody may ask: made once.
      described ??= openApi(routes)
      return c.json(described)
    })
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
  // What is wrong with it is said before anything is touched.
  await readFounded(dir, keys)
  await checkEnded(dir)
  const followed = [...(await readFollowed(dir)), ...(ports.follows ?? [])]
  undo.push(lockFolder(dir))
  // Its roots may have been replaced until a moment ago.
  const founded = await readFounded(dir, keys)
  const { files: earlier, damaged } = await earlierRoots(dir, founded.consortium)
  if (damaged !== undefined) log({ route: 'node.start', status: 500, ms: 0, code: 'roots-earlier-damaged' })
  dropCopies(dir)
  const last = await readLast(dir)
  await checkBeginning(dir, founded, ports.ask ?? askText)
  if (!viewsHold(last, viewSql())) dropViews(dir)
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
  return { ...parts, followed, earlier }
}

/** Opens a founded folder and composes the node over it. Drives no port: `app.fetch` is the whole edge. */
export async function composeNode(ports: NodePorts): Promise<SalusNode> {
  const undo: Undo = []
  try {
    const parts = await openFolder(ports, undo)
    const state: SalusNode['state'] = { ready: !ports.preparing, ledger: 'current' }
    const { founded, journal, ledger, views, sources, advance, witnessing } = parts
    const { roots, witnessKey } = founded
    const tidy = async () => (await dropEnded(sources, seconds(ports.clock()))) + (await parts.links.tidy())
    await tidy()
    return {
      ...{ state, ...appOf(parts, ports, state), roots, witnessKey: witnessKey.key },
      condition: () => (isShut(journal) ? 'closed' : isRestored(ports.dir) ? 'restored' : 'ready'),
      ...{ journal, ledger, views, sources, advance, tidy, replica: parts.replicating.replica },
      push: parts.pushes.send,
      publish: createPublish(ledger, parts.operator, founded.operator),
      witness: async () => (witnessing.active ? witnessing.ask() : undefined),
      async close() {
        const lock = undo.shift()
        try {
          // Where others decide too, the last head waits for the next start: a stop waits for nobody.
          await (ledger.alone ? advance() : Promise.resolve()).finally(() => undoAll(undo))
          // Not after a fault: nobody knows then how the files were left.
          await markStopped(ports.dir, viewSql())
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
