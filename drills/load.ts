/** People at work on a node over HTTP, at random: they deposit, ask, approve, read, take back, renew, and go on when it falls. */
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { benchPatient, benchPro, makeDeposits, type Workplace } from '@salus/cli/bench/world'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { ask } from '@salus/grants/device'
import { submit } from '@salus/journal/device'
import { standingGrants } from '@salus/records/device/own'
import { approve, openOwn, type PatientDevice, sync, takeBack } from '@salus/records/device/patient'
import { read, whatIsGranted } from '@salus/records/device/reader'
import { renew } from '@salus/records/device/renew'
import type { Chance } from './budget.ts'

type Pro = Awaited<ReturnType<typeof benchPro>>
export type Given = { readonly grant: string; readonly patient: Handle; readonly pro: Pro }
/** Grants that were acknowledged, and of these: which a patient began to take back, and which that was acknowledged for. */
type Grants = { readonly given: Given[]; readonly begun: Set<string>; readonly taken: Set<string> }

export type Errand = 'deposit' | 'request' | 'approve' | 'read' | 'revoke' | 'renew' | 'open'
export type Load = {
  readonly patients: readonly PatientDevice[]
  readonly grants: Grants
  /** How often each errand came to its end. */
  readonly done: Record<Errand, number>
  /** What ended an errand, by code. */
  readonly ended: Record<string, number>
  /** Those of them that neither the node's fall nor a race between people explains, with whose they were. */
  readonly unexplained: ReadonlySet<string>
  stop(): Promise<void>
}

type Who = 'desk' | 'professional' | 'patient'

/**
 * What a node that falls makes of an errand, or of the next one after it: the answer to what arrived was lost, the second try
 * meets the first; what was to be turned over was, or was not.
 */
const cut: ReadonlySet<string> = new Set([
  ...['node-unreachable', 'node-answer-unreadable'],
  ...['request-answered', 'request-ended', 'grant-revoked', 'keyring-moved', 'policy-head-old', 'statement-replayed'],
  ...['grant-ended', 'not-granted', 'record-unknown', 'grant-unknown', 'epoch-refused', 'deposit-key-wrong'],
])

/** What people do to each other while the node stands: a patient takes back, or turns over, between two steps of somebody else. */
const races: Readonly<Record<Who, ReadonlySet<string>>> = {
  desk: new Set(['deposit-key-wrong']),
  professional: new Set(['grant-ended', 'grant-revoked', 'grant-unknown', 'not-granted']),
  patient: new Set(),
}

/** The node, and how often it fell and got up so far: counted before the one and after the other. */
export type Falling = Workplace & { readonly falls: () => number }

/** How many there are; two at the desk when not said. */
type LoadSize = { readonly patients: number; readonly pros: number; readonly desks?: number }

/** Starts `node`'s people: patients and professionals, each in a loop of its own. */
export async function startLoad(node: Falling, chance: Chance, size: LoadSize) {
  const patients: PatientDevice[] = []
  for (let i = 0; i < size.patients; i++) patients.push(await benchPatient(node))
  const pros: Pro[] = []
  for (let i = 0; i < size.pros; i++) pros.push(await benchPro(node))
  const grants: Grants = { given: [], begun: new Set(), taken: new Set() }
  const load = {
    patients,
    grants,
    done: emptyDone(),
    ended: {} as Record<string, number>,
    unexplained: new Set<string>(),
  }
  const loops: readonly (readonly [Who, () => Promise<void>])[] = [
    ...Array.from(
      { length: size.desks ?? 2 },
      () => ['desk', () => deposits(node, chance.pick(patients), load)] as const,
    ),
    ...pros.map((pro) => ['professional', () => professional(pro, chance, patients, load)] as const),
    ...patients.map((one) => ['patient', () => patientErrand(one, chance, pros, load)] as const),
  ]
  let going = true
  const running = Promise.all(
    loops.map(async ([who, once]) => {
      // How often it had fallen when this one's last errand came to its end; odd while it lies.
      let since = node.falls()
      while (going) since = await settled({ who, once, falls: node.falls, since }, load)
    }),
  )
  const stop = async () => {
    going = false
    await running
  }
  return { ...load, stop } satisfies Load
}

/** Has chance come to each of these once at least? */
export const came = ({ done }: Pick<Load, 'done'>, errands: readonly Errand[]): boolean =>
  errands.every((one) => done[one] > 0)

const emptyDone = (): Load['done'] => ({ deposit: 0, request: 0, approve: 0, read: 0, revoke: 0, renew: 0, open: 0 })

type Errands = { who: Who; once: () => Promise<void>; falls: () => number; since: number }
type Ends = { ended: Record<string, number>; unexplained: Set<string> }

/** Once; gives since when falls count for the next. */
async function settled({ who, once, falls, since }: Errands, { ended, unexplained }: Ends): Promise<number> {
  const lying = falls() % 2 === 1
  const before = falls()
  try {
    await once()
    return lying ? since : before
  } catch (error) {
    const code = isAppError(error) ? error.code : `not ours: ${error}`
    ended[code] = (ended[code] ?? 0) + 1
    const fell = lying || falls() !== since
    if (!races[who].has(code) && !(fell && cut.has(code))) unexplained.add(`${who}: ${code}`)
    await wait(20)
    return since
  }
}

type Counted = Pick<Load, 'done' | 'grants'>

async function deposits(node: Workplace, patient: PatientDevice, { done }: Counted): Promise<void> {
  const made = await makeDeposits(node, patient.keys.handle, 4)
  await Promise.all(made.map(({ item }) => submit(node.desk.link.call, node.desk.link.logs, [item])))
  done.deposit += made.length
  // Enough to be in the way of every kill; more would only make opening everything at the end take long.
  await wait(80)
}

async function professional(
  pro: Pro,
  chance: Chance,
  patients: readonly PatientDevice[],
  { done, grants }: Counted,
): Promise<void> {
  const mine = grants.given.filter((one) => one.pro === pro && !grants.taken.has(one.grant))
  if (mine.length > 0 && chance.below(3) > 0) {
    const one = chance.pick(mine)
    const { records } = await whatIsGranted(pro.link, one.grant)
    const few = records.slice(-5)
    if (few.length === 0) return
    for await (const page of read(pro.link, await pro.reader(), { id: one.grant, patient: one.patient }, few)) {
      done.read += page.records.length
    }
    return
  }
  const patient = chance.pick(patients).keys.handle
  const { keyring: reader } = await findKeyring(pro.link, pro.keys.handle)
  const until = Math.floor(systemClock() / 1000) + 3_600
  const wanted = { categories: ['results'], records: [], purpose: 'TREAT', until, patient, reader }
  const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
  const { item } = await ask(pro.link, asker, wanted as never)
  await submit(pro.link.call, pro.link.logs, [item])
  done.request++
  await wait(150)
}

/** Renewing makes an RSA pair: rare, or the drill would measure that alone. */
const RENEW_ONE_IN = 12

async function patientErrand(
  patient: PatientDevice,
  chance: Chance,
  pros: readonly Pro[],
  { done, grants: { given, begun, taken } }: Counted,
): Promise<void> {
  const { book, keys } = patient
  if (chance.below(RENEW_ONE_IN) === 0) {
    await renew(patient, [{ way: 'code', code: newRecoveryCode(patient.link.random) }])
    done.renew++
    return
  }
  await sync(patient)
  const waiting = Object.values(book.requests).filter((one) => one.status === 'waiting')
  const standing = standingGrants(book, Math.floor(systemClock() / 1000))
  const turn = chance.below(6)
  if (waiting.length > 0 && turn > (standing.length > 1 ? 2 : 0)) {
    const request = chance.pick(waiting)
    const { grant } = await approve(patient, request.id, { standing: chance.below(2) === 0 })
    const pro = pros.find((one) => one.keys.handle === request.asker)
    if (pro) given.push({ grant, patient: keys.handle, pro })
    done.approve++
  } else if (standing.length > 1 && turn > 0) {
    const one = chance.pick(standing)
    begun.add(one.id)
    await takeBack(patient, one.id)
    taken.add(one.id)
    done.revoke++
  } else {
    for await (const one of openOwn(patient)) {
      done.open += one.fhir === '' ? 0 : 1
      if (chance.below(20) === 0) return
    }
  }
}
