/**
 * Heartify, whole: four hospitals with the UCI heart data (public), a lab, a host, an author and a treasurer; a node, four key
 * brokers and a compute host in processes of their own. One order, one forest plot, everybody paid.
 */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { importDeviceKey } from '@salus/crypto/keys'
import { type Roots, signRoots } from '@salus/directory/consortium'
import { foundNode } from '@salus/node-app/found'
import { listenNode } from '@salus/node-app/listen'
import { type DeskKeys, newDeskKeys } from '../desk.keys.ts'
import { makeDevice } from '../device.ts'
import { withHint } from '../errors.ts'
import type { Arguments, Outcome, Screen, Verb } from '../verb.ts'
import { beside, stop } from './beside.ts'
import { tradingOf } from './staff.ts'

const hospitals = [
  { org: 'cleveland', name: 'Cleveland (sample)', country: 'US', file: 'processed.cleveland.data', price: 30 },
  { org: 'budapest', name: 'Budapest (sample)', country: 'HU', file: 'processed.hungarian.data', price: 20 },
  { org: 'zurich', name: 'Zürich (sample)', country: 'CH', file: 'processed.switzerland.data', price: 25 },
  { org: 'long-beach', name: 'Long Beach (sample)', country: 'US', file: 'processed.va.data', price: 15 },
] as const
const others = [
  { org: 'coeur-lab', name: 'Cœur Lab (sample)', kind: 'research', country: 'FR' },
  { org: 'calcul-sud', name: 'Calcul Sud (sample)', kind: 'laboratory', country: 'FR' },
  { org: 'methodes', name: 'Atelier des méthodes (sample)', kind: 'research', country: 'FR' },
  { org: 'tresor', name: 'Trésor du consortium (sample)', kind: 'authority', country: 'FR' },
] as const
const organisations = [
  ...hospitals.map(({ org, name, country }) => ({ org, name, country, kind: 'hospital' as const })),
  ...others,
]

/** The model of the reference `uci_pooled_site`: six measures and the hospital. */
export const HEARTIFY_MODEL = {
  outcome: { column: 'num', op: 'gt', value: 0 },
  terms: ['age', 'sex', 'trestbps', 'thalach', 'exang', 'oldpeak'].map((column) =>
    column === 'sex' || column === 'exang' ? { column, as: 'factor', reference: '0' } : { column },
  ),
  site: 'factor',
  missing: 'complete',
}
export const HEARTIFY_TERMS =
  'UCI Machine Learning Repository, Heart Disease, doi 10.24432/C52P4X (CC BY 4.0): Andras Janosi, William Steinbrunn, Matthias Pfisterer, Robert Detrano. Public data; results may be used by anybody who names them.\n'

const CONTRACT = join(import.meta.dirname, 'heartify/uci-heart.json')

/** What the four hospitals offer: a file each, in the order of their names, under one contract; and the model that is asked. */
export type HeartifyData = { readonly files: readonly string[]; readonly contract: string; readonly model: object }

/** The four files of the demonstration; says which are missing. */
function heartData(): HeartifyData {
  const folder = join(
    process.env.SALUS_SHARED ?? resolve(import.meta.dirname, '../../../../shared'),
    'data/cardio/uci-heart',
  )
  const missing = hospitals.filter(({ file }) => !existsSync(join(folder, file))).map(({ file }) => file)
  const files = hospitals.map(({ file }) => join(folder, file))
  if (missing.length === 0) return { files, contract: CONTRACT, model: HEARTIFY_MODEL }
  const names = missing.join(', ')
  throw withHint(new AppError('data-missing'), {
    en: `Missing from SALUS_SHARED/data/cardio/uci-heart: ${names}.`,
    fr: `Il manque dans SALUS_SHARED/data/cardio/uci-heart : ${names}.`,
  })
}

/** A consortium of the demonstration in a folder of its own, and its desks' keys. */
async function found(dir: string) {
  const desks = new Map<string, DeskKeys>()
  for (const { org } of organisations) desks.set(org, await newDeskKeys(org as never))
  const keysOf = (org: string) => desks.get(org) as DeskKeys
  let roots: Roots | undefined
  let signatures: string[] = []
  await foundNode(join(dir, 'data'), {
    ...{ chain: 'salus-heartify', origin: 'journal.heartify.example', operator: 'heartify-node', time: systemClock() },
    demonstration: true,
    organisations: organisations.map((one) => ({
      ...one,
      org: one.org as never,
      key: keysOf(one.org).device.publicKey,
    })),
    async sign(document) {
      roots = document
      signatures = await Promise.all(
        [...desks.values()].map(async ({ device }) =>
          signRoots(document, await importDeviceKey(fromBase64url(device.privateKey as string)), device.publicKey),
        ),
      )
      return signatures
    },
  })
  return { desks, consortium: { roots: roots as Roots, signatures } }
}

/** The desks' devices, which know where the node answers. */
async function equip(
  dir: string,
  { desks, consortium }: Awaited<ReturnType<typeof found>>,
  base: string,
): Promise<void> {
  for (const [org, keys] of desks) {
    const reach = { base, fetch: (url: string, init?: RequestInit) => fetch(url, init) }
    const device = await makeDevice(join(dir, org), 'desk', reach as never, consortium)
    await device.write('keys', keys)
  }
}

/** One verb after another, as its people would type them. */
export type Act = (
  name: string,
  device: string,
  options?: Arguments['options'],
  positionals?: readonly string[],
) => Promise<Outcome>

/** To be looked at in a browser: the built pages, and where the node answers. */
export type Looked = { readonly web: string; readonly host: string; readonly port: number }

/** The demonstration's processes, and a way to act as its people. */
export type HeartifyWorld = {
  readonly dir: string
  readonly url: string
  readonly act: Act
  readonly offers: Readonly<Record<string, string>>
  readonly params: string
  stop(): Promise<void>
}

/** Runs verbs as its people would, without a word. */
const actor =
  (verbs: readonly Verb[], screen: Screen, { dir, store }: { dir: string; store: string }): Act =>
  (name, device, options = {}, positionals = []) => {
    const verb = verbs.find((one) => one.name === name)
    if (!verb) throw new Error(name)
    const args = { positionals, options: { ...options, device: join(dir, device), store } }
    return verb.run(args, { ...screen, say: () => {} })
  }

/** Starts everything up to the moment a lab could order. `verbs` are the command line's own. */
export async function startHeartify(
  verbs: readonly Verb[],
  screen: Screen,
  data: HeartifyData = heartData(),
  looked?: Looked,
): Promise<HeartifyWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-heartify-'))
  const store = pathToFileURL(join(dir, 'store')).href
  const undo: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })]
  const end = async () => {
    for (const one of undo.splice(0).reverse()) await one().catch(() => undefined)
  }
  const act = actor(verbs, screen, { dir, store })
  try {
    const founded = await found(dir)
    const place = looked ?? { host: '127.0.0.1', port: 0 }
    const running = await listenNode({ dir: join(dir, 'data'), ...place, store })
    undo.push(running.stop)
    await equip(dir, founded, running.url)
    if (looked) running.node.state.samples = { patients: [], claim: null, staff: [], research: await doors(dir) }
    const env = { PATH: process.env.PATH ?? '', LANG: 'en' }
    const world = { dir, url: running.url, act }
    await credit(act)
    const offers = await offer(world, { data, store, env, undo }, screen)
    await act('analysis publish', 'methodes', { price: '10' }, ['heartify'])
    await act('analysis vouch', 'cleveland', {}, ['heartify'])
    undo.push(await startHost(dir, store, env))
    const params = join(dir, 'model.json')
    await writeFile(params, JSON.stringify(data.model))
    return { ...world, offers, params, stop: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Who one can be at the research door. */
const doors = (dir: string) =>
  tradingOf([
    { ...others[0], role: 'lab', path: join(dir, others[0].org) },
    ...hospitals.map((one) => ({ ...one, role: 'hospital' as const, path: join(dir, one.org) })),
    { ...others[1], role: 'host', path: join(dir, others[1].org) },
  ])

/** The compute host, ready for deals; gives what stops it. */
async function startHost(dir: string, store: string, env: Record<string, string>): Promise<() => Promise<void>> {
  const words = ['--device', join(dir, 'calcul-sud'), '--store', store, '--evidence', 'simulated', '--price', '8']
  const host = beside(['host', 'up', ...words], env, /waits for deals/)
  await host.found
  return () => stop(host.child)
}

/** The members name the treasurer, who credits the lab. */
async function credit(act: Act): Promise<void> {
  for (const { org } of organisations.slice(0, 5)) await act('credit treasurer', org, { org: 'tresor' })
  await act('credit deposit', 'tresor', { org: 'coeur-lab', amount: '200' })
}

/** Each hospital starts its key broker, encrypts its file and offers it. */
async function offer(
  { dir, act }: Pick<HeartifyWorld, 'dir' | 'act'>,
  at: { data: HeartifyData; store: string; env: Record<string, string>; undo: (() => Promise<unknown>)[] },
  screen: Screen,
): Promise<Record<string, string>> {
  const terms = join(dir, 'terms.txt')
  await writeFile(terms, HEARTIFY_TERMS)
  const orders: Record<string, string> = {}
  for (const [i, { org, price }] of hospitals.entries()) {
    const broker = beside(['broker', 'up', '--device', join(dir, org), '--store', at.store], at.env, /(http:\S+\d)/)
    at.undo.push(() => stop(broker.child))
    const [url = ''] = await broker.found
    screen.progress(screen.language === 'fr' ? `${org} chiffre et offre…` : `${org} encrypts and offers…`)
    const options = {
      schema: at.data.contract,
      price: String(price),
      terms,
      broker: url,
      public: true,
      purpose: 'general-research',
    }
    orders[org] = String((await act('dataset publish', org, options, [at.data.files[i] ?? ''])).order)
  }
  return orders
}
