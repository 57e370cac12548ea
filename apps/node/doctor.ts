/**
 * Looks at a stopped node's folder, all of it, and changes nothing (N8): to open a database is to write into it, so that copies
 * are opened. Each check has a name; words for it stand in ui's tables.
 */
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@salus/base/clock'
import { type Facts, isAppError } from '@salus/base/errors'
import { openSqlite, type Sql } from '@salus/base/sqlite'
import { verifyEd25519 } from '@salus/crypto/jws'
import { knownTo } from '@salus/directory/consortium'
import { REGISTER_SCHEMA } from '@salus/directory/register'
import { createSigners } from '@salus/directory/slice'
import { openJournal, viewSchema } from '@salus/journal/accept'
import { type Inspection, inspectSources } from '@salus/journal/inspect'
import type { Slice } from '@salus/journal/slice'
import { logSize, openSources } from '@salus/journal/sources'
import { appliedSize } from '@salus/journal/tiles'
import type { Engine } from '@salus/ledger/contract'
import { KEPT_SCHEMA } from '@salus/records/kept'
import { checkHead } from './advance.ts'
import { composeSlices } from './compose.ts'
import { copyDatabases, dropCopies } from './copies.ts'
import { differences } from './doctor.store.ts'
import { openLedgerCopy } from './engine.ts'
import { createMemory, readErased } from './erased.ts'
import { recall } from './evidence.ts'
import { type Founded, readFounded } from './found.ts'
import { keysOf, pushKeyFile } from './keys.ts'
import { databases, isChanged, type Last, readLast } from './last.ts'
import { lockFolder } from './lock.ts'
import { erasedBeside } from './production.ts'
import { readPushKey } from './push.ts'
import { checkedLedger, vouchingOf } from './sound.ts'
import { standingOf } from './standing.ts'
import { earlierRoots } from './succeeded.ts'
import { witnessFacts } from './witnesses.ts'

export const checkNames = [
  'settings',
  'left',
  'sources',
  'ledger',
  'members',
  'roots',
  'journal',
  'views',
  'witnesses',
  'space',
] as const
export type CheckName = (typeof checkNames)[number]
/** `code`: what is wrong, as the node would say it. Facts count things; they name nobody. */
export type Check = { readonly name: CheckName; readonly ok: boolean; readonly code?: string; readonly facts: Facts }

export type DoctorPorts = { readonly dir: string; readonly keys?: string; readonly erased?: string }

/** Below this a node soon cannot write, megabytes. */
const LEAST_SPACE = 200

const failed = (name: CheckName, error: unknown): Check => {
  if (!isAppError(error)) throw error
  return { name, ok: false, code: error.code, facts: error.facts }
}

/** Runs every check that can be run; what depends on something broken is left out. Throws `node-running`. */
export async function examine({ dir, keys = keysOf(dir), erased = erasedBeside(dir) }: DoctorPorts): Promise<Check[]> {
  const unlock = lockFolder(dir)
  try {
    const space = await spaceLeft(dir)
    const founded = await readSettings(dir, keys).catch((error) => failed('settings', error))
    if ('name' in founded) return [founded, space]
    const memory = await readErased(erased).then(
      () => undefined,
      (error) => failed('settings', error),
    )
    if (memory) return [memory, space]
    const last = await readLast(dir).catch((error) => failed('left', error))
    if ('name' in last) return [settled, last, space]
    // Founded and never started: there are no stores yet, and looking must not make any.
    if (!databases.some((one) => existsSync(join(dir, one))))
      return [settled, await examineWitnesses(dir, founded), space]
    return [...(await examineStores({ dir, copies: copyDatabases(dir) }, founded, erased, last)), space]
  } finally {
    dropCopies(dir)
    unlock()
  }
}

/** What the node is, and its keys; that of pushes too where there is one. */
async function readSettings(dir: string, keys: string): Promise<Founded> {
  const founded = await readFounded(dir, keys)
  if (existsSync(pushKeyFile(keys))) await readPushKey(pushKeyFile(keys))
  return founded
}

async function spaceLeft(dir: string): Promise<Check> {
  const { bavail, bsize } = await statfs(dir)
  const megabytes = Math.round((bavail * bsize) / 1e6)
  return { name: 'space', ok: megabytes >= LEAST_SPACE, facts: { megabytes } }
}

const settled: Check = { name: 'settings', ok: true, facts: {} }

/** The folder itself, and where its databases were copied to. */
type Places = { readonly dir: string; readonly copies: string }

async function examineStores({ dir, copies }: Places, founded: Founded, erased: string, last: Last): Promise<Check[]> {
  const left: Check = {
    name: 'left',
    ok: last.changed.length === 0,
    facts: { how: last.how, changed: last.changed.join(' ') },
  }
  const slices = composeSlices(knownTo(founded.roots))
  const checks: Check[] = [settled, left.ok ? left : { ...left, code: 'store-changed' }]
  const open: { close(): Promise<void> }[] = []
  try {
    const sources = openSources(join(copies, 'sources.db'), REGISTER_SCHEMA + KEPT_SCHEMA)
    open.push(sources)
    checks[0] = await examineMemory(erased, sources)
    checks.push(await examineSources(sources, slices, founded))
    const path = join(copies, 'ledger.db')
    // As if it had changed: everything is replayed, once.
    const asChanged = { how: 'stopped', changed: ['ledger.db'] } as const
    const ledger = await checkedLedger(asChanged, path, () => openLedgerCopy(dir, path, founded, systemClock))
    open.push(ledger)
    const { height } = await ledger.info()
    checks.push({ name: 'ledger', ok: true, facts: { blocks: height } })
    checks.push(await examineMembers(founded, ledger))
    checks.push(await examineEarlier(dir, founded))
    if (checks.every((one) => one.ok || harmless.has(one.name))) {
      checks.push(
        ...(await examineViews({ dir, copies, founded, slices, sources, ledger, stale: isChanged(last, 'views.db') })),
      )
    }
    checks.push(await examineWitnesses(dir, founded, sources))
  } catch (error) {
    checks.push(failed(isAppError(error) && error.code === 'ledger-damaged' ? 'ledger' : 'sources', error))
  } finally {
    for (const one of open.reverse()) await one.close()
  }
  return checks
}

/** What says nothing against the stores. */
const harmless: ReadonlySet<CheckName> = new Set(['left', 'settings', 'members', 'roots'])

/** Is it a member, and are its roots those of now? */
async function examineMembers(founded: Founded, ledger: Engine): Promise<Check> {
  try {
    return { name: 'members', ok: true, facts: await standingOf(founded, ledger) }
  } catch (error) {
    return failed('members', error)
  }
}

/** Are the earlier versions there, for devices that are behind? */
async function examineEarlier(dir: string, { consortium }: Founded): Promise<Check> {
  const { files, damaged } = await earlierRoots(dir, consortium)
  return damaged === undefined
    ? { name: 'roots', ok: true, facts: { versions: files.length + 1 } }
    : { name: 'roots', ok: false, code: 'roots-earlier-damaged', facts: { file: damaged } }
}

/** Who witnesses this log, and which it cosigns. */
async function examineWitnesses(dir: string, { roots }: Founded, sources?: Sql): Promise<Check> {
  try {
    return { name: 'witnesses', ok: true, facts: await witnessFacts(dir, roots, sources) }
  } catch (error) {
    return failed('witnesses', error)
  }
}

/** Is the memory of erasures as long as this data has seen it? */
async function examineMemory(erased: string, sources: Sql): Promise<Check> {
  try {
    await createMemory(erased, sources).check()
    return settled
  } catch (error) {
    if (isAppError(error) && error.code.startsWith('erased-')) return failed('settings', error)
    throw error
  }
}

async function examineSources(sources: Sql, slices: readonly Slice[], founded: Founded): Promise<Check> {
  const { faults, ...seen }: Inspection = await inspectSources(sources, slices, vouchingOf(founded))
  const ok = Object.keys(faults).length === 0
  const bad = Object.fromEntries(Object.entries(faults).map(([kind, times]) => [`bad-${kind}`, times]))
  return { name: 'sources', ok, facts: { ...seen, ...bad }, ...(ok ? {} : { code: 'sources-damaged' }) }
}

type Opened = Places & {
  readonly founded: Founded
  readonly slices: readonly Slice[]
  readonly sources: Sql
  readonly ledger: Engine
  /** The views changed while the node was stopped: the next start makes them again anyway. */
  readonly stale: boolean
}

/** Makes the views once more, beside those that are there: the journal must open over them, reach its ledger's head, and agree. */
async function examineViews({ dir, copies, founded, slices, sources, ledger, stale }: Opened): Promise<Check[]> {
  const schema = viewSchema(slices)
  const fresh = openSqlite(join(copies, 'fresh.db'), { durability: 'off', schema })
  try {
    const { logKey } = founded
    const origin = logKey.key.name
    const nobody = createSigners({ key: () => undefined })
    const at = { origin, sources, views: fresh, slices, signers: nobody, verify: verifyEd25519, logKey }
    const journal = await openJournal({ ...at, clock: systemClock, random: systemRandom })
    await checkHead({ ledger, journal, views: fresh, origin })
    await recall(dir, journal)
    journal.check()
    const reached: Check = { name: 'journal', ok: true, facts: { size: journal.log.size() } }
    return [reached, stale ? staleViews : await compareViews(copies, fresh, schema, await sources.tx(logSize))]
  } catch (error) {
    return [failed('journal', error)]
  } finally {
    await fresh.close()
  }
}

const staleViews: Check = { name: 'views', ok: false, code: 'views-damaged', facts: {} }

async function compareViews(copies: string, fresh: Sql, schema: string, size: number): Promise<Check> {
  try {
    const views = openSqlite(join(copies, 'views.db'), { durability: 'off', schema, damaged: 'views-damaged' })
    try {
      // Behind after a kill: the next start brings them up, there is nothing to compare yet.
      const behind = size - (await views.tx(appliedSize))
      if (behind > 0) return { name: 'views', ok: true, facts: { behind } }
      const tables = await differences(views, fresh)
      return tables.length === 0
        ? { name: 'views', ok: true, facts: {} }
        : { ...staleViews, facts: { tables: tables.join(' ') } }
    } finally {
      await views.close()
    }
  } catch (error) {
    return failed('views', error)
  }
}
