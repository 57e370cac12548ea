/** Who saw what: the access log as it is shown. */
import { behind } from '@salus/records/audit'
import type { LogLine } from '@salus/records/device/own'
import { type OwnQuestion, questionAbout } from '@salus/records/device/said'
import type { Party } from '@salus/records/names'
import { isQuestionable } from '@salus/records/questions/contract'
import { fresh, type Opened } from './open.ts'

/** A line as people read it. `machine`: done by a process or by the own device, not by a person who looked. */
export type Line = {
  readonly number: number
  readonly index: number
  readonly at: number
  readonly type: string
  readonly who: Party
  /** The team that the permission was given to, where it was one. */
  readonly team: Party | undefined
  /** A representative who signed in that one's name. */
  readonly by: Party | undefined
  readonly purpose: string | undefined
  readonly categories: readonly string[]
  readonly records: readonly string[]
  readonly count: number
  readonly own: boolean
  readonly opened: boolean
  readonly emergency: boolean
  /** Done by a process, or by a device on its own account (keys turned over): nobody looked at anything. */
  readonly machine: boolean
  /** May it be questioned; and what was asked about it, with the answer. */
  readonly questionable: boolean
  readonly question: OwnQuestion | undefined
}

const emergencyKinds = /^(BreakGlass|Emergency)/
const machineKinds: ReadonlySet<string> = new Set([
  'EpochOpened',
  'RecordsRewrapped',
  'EmergencyReleased',
  'KeyringStarted',
])

/** The team whose permission a read was made under. */
async function teamOf(device: Opened, { grant }: LogLine): Promise<Party | undefined> {
  const reader = grant === undefined ? undefined : device.book.grants[grant]?.reader
  const party = reader === undefined ? undefined : await device.parties(reader)
  return party?.kind === 'team' ? party : undefined
}

async function lineOf(device: Opened, line: LogLine): Promise<Line> {
  const { number, index, at, type, who, by, records = [], count = 0 } = line
  const { purpose } = behind(device.book, line)
  const versions = Object.values(device.book.records)
  const party = await device.parties(who)
  const categories = new Set(records.flatMap((id) => versions.find((one) => one.record === id)?.category ?? []))
  return {
    ...{ number, index, at, type, records, count, purpose },
    who: party,
    team: await teamOf(device, line),
    by: by === undefined ? undefined : await device.parties(by),
    categories: [...categories],
    own: who === device.keys.handle,
    opened: type === 'RecordRead',
    machine: machineKinds.has(type) || party.profession === 'keeper',
    emergency: emergencyKinds.test(type) && type !== 'EmergencyChosen',
    // Whoever acts for somebody leaves the questions to that person.
    questionable: isQuestionable(type) && who !== device.keys.handle && device.keys.by === undefined,
    question: questionAbout(device.book, number),
  }
}

/** Everything in the own chain, newest first. */
export async function log(): Promise<Line[]> {
  const device = await fresh()
  return Promise.all([...device.book.log].reverse().map((one) => lineOf(device, one)))
}
