/**
 * Teams of a desk. A team's private keys are on the desk's device, whole, before the statement that publishes them is sent:
 * a cut line or a killed command loses no key, and the same command run again finishes what it had begun.
 */
import { base64url } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { generatePersonKey } from '@salus/crypto/keys'
import type { DirectoryCode } from '@salus/directory/contract'
import { changeTeam, startTeam, type TeamKeys } from '@salus/directory/device/desk'
import type { Link } from '@salus/directory/device/link'
import { findKeyring } from '@salus/directory/device/verify'
import { handleOf } from '@salus/directory/keyring'
import { journalEndpoints, type SubmissionItem } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import type { OpenDesk } from './people.ts'

/** What a command asked for, so that the same one is known again. */
type Wanted = { name?: string; team?: Handle; members: readonly Handle[] }
type Staged = { wanted: Wanted; handle: Handle; keys: TeamKeys; item: SubmissionItem }

/** Sealed part of the desk's device: the change on its way, or null. */
const PART = 'team'

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

async function settle({ device, keys }: OpenDesk, { handle, keys: made }: Pick<Staged, 'handle' | 'keys'>) {
  keys.teams[handle] = made
  await device.write('keys', keys)
  await device.write(PART, null)
}

/** Forgets what was staged when the node said no to it; whatever it said is thrown on. */
async function orForget<T>({ device }: OpenDesk, sent: Promise<T>): Promise<T> {
  try {
    return await sent
  } catch (error) {
    if (isAppError(error) && !unanswered.has(error.code)) await device.write(PART, null)
    throw error
  }
}

/** Sends a change that an earlier run had staged; gives it when it is one of the team's now. */
async function finishStaged(at: OpenDesk): Promise<Staged | undefined> {
  const staged = await at.device.read<Staged | null>(PART)
  if (!staged) return undefined
  try {
    await orForget(at, submit(at.link.call, at.link.logs, [staged.item]))
  } catch (error) {
    // Never arrived, and not accepted any more: nothing of it was published, the command begins anew.
    if (isAppError(error) && !unanswered.has(error.code)) return undefined
    throw error
  }
  await settle(at, staged)
  return staged
}

const sameAs = (staged: Staged | undefined, wanted: Wanted): staged is Staged =>
  staged !== undefined && JSON.stringify(staged.wanted) === JSON.stringify(wanted)

/** Founds a team, or finishes founding it. */
export async function foundTeam(at: OpenDesk, name: string, members: readonly Handle[]): Promise<Handle> {
  const wanted = { name, members }
  const before = await finishStaged(at)
  if (sameAs(before, wanted)) return before.handle
  const pair = await generatePersonKey(at.link.suite, at.link.random)
  const keys = [base64url(pair.pkcs8)]
  const stage = (item: SubmissionItem) =>
    at.device.write(PART, { wanted, handle: handleOf(item.statement, at.desk.org), keys, item } satisfies Staged)
  const made = await orForget(at, startTeam(keeping(at.link, stage), at.desk, { name, members, pair }))
  await settle(at, made)
  return made.handle
}

/** Sets a team's members, or finishes it; tells whether the team has a new key: whoever leaves keeps the old one. */
export async function setTeam(at: OpenDesk, team: Handle, members: readonly Handle[]): Promise<{ newKey: boolean }> {
  const wanted = { team, members }
  const count = at.keys.teams[team]?.length ?? 0
  const before = await finishStaged(at)
  const held = at.keys.teams[team]
  if (!held) throw new AppError<DirectoryCode>('keyring-unknown')
  if (sameAs(before, wanted)) return { newKey: held.length > count }
  const { keyring } = await findKeyring(at.link, team)
  const pair = keyring.members.some((one) => !members.includes(one))
    ? await generatePersonKey(at.link.suite, at.link.random)
    : undefined
  const keys = pair ? [...held, base64url(pair.pkcs8)] : held
  const stage = (item: SubmissionItem) => at.device.write(PART, { wanted, handle: team, keys, item } satisfies Staged)
  const change = { handle: team, members, keys: held, ...(pair ? { pair } : {}) }
  await orForget(at, changeTeam(keeping(at.link, stage), at.desk, change))
  await settle(at, { handle: team, keys })
  return { newKey: pair !== undefined }
}
