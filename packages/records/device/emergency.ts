/** The patient and emergencies: choose in advance, choose against, end one. */
import { seconds } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { openEpochs, type StandingReader } from '@salus/grants/device'
import type { EmergencyCode, Escrow } from '@salus/grants/emergency/contract'
import { choose, endGlass, type KeptKeys } from '@salus/grants/emergency/device'
import type { Receipt } from '@salus/journal/contract'
import { emergencyCompartments, findKeepers, keeperReaders } from './keepers.ts'
import type { OwnRecordBook } from './own.ts'
import { acting, freshKeyring, type PatientDevice, publish, standingReaders, sync } from './sync.ts'

/** Keys of what lies in these categories now, newest versions: nothing that is hidden, nothing that does not open. */
function keysIn(book: OwnRecordBook, categories: readonly string[]): KeptKeys {
  const there = Object.values(book.records).filter(
    (one) => categories.includes(one.compartment) && one.superseded === null && !one.broken,
  )
  return there.flatMap(({ record, version, key }) => (key === undefined ? [] : [{ record, version, key }]))
}

type Keepers = readonly { person: StandingReader['person']; keyring: Parameters<typeof choose>[2]['keepers'][0] }[]

const sameSet = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((x) => b.includes(x))

/**
 * E1 Chooses: these categories, the keepers of these organisations (the own one when not said); no category is a choice
 * against. A changed choice turns the epochs of what it touches over; the same one again only renews what keepers hold.
 */
export async function chooseEmergency(
  device: PatientDevice,
  categories: readonly string[],
  orgs: readonly string[] = [device.keys.org],
): Promise<{ receipt: Receipt; keepers: Escrow[] }> {
  await sync(device)
  const found = categories.length === 0 ? [] : await findKeepers(device, orgs)
  if (categories.length > 0 && found.length === 0) throw new AppError<EmergencyCode>('keeper-unknown')
  const keepers = found.flatMap(({ keyring }) =>
    keyring.person ? [{ person: keyring.person, keyring: { keyring } }] : [],
  )
  return send(device, categories, keepers)
}

async function send(device: PatientDevice, categories: readonly string[], all: Keepers) {
  const { link, book } = device
  const before = book.emergency
  const handles = all.map((one) => one.keyring.keyring.handle)
  const same = sameSet(before?.categories ?? [], categories) && sameSet(handles, heldBy(before?.keepers))
  const keepers = all.map(({ keyring: { keyring } }) => {
    const escrow = same ? before?.keepers.find((one) => one.keeper === keyring.handle)?.escrow : undefined
    return escrow === undefined ? { keyring } : { keyring, escrow }
  })
  const patient = await acting(device)
  const keys = keysIn(book, categories)
  const made = await choose(link, patient, { categories, keepers, keys, policy: book.policy })
  const touched = same ? [] : emergencyCompartments([...new Set([...categories, ...(before?.categories ?? [])])])
  const compartments = emergencyCompartments(categories)
  const readers = made.keepers.flatMap(({ escrow }, i) => {
    const person = all[i]?.person
    return person ? [{ grant: escrow, compartments, person }] : []
  })
  const opened =
    touched.length === 0
      ? { items: [], epochs: [] }
      : await openEpochs(link, { ...patient, keyring: await freshKeyring(device) }, touched, [
          ...(await standingReaders(device)).filter((one) => !before?.keepers.some((k) => k.escrow === one.grant)),
          ...readers,
        ])
  const [receipt] = await publish(device, { items: [made.item, ...opened.items], epochs: opened.epochs })
  return { receipt: receipt as Receipt, keepers: made.keepers }
}

const heldBy = (keepers: readonly Escrow[] = []): string[] => keepers.map((one) => one.keeper)

/** E6 What keepers hold is made again without what was hidden; the packets of before are destroyed. */
export async function renewEscrow(device: PatientDevice): Promise<void> {
  const { book, link } = device
  const { categories = [] } = book.emergency ?? {}
  if (categories.length === 0) return
  const entitled = new Map((await keeperReaders(device)).map((one) => [one.grant, one.person]))
  const orgs = link.roots.organisations.map((one) => one.org)
  const all = (await findKeepers(device, orgs)).flatMap(({ keyring }) => {
    const held = book.emergency?.keepers.find((one) => one.keeper === keyring.handle)
    const person = held && entitled.get(held.escrow)
    return person ? [{ person, keyring: { keyring } }] : []
  })
  await send(device, all.length === 0 ? [] : categories, all)
}

/** E7 Ends an emergency, by its own id or by its release's: nothing more is served under it. */
export async function endEmergency(device: PatientDevice, id: string): Promise<Receipt> {
  await sync(device)
  const { book, link } = device
  const glass = Object.values(book.glass ?? {}).find((one) => one.id === id || one.release === id)
  if (!glass) throw new AppError<EmergencyCode>('emergency-unknown')
  if (glass.endedAt !== null || glass.until <= seconds(link.clock()))
    throw new AppError<EmergencyCode>('emergency-over')
  const item = await endGlass(link, await acting(device), glass.id, book.policy)
  const [receipt] = await publish(device, { items: [item], epochs: [] })
  return receipt as Receipt
}
