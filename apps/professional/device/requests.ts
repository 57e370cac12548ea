/** Asking, and what came of it. */
import type { Category } from '@salus/base/categories'
import type { Handle } from '@salus/base/ids'
import { checkWith, field } from '@salus/base/schema'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { ask as askFor } from '@salus/grants/device'
import { grantEndpoints, type SentRequest } from '@salus/grants/endpoints'
import { submit } from '@salus/journal/device'
import { eachOnce, ofPlace, requestsAtHome } from '@salus/records/device/copies'
import { type Professional, professionalAt, theBrowser, theProfessional } from './open.ts'
import { type KnownPatient, keepPatient, patients, professionalFor } from './patients.ts'

export type Asked = {
  readonly patient: Handle
  readonly categories: readonly Category[]
  readonly records: readonly string[]
  readonly purpose: string
  readonly until: number
  readonly team?: string
  /** Handle of a colleague who is to read instead of oneself. */
  readonly colleague?: string
}

/** The patient each request was sent for: when the answer comes, the node must not say for whom it was asked. */
type Sent = Record<string, string>
const sentPart = (who: Professional) => `requests-${who.profile.id}`
export const sentFor = async (who: Professional): Promise<Sent> =>
  (await (await theBrowser()).store.read<Sent>(sentPart(who))) ?? {}

export async function keepSent(who: Professional, id: string, patient: string): Promise<void> {
  const { store } = await theBrowser()
  await store.write(sentPart(who), { ...(await sentFor(who)), [id]: patient })
}

/** Sends a request; where this person has several records here, one for each. */
export async function ask(asked: Asked): Promise<{ sent: number }> {
  const who = await professionalFor(asked.patient)
  const { link, keys } = who
  const { patient, team, colleague, ...body } = asked
  const other = colleague ?? team
  const reader = (await findKeyring(link, other ? checkWith(field.handle, other) : keys.handle)).keyring
  const asker = { handle: keys.handle, signer: await signerOf(keys.device) }
  const { sameAs } = await findKeyring(link, patient)
  const all = [patient, ...sameAs]
  for (const one of all) {
    const whose = { ...(team ? { team } : {}), ...(colleague ? { colleague } : {}) }
    const { id, item } = await askFor(link, asker, { ...body, ...whose, patient: one, reader } as never)
    await keepSent(who, id, one)
    await submit(link.call, link.logs, [item])
  }
  await keepPatient(patient)
  return { sent: all.length }
}

/** A request with its answer, as one follows it. */
export type Following = {
  readonly id: string
  readonly patient: Handle
  readonly known: KnownPatient | undefined
  readonly categories: readonly Category[]
  readonly records: number
  readonly purpose: string
  readonly at: number
  readonly until: number
  /** `for-colleague`: somebody else reads it. */
  readonly state: 'waiting' | 'given' | 'refused' | 'taken-back' | 'over'
  readonly standing: boolean
  readonly mine: boolean
}

function stateOf({ status, grant, body }: SentRequest, now: number): Following['state'] {
  if (grant?.revoked) return 'taken-back'
  if ((grant?.until ?? body.until) <= now) return 'over'
  return status === 'granted' ? 'given' : status
}

const requestsAt = async (origin: string): Promise<SentRequest[]> =>
  (await (await professionalAt(origin)).link.call(grantEndpoints.requests)).requests

/** What was sent to other hospitals for patients whose record is at home there, and of how many of these some is missing now. */
async function requestsAway(
  who: Professional,
  book: ReadonlyMap<string, KnownPatient>,
): Promise<{ found: SentRequest[]; silent: number }> {
  const sent = await sentFor(who)
  const knownOf = ({ id, patient }: SentRequest) => {
    const known = book.get(sent[id] ?? patient)
    return { patient: sent[id], home: known && (known.home ?? null) }
  }
  const patientsOf = (home: string) => [...book.values()].filter((one) => one.home === home).map(({ handle }) => handle)
  const all = [...new Set([...book.values()].flatMap(({ home }) => home ?? []))].map(async (home) => {
    const { found, missing } = await requestsAtHome(who.link, home, patientsOf(home), requestsAt)
    return { found: ofPlace(home, found, knownOf), missing }
  })
  const looked = await Promise.all(all)
  return { found: looked.flatMap(({ found }) => found), silent: looked.filter(({ missing }) => missing).length }
}

/** One's requests and those that were given to one, newest first; `silent`: hospitals whose part is missing now. */
export async function requests(): Promise<{ all: Following[]; silent: number }> {
  const who = await theProfessional()
  const { requests: here } = await who.link.call(grantEndpoints.requests)
  const known = new Map((await patients()).map((one) => [one.handle, one]))
  const { found, silent } = await requestsAway(who, known)
  const sorted = eachOnce([...here, ...found]).sort((a, b) => b.at - a.at)
  const now = Math.floor(Date.now() / 1000)
  const all = sorted.map((one) => ({
    ...{ id: one.id, patient: one.patient, known: known.get(one.patient), at: one.at, state: stateOf(one, now) },
    ...{ categories: one.body.categories, records: one.body.records.length, purpose: one.body.purpose },
    until: one.grant?.until ?? one.body.until,
    standing: one.grant?.standing ?? false,
    mine: one.body.colleague === undefined || one.body.colleague === who.keys.handle,
  }))
  return { all, silent }
}
