/** What the verbs of the market have in common: the device, names of offers and programs, words of closed lists. */
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { readAnalysis } from '@salus/enclave/analysis'
import { type Duty, type HostKind, hostKinds, type Purpose } from '@salus/enclave/deal'
import { type DatasetDocument, datasetDocument } from '@salus/market/dataset/contract'
import type { Offer, Program } from '@salus/market/device'
import type { LabCode } from '@salus/market/lab'
import type { ObjectStore } from '@salus/market/store'
import { misuse } from '../../errors.ts'
import { type MarketDevice, openMarket } from '../../market.ts'
import { type Arguments, type Option, option, required } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the organisation’s desk device', fr: 'dossier de l’appareil du guichet de l’organisation' },
}
export const storeOption: Option = {
  ...{ name: 'store', value: 'URL' },
  words: {
    en: 'where objects are: a file: URL (SALUS_STORE; data/store)',
    fr: 'où sont les objets : une URL file: (SALUS_STORE ; data/store)',
  },
}

/** Opens the device a verb was given. `hold`: it will be written to. */
export function marketOf(args: Arguments, hold = false, signal?: AbortSignal): Promise<MarketDevice> {
  const store = option(args, 'store')
  return openMarket(required(args, 'device'), { hold, ...(store ? { store } : {}), ...(signal ? { signal } : {}) })
}

/** A whole number of an option, in a range. */
export function wholeOption(args: Arguments, name: string, fallback: number, least = 0, most = 1_000_000_000): number {
  const given = option(args, name)
  if (given === undefined) return fallback
  const value = Number(given)
  if (/^\d{1,12}$/.test(given) && value >= least && value <= most) return value
  throw misuse({
    en: `--${name} takes a whole number from ${least} to ${most}.`,
    fr: `--${name} veut un nombre entier de ${least} à ${most}.`,
  })
}

/** What DUO's codes are called on a command line. */
export const purposeNames: Readonly<Record<string, Purpose>> = {
  'general-research': 'DUO:0000042',
  'health-research': 'DUO:0000006',
  'disease-research': 'DUO:0000007',
}
export const dutyNames: Readonly<Record<string, Duty>> = {
  publish: 'DUO:0000019',
  ethics: 'DUO:0000021',
  'this-user': 'DUO:0000026',
  'non-commercial': 'DUO:0000046',
  collaborate: 'DUO:0000020',
}
/** One of a closed list of names, or misuse. */
export function oneOf<T>(args: Arguments, name: string, names: Readonly<Record<string, T>>, fallback: T): T {
  const given = option(args, name)
  if (given === undefined) return fallback
  if (Object.hasOwn(names, given)) return names[given] as T
  const all = Object.keys(names).join(', ')
  throw misuse({ en: `--${name} is one of: ${all}.`, fr: `--${name} est un de : ${all}.` })
}

export const kindNames: Readonly<Record<string, HostKind>> = Object.fromEntries(hostKinds.map((kind) => [kind, kind]))

const MAX_DOCUMENT = 8 << 20
const MAX_ANALYSIS = 16 << 20

/** The public document of an offer. */
export const documentOf = async (store: ObjectStore, data: string): Promise<DatasetDocument> =>
  parseWith(datasetDocument, await store.get(data, MAX_DOCUMENT))

export const programOf = async (store: ObjectStore, digest: string) =>
  readAnalysis(await store.get(digest, MAX_ANALYSIS))

/** Offers as people name them: an order's id, or the organisation where it has one open offer. */
export function namedOffers(all: readonly Offer[], names: readonly string[]): string[] {
  return names.map((name) => {
    const open = all.filter((one) => !one.closed && (one.body.order === name || one.org === name))
    const [first] = open
    if (first && open.length === 1) return first.body.order
    throw new AppError<LabCode>('offer-unknown')
  })
}

/** A program as people name it: `heartify@1`, `heartify` (the newest that somebody stands for), or the digest. */
export async function namedProgram(store: ObjectStore, all: readonly Program[], name: string): Promise<string> {
  const [wanted, version] = name.split('@')
  for (const { closed, vouched, body } of [...all].reverse()) {
    if (closed) continue
    if (body.analysis === name) return name
    // A name is anybody's to give: it counts where another organisation has read the bytes.
    if (vouched.length === 0) continue
    // An object that is not there, or is none, is somebody else's fault and hides nothing of the others.
    const manifest = (await programOf(store, body.analysis).catch(() => undefined))?.manifest
    if (manifest?.name !== wanted) continue
    if (version === undefined || String(manifest?.version) === version) return body.analysis
  }
  throw new AppError<LabCode>('program-unknown')
}
