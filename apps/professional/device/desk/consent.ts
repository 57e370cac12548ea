/**
 * A patient without a phone answers at the desk: card and PIN open the keychain in this worker's memory for one visit. Nothing
 * of it is kept here, and the device key of the visit is taken out of the keyring when it ends.
 */
import type { Category } from '@salus/base/categories'
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { cardFrom, pinFrom } from '@salus/directory/device/card'
import { signerOf } from '@salus/directory/device/patient'
import { findKeychain, visit } from '@salus/directory/device/restore'
import { whoAsks } from '@salus/records/device/asker'
import { createParties } from '@salus/records/device/fhir'
import { emptyBook, type OwnRequest, requestsWaiting } from '@salus/records/device/own'
import { approve, type PatientDevice, sync, turnDown } from '@salus/records/device/patient'
import type { Party } from '@salus/records/names'
import { plainLink, sessionLink } from '@salus/web-app/device'
import { theBrowser } from '../open.ts'
import { atDesk } from './open.ts'

/** How long a visit stays open when nobody answers, milliseconds. */
const LONGEST = 3 * 60_000

type Visiting = { readonly patient: PatientDevice; readonly leave: () => Promise<void> }
let visiting: Visiting | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** A request as the patient reads it on the desk's screen. */
export type Asking = {
  readonly id: string
  readonly asker: Party
  readonly reader: Party | undefined
  readonly categories: readonly Category[]
  readonly records: number
  readonly purpose: string
  readonly until: number
  /** It can no longer be answered: a key or a credential changed since. */
  readonly problem: string | undefined
}

async function askingOf(patient: PatientDevice, request: OwnRequest): Promise<Asking> {
  const parties = createParties(patient)
  const { id, categories, records, purpose, until } = request
  const problem = await whoAsks(patient, request).then(
    () => undefined,
    (error) => (isAppError(error) ? error.code : 'internal'),
  )
  const other = request.colleague ?? request.team
  return {
    ...{ id, categories, purpose, until, problem, records: records.length },
    asker: await parties(request.asker),
    reader: other ? await parties(other) : undefined,
  }
}

async function waiting({ patient }: Visiting): Promise<Asking[]> {
  await sync(patient)
  const now = seconds(patient.link.clock())
  const open = requestsWaiting(patient.book, now)
  return Promise.all(open.sort((a, b) => b.at - a.at).map((one) => askingOf(patient, one)))
}

/** Opens a visit; what waits for an answer. */
export async function beginVisit(card: string, pin: string): Promise<Asking[]> {
  await atDesk()
  await endVisit()
  const browser = await theBrowser()
  const link = plainLink(browser)
  const found = await findKeychain(link, { way: 'card', card: cardFrom(card), pin: pinFrom(pin) })
  const { keys, leave } = await visit(link, found)
  const own = await sessionLink(browser, await signerOf(keys.device), keys.handle)
  const patient = { link: own, keys, book: emptyBook(), save: async () => {} }
  visiting = { patient, leave: () => leave(own) }
  timer = setTimeout(() => void endVisit(), LONGEST)
  try {
    return await waiting(visiting)
  } catch (error) {
    await endVisit()
    throw error
  }
}

const there = (): Visiting => {
  if (!visiting) throw new AppError('visit-over')
  return visiting
}

/** The patient allows a request, all of it or some categories; what waits then. */
export async function allowAtDesk(request: string, only?: readonly Category[]): Promise<Asking[]> {
  const here = there()
  await approve(here.patient, request, only ? { only } : {})
  return waiting(here)
}

/** The patient says no; what waits then. */
export async function refuseAtDesk(request: string, reason: string): Promise<Asking[]> {
  const here = there()
  await turnDown(here.patient, request, reason)
  return waiting(here)
}

/** Ends the visit: the keys of this memory are gone, and no device of it is left in the keyring. */
export async function endVisit(): Promise<void> {
  clearTimeout(timer)
  const ending = visiting
  visiting = undefined
  await ending?.leave()
}
