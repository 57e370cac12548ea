/**
 * Teams of a desk. A team's private keys are on the desk's device, whole, before the statement that publishes them is sent:
 * a cut line or a closed window loses no key, and the same errand run again finishes what it had begun.
 */
import { base64url } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { generatePersonKey } from '@salus/crypto/keys'
import { journalEndpoints, type SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { DirectoryCode } from '../contract.ts'
import { handleOf } from '../keyring.ts'
import { changeTeam, type Desk, startTeam, type TeamKeys } from './desk.ts'
import type { Link } from './link.ts'
import { findKeyring } from './verify.ts'

/** What was asked for, so that the same errand is known again. */
type Wanted = { name?: string; team?: Handle; members: readonly Handle[] }
/** A change on its way: signed and kept, not known to have arrived. */
export type StagedTeam = { wanted: Wanted; handle: Handle; keys: TeamKeys; item: SubmissionItem }

/** A desk's device as its teams need it. */
export type TeamDesk = {
  readonly link: Link
  readonly desk: Desk
  /** Each team's keys, by handle; `keep` makes a change of it durable. */
  readonly teams: Record<string, TeamKeys>
  readonly keep: () => Promise<void>
  /** The one change on its way. Durable when `stage` returns; null takes it away. */
  readonly staged: () => Promise<StagedTeam | null | undefined>
  readonly stage: (change: StagedTeam | null) => Promise<void>
}

/** The node may have taken it all the same, or will later: what was staged stays. Any other answer is a no. */
const unanswered: ReadonlySet<string> = new Set([
  ...['node-unreachable', 'node-answer-unreadable', 'node-busy', 'journal-closed', 'journal-failed', 'internal'],
  'proof-invalid',
])

/** The same link, but what it submits goes through `keep` first. */
function keeping(link: Link, keep: (item: SubmissionItem) => Promise<void>): Link {
  const call = async (...[endpoint, request]: Parameters<Call>) => {
    if (endpoint.name === journalEndpoints.submit.name) {
      const { items = [] } = (request?.input ?? {}) as { items?: SubmissionItem[] }
      for (const item of items) await keep(item)
    }
    return link.call(endpoint, request)
  }
  return { ...link, call: call as Call }
}

async function settle({ teams, keep, stage }: TeamDesk, { handle, keys }: Pick<StagedTeam, 'handle' | 'keys'>) {
  teams[handle] = keys
  await keep()
  await stage(null)
}

/** Forgets what was staged when the node said no to it; whatever it said is thrown on. */
async function orForget<T>({ stage }: TeamDesk, sent: Promise<T>): Promise<T> {
  try {
    return await sent
  } catch (error) {
    if (isAppError(error) && !unanswered.has(error.code)) await stage(null)
    throw error
  }
}

/** Sends a change that an earlier errand had staged; gives it when it is one of the team's now. */
async function finishStaged(at: TeamDesk): Promise<StagedTeam | undefined> {
  const staged = await at.staged()
  if (!staged) return undefined
  try {
    await orForget(at, submit(at.link.call, at.link.logs, [staged.item]))
  } catch (error) {
    // Never arrived, and not accepted any more: nothing of it was published, the errand begins anew.
    if (isAppError(error) && !unanswered.has(error.code)) return undefined
    throw error
  }
  await settle(at, staged)
  return staged
}

const sameAs = (staged: StagedTeam | undefined, wanted: Wanted): staged is StagedTeam =>
  staged !== undefined && JSON.stringify(staged.wanted) === JSON.stringify(wanted)

/** Founds a team, or finishes founding it. */
export async function foundTeam(at: TeamDesk, name: string, members: readonly Handle[]): Promise<Handle> {
  const wanted = { name, members }
  const before = await finishStaged(at)
  if (sameAs(before, wanted)) return before.handle
  const pair = await generatePersonKey(at.link.suite, at.link.random)
  const keys = [base64url(pair.pkcs8)]
  const stage = (item: SubmissionItem) =>
    at.stage({ wanted, handle: handleOf(item.statement, at.desk.org), keys, item })
  const made = await orForget(at, startTeam(keeping(at.link, stage), at.desk, { name, members, pair }))
  await settle(at, made)
  return made.handle
}

/** Sets a team's members, or finishes it; tells whether the team has a new key: whoever leaves keeps the old one. */
export async function setTeam(at: TeamDesk, team: Handle, members: readonly Handle[]): Promise<{ newKey: boolean }> {
  const wanted = { team, members }
  const count = at.teams[team]?.length ?? 0
  const before = await finishStaged(at)
  const held = at.teams[team]
  if (!held) throw new AppError<DirectoryCode>('keyring-unknown')
  if (sameAs(before, wanted)) return { newKey: held.length > count }
  const { keyring } = await findKeyring(at.link, team)
  const pair = keyring.members.some((one) => !members.includes(one))
    ? await generatePersonKey(at.link.suite, at.link.random)
    : undefined
  const keys = pair ? [...held, base64url(pair.pkcs8)] : held
  const stage = (item: SubmissionItem) => at.stage({ wanted, handle: team, keys, item })
  const change = { handle: team, members, keys: held, ...(pair ? { pair } : {}) }
  await orForget(at, changeTeam(keeping(at.link, stage), at.desk, change))
  await settle(at, { handle: team, keys })
  return { newKey: pair !== undefined }
}
