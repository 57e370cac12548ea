/** The own record goes to another hospital (D46): the last thing the old one takes is the person's word for it. */
import { seconds } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import type { OrgId } from '@salus/base/ids'
import type { DirectoryCode } from '@salus/directory/contract'
import { sign } from '@salus/directory/device/link'
import type { Store } from '@salus/directory/stores'
import type { Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { knownStores, nameStores } from './circle.ts'
import { followHome, type PatientDevice } from './follow.ts'
import { acting, sync } from './sync.ts'
import { awaitWitnesses } from './watch.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/** Where the record is at home from now on, and where that hospital's node is asked. */
export type Home = { readonly org: OrgId; readonly origin: string; readonly url: string }

const storeIn = (all: readonly Store[], org: string): Store | undefined => all.find((one) => one.org === org)

/** To a journal that the consortium knows: at another the record would be at home nowhere, and a signed word is not taken back. */
const isJournal = ({ link: { roots } }: PatientDevice, origin: string): boolean =>
  roots.journals.some((one) => one.origin === origin)

/** The hospital has a copy, or is named and given one: `home-no-copy` until its node has begun to fetch it. */
async function copied(device: PatientDevice, org: OrgId): Promise<Home> {
  const all = await knownStores(device)
  if (storeIn(all, org)?.home) throw fail('home-already')
  const here = all.filter((one) => one.home).map((one) => one.org)
  const named = all.filter((one) => one.named).map((one) => one.org)
  // The old home stays in the circle: it has to hear of what is taken back, and can give the new one its log again.
  const wanted = [...new Set([...named, ...here, org])]
  const after = wanted.length > named.length ? await nameStores(device, wanted) : all
  const { origin, url, given } = storeIn(after, org) ?? {}
  if (origin === undefined || url === undefined || !isJournal(device, origin)) {
    // Nothing is left of a wish that cannot be.
    if (wanted.length > named.length) await nameStores(device, named)
    throw fail('home-no-node')
  }
  if (!given) throw fail('home-no-copy')
  return { org, origin, url }
}

/**
 * Names `org`, waits for nothing: throws `home-no-copy` while its node has none, to be called again. With a copy there, signs the move;
 * from then on this device is refused here with `home-moved`, and goes on at the new home once that has fetched the rest.
 */
export async function moveHome(device: PatientDevice, org: OrgId): Promise<{ home: Home; receipt: Receipt }> {
  await sync(device)
  const now = seconds(device.link.clock())
  if (device.book.entrusted?.some((one) => one.until > now)) throw fail('home-represented')
  const home = await copied(device, org)
  const { handle, signer } = await acting(device)
  const body = { org, origin: home.origin }
  const statement = await sign(device.link, signer, { type: 'HomeMoved', iss: handle, sub: handle, body })
  const receipts = await submit(device.link.call, device.link.logs, [{ statement }])
  awaitWitnesses(device, [{ statement }], receipts)
  await followHome(device).catch((error) => {
    if (!isAppError(error) || error.code !== 'home-moved') throw error
  })
  return { home, receipt: receipts[0] as Receipt }
}
