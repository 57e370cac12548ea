/** Who is woken when: addresses kept for a person's own devices, nothing told but that there is something (D34, D35). */
import { type Clock, seconds } from '@salus/base/clock'
import type { Principal } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Sql, Tx } from '@salus/base/sqlite'
import type { Accepted, SignerPort } from '@salus/journal/slice'
import { deviceThumbprint } from '../keyring.ts'
import type { PushCode } from './endpoints.ts'
import { dropPush, forgetPushes, markPush, type PushRow, pushesOf, pushHandles, savePush } from './push.store.ts'

/** What became of one push: `gone`, the address is nobody's any more. */
export type Pushed = 'sent' | 'gone' | 'failed'

/** What carries pushes: the host's. */
export type Pusher = {
  /** Public key, uncompressed, base64url. */
  key(): Promise<string>
  /** May it be asked at all? Not where it leads into a network of one's own. */
  allows(endpoint: string): Promise<boolean>
  send(endpoint: string): Promise<Pushed>
}

export type PushPorts = {
  readonly views: Sql
  readonly sources: Sql
  readonly signers: SignerPort
  readonly clock: Clock
  readonly pusher: Pusher
  /** Who beside the chain's owner is told of a statement. */
  readonly concerned: (v: Tx, accepted: Accepted<unknown>) => Promise<readonly string[]>
}

/** Addresses of one person. */
const MOST = 10
/** Seconds between two pushes to one address. */
const QUIET = 60
/** Pushes on their way at once. */
const AT_ONCE = 8
/** Times one address is tried for one event, a minute apart. */
const TRIES = 3

type Known = { readonly role: string; readonly handle: string; readonly device: string }

/** The verbs, with what they remember between calls. */
export function createPushes(ports: PushPorts) {
  const { sources, pusher } = ports
  const waking = createWaking(ports)
  const kept = async (s: Tx, { handle }: Known) => ({ kept: (await pushesOf(s, handle)).length })
  const change = async (caller: Known, work: (s: Tx) => Promise<unknown>) => {
    const now = await sources.tx(async (s) => {
      await work(s)
      return kept(s, caller)
    })
    waking.changed()
    return now
  }
  return {
    key: async (caller: Principal) => ({ key: await pusher.key(), ...(await sources.tx((s) => kept(s, own(caller)))) }),
    async start(caller: Principal, endpoint: string) {
      if (!(await pusher.allows(endpoint))) throw new AppError<PushCode>('push-refused')
      return change(own(caller), (s) => savePush(s, { ...own(caller), endpoint }, MOST))
    },
    end(caller: Principal, endpoint?: string) {
      const { handle } = own(caller)
      return change(own(caller), (s) =>
        endpoint === undefined ? forgetPushes(s, handle) : dropPush(s, handle, endpoint),
      )
    },
    told: waking.told,
    send: waking.send,
  }
}

/** People whom something concerns, and addresses that are still to be pushed to, with the times it failed. */
type Owing = {
  readonly people: Set<string>
  readonly addresses: Map<string, { readonly handle: string; readonly endpoint: string; failed: number }>
}

/** Who is still to be woken: a hint lost in a restart is no loss. State with a lifetime: one per node. */
function createWaking(ports: PushPorts) {
  const owing: Owing = { people: new Set(), addresses: new Map() }
  let known: Promise<Set<string>> | undefined
  let sending: Promise<void> | undefined
  const subscribers = () => {
    if (known) return known
    const asked = ports.sources.tx(pushHandles).then((all) => new Set(all))
    known = asked
    // What could not be read is read at the next event.
    asked.catch(() => {
      if (known === asked) known = undefined
    })
    return asked
  }
  const send = (): Promise<void> => {
    sending ??= wake(ports, owing).finally(() => {
      sending = undefined
    })
    return sending
  }
  return {
    /** Somebody came or went. */
    changed(): void {
      known = undefined
    },
    /** Notes whom this concerns, and wakes them. */
    async told(all: readonly Accepted<unknown>[]): Promise<void> {
      const wanted = await subscribers()
      if (wanted.size === 0) return
      for (const handle of await concerning(ports, all)) if (wanted.has(handle)) owing.people.add(handle)
      await send()
      // One that was on its way may have set out before these were noted.
      if (owing.people.size > 0) await send()
    },
    /** Wakes whoever was let be for the minute. */
    send,
  }
}

function own(caller: Principal): Known {
  if (!('handle' in caller)) throw new AppError('not-allowed')
  return { role: caller.role, handle: caller.handle, device: caller.device }
}

/** Whom statements concern, but for whoever signed each: one's own act is no news, a representative's is. */
const concerning = (
  { views, signers, concerned }: PushPorts,
  all: readonly Accepted<unknown>[],
): Promise<Set<string>> =>
  views.tx(async (v) => {
    const found = new Set<string>()
    for (const one of all) {
      const { iss, kid } = one.statement
      const entrusted = (await signers.find(v, iss, kid))?.actor.role === 'representative'
      for (const handle of [one.chain, ...(await concerned(v, one))]) {
        if (handle !== iss || entrusted) found.add(handle)
      }
    }
    return found
  })

/** D35 Each address at most once a minute; one that was woken within it, or that failed, stays owed. */
async function wake(ports: PushPorts, owing: Owing): Promise<void> {
  await addressesOf(ports, owing)
  const now = seconds(ports.clock())
  const due: { key: string; row: PushRow }[] = []
  for (const [key, { handle, endpoint }] of owing.addresses) {
    const row = (await ports.sources.tx((s) => pushesOf(s, handle))).find((one) => one.endpoint === endpoint)
    if (!row) owing.addresses.delete(key)
    else if (Math.abs(now - row.at) >= QUIET) due.push({ key, row })
  }
  for (let i = 0; i < due.length; i += AT_ONCE) {
    await Promise.all(
      due.slice(i, i + AT_ONCE).map(async ({ key, row }) => {
        const pushed = await push(ports, row, now)
        const one = owing.addresses.get(key)
        if (one && pushed === 'failed') one.failed += 1
        if (pushed !== 'failed' || (one?.failed ?? 0) >= TRIES) owing.addresses.delete(key)
      }),
    )
  }
}

/** A new event for a person is owed to each of the addresses anew. */
async function addressesOf({ sources }: PushPorts, { people, addresses }: Owing): Promise<void> {
  for (const person of [...people]) {
    for (const { handle, endpoint } of await sources.tx((s) => pushesOf(s, person))) {
      addresses.set(`${handle} ${endpoint}`, { handle, endpoint, failed: 0 })
    }
    people.delete(person)
  }
}

/** D34 For a device that still speaks for the person; an address that is nobody's any more is forgotten. */
async function push({ views, sources, signers, pusher }: PushPorts, row: PushRow, now: number): Promise<Pushed> {
  const { handle, endpoint, device, role } = row
  const found = await views.tx((v) => signers.find(v, handle, deviceThumbprint(device)))
  if (found?.actor.role !== role || (found.until ?? now + 1) <= now) {
    await sources.tx((s) => dropPush(s, handle, endpoint))
    return 'gone'
  }
  await sources.tx((s) => markPush(s, row, now))
  const pushed = await pusher.send(endpoint).catch(() => 'failed' as const)
  if (pushed === 'gone') await sources.tx((s) => dropPush(s, handle, endpoint))
  return pushed
}
