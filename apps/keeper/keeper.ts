/**
 * The keeper's one errand: an emergency that two people signed for is checked from the roots up, and answered with content
 * keys for the asker alone. What the node says is a hint; what people signed and the log holds is what counts (K1-K6).
 */
import { seconds } from '@salus/base/clock'
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { personThumbprint } from '@salus/crypto/keys'
import { orgKey } from '@salus/directory/consortium'
import type { Keyring } from '@salus/directory/contract'
import type { Link } from '@salus/directory/device/link'
import { findKeyring, inForce } from '@salus/directory/device/verify'
import type { EmergencyCode, Glass } from '@salus/grants/emergency/contract'
import { emergencyEndpoints } from '@salus/grants/emergency/endpoints'
import { decideGlass, decideRelease, decideSecond, standing } from '@salus/grants/emergency/rules'
import { journalEndpoints, type Receipt } from '@salus/journal/contract'
import { readChain } from '@salus/journal/device'
import type { Checked } from './checked.ts'
import { createBookOf } from './follow.ts'
import type { KeeperKeys, KeeperMemory } from './keys.ts'
import { openEscrow } from './open.ts'
import { release } from './release.ts'

export type KeeperPorts = {
  readonly keys: KeeperKeys
  readonly memory: KeeperMemory
  /** A link with a session of the keeper's, asked for at each errand. */
  readonly link: () => Promise<Link>
  /** Forgets that link: its session ended, or its node fell. */
  readonly drop?: () => void
}

/** What waits, as the node says. */
export const waiting = async (link: Link): Promise<readonly { glass: string; patient: Handle }[]> =>
  (await link.call(emergencyEndpoints.waiting)).waiting

/** Checks and answers one emergency; gives the release and its receipt. Throws what refuses it. */
export async function answer(
  ports: KeeperPorts,
  { glass: id, patient }: { glass: string; patient: Handle },
): Promise<{ release: string; records: number; receipt: Receipt }> {
  const link = await ports.link()
  const book = await createBookOf({ ...link, call: chainOf(link, id) }, ports.memory, readChain)(patient)
  // K4 The keyring exactly as the chain tells it: an older one would pass keys off for epochs that are over.
  const { keyring } = await findKeyring(link, patient)
  if (keyring.head !== book.keyring?.head) throw new AppError('keyring-moved')
  const checked = await check(ports.keys, link, { keyring, book }, id)
  const keys = await openEscrow(ports.keys, link, { keyring, book }, checked)
  return release(ports.keys, link, checked, { keys, head: book.chain.number })
}

/** The patient's chain comes from the keeper's own door; everything else as ever. */
function chainOf(link: Link, glass: string): Call {
  return ((endpoint, request) =>
    endpoint.name === journalEndpoints.chain.name
      ? link.call(emergencyEndpoints.chain, { params: { glass }, query: request?.query ?? {} })
      : link.call(endpoint, request)) as Call
}

type Patient = { readonly keyring: Keyring; readonly book: Awaited<ReturnType<ReturnType<typeof createBookOf>>> }

/** K2 The same rules as the node's, over what was checked here: signatures, credentials, organisation, times, choice. */
async function check(keys: KeeperKeys, link: Link, { keyring, book }: Patient, id: string): Promise<Checked> {
  const now = seconds(link.clock())
  const told = standing(book.glass?.[id], keyring.handle, now)
  const asker = await findKeyring(link, told.asker)
  const { org, person } = asker.keyring
  const glass: Glass = { ...told, org }
  const credential = inForce(link, asker.credentials)
  const escrow = book.emergency?.keepers.find((one) => one.keeper === keys.handle && one.key === keys.person)
  const readerKey = person && personThumbprint(person)
  // Whether text came along is the review's matter: one packet stands in for it.
  const body = { reason: glass.reason, reader: glass.key as never, until: glass.until, packets: ['' as never] }
  decideGlass({ patient: keyring, credential, readerKey, chosen: escrow !== undefined }, body, now, now)
  if (!glass.second || !escrow || !credential) throw new AppError<EmergencyCode>('emergency-not-seconded')
  decideSecond({ ...glass, second: null }, await seconder(link, glass.second.who), glass.statement, now)
  const wanted = { escrow: escrow.escrow, reader: glass.asker as Handle, key: glass.key as never, until: glass.until }
  decideRelease(glass, { handle: keys.handle, org: keys.org, escrow }, wanted)
  return { glass, escrow, asker, credential }
}

/** Whoever signed second: an officer by the organisation's pinned key, or somebody whose own organisation vouches. */
async function seconder(link: Link, who: string) {
  if (orgKey(link.roots, who) !== undefined) return { who, org: who, officer: true, credential: undefined }
  const { keyring, credentials } = await findKeyring(link, who)
  return { who, org: keyring.org as string, officer: false, credential: inForce(link, credentials) }
}
