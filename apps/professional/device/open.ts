/** Who a professional is in this browser: one keyring at each organisation, and at a desk the desk's keys. State of one worker. */
import { type Bytes, fromBase64url, text } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { openKeychain, unwrapWithCode } from '@salus/crypto/keychain'
import { importDeviceKey } from '@salus/crypto/keys'
import { signerOf } from '@salus/directory/device/patient'
import { enrol as enrolKeys, openingKeys, type ProfessionalKeys } from '@salus/directory/device/professional'
import type { SessionLink } from '@salus/directory/device/reach'
import { fingerprint } from '@salus/directory/keyring'
import { createParties, type Parties } from '@salus/records/device/fhir'
import type { Reader } from '@salus/records/device/reader'
import { type Browser, holdDevice, openBrowser, plainLink, sessionLink } from '@salus/web-app/device'
import type { SampleStaff } from '@salus/web-app/samples'
import type { DeskKeys } from './desk.keys.ts'

const NAME = 'professional'

/** One identity of this browser. Names are what patients see; nothing here is a secret. */
export type Profile = {
  readonly id: string
  readonly kind: 'professional' | 'desk'
  readonly name: string
  readonly org: string
  readonly orgName: string
  /** What was asked of the desk, or what the desk gave. */
  readonly role: string
}

type Base = { readonly profile: Profile; readonly link: SessionLink; readonly parties: Parties }
export type Professional = Base & {
  readonly kind: 'professional'
  readonly keys: ProfessionalKeys
  readonly reader: () => Promise<Reader>
}
export type Desk = Base & { readonly kind: 'desk'; readonly keys: DeskKeys }

let browser: Promise<Browser> | undefined
let chosen: string | undefined
let opened: Promise<Professional | Desk> | undefined

export const theBrowser = (): Promise<Browser> => {
  browser ??= holdDevice(NAME).then(() => openBrowser(NAME))
  browser.catch(() => {
    browser = undefined
  })
  return browser
}

/** Those one can be in this browser, and who one is now. */
export async function profiles(): Promise<{ all: Profile[]; current: string | undefined }> {
  const { store } = await theBrowser()
  const all = (await store.read<Profile[]>('profiles')) ?? []
  chosen ??= (await store.read<string | null>('current')) ?? undefined
  return { all, current: all.some((one) => one.id === chosen) ? chosen : undefined }
}

/** What forgets what was opened when somebody else signs in. */
export const whenSwitched = new Set<() => void>()

/** Becomes one of them; nobody without an id. */
export async function use(id: string | undefined): Promise<void> {
  const { store } = await theBrowser()
  chosen = id
  opened = undefined
  for (const forget of whenSwitched) forget()
  await store.write('current', id ?? null)
}

async function addProfile(profile: Profile, keys: object, device: CryptoKey): Promise<void> {
  const { store } = await theBrowser()
  const { all } = await profiles()
  await store.keepKey(`device-${profile.id}`, device)
  await store.write(`keys-${profile.id}`, keys)
  await store.write('profiles', [...all.filter((one) => one.id !== profile.id), profile])
}

type Kept = { device: { publicKey: string; privateKey: string } }
const bare = <K extends { device: { publicKey: string } }>(keys: K) => ({
  ...keys,
  device: { ...keys.device, privateKey: '' },
})

/** Makes the keys of a professional here; the desk then compares the fingerprint and issues the credential. */
export async function enrol(who: { org: string; name: string; role: string }): Promise<{ fingerprint: string }> {
  const at = await theBrowser()
  const org = at.roots.organisations.find((one) => one.org === who.org)
  if (!org) throw new AppError('organisation-unknown')
  let id = ''
  const keys = await enrolKeys(plainLink(at), { org: org.org, name: who.name }, async (made) => {
    id = made.handle
    const { privateKey } = made.device
    if (typeof privateKey === 'string') throw new AppError('key-invalid')
    const profile = {
      id,
      kind: 'professional',
      name: who.name,
      org: org.org,
      orgName: org.name,
      role: who.role,
    } as const
    await addProfile(profile, bare(made), privateKey)
  })
  await use(id)
  return { fingerprint: fingerprint(keys.device.publicKey) }
}

/** What a keychain file of staff holds: a professional's keys, or a desk's with the seeds of records not taken over yet. */
type StaffKeys = ProfessionalKeys | { keys: DeskKeys; seeds: Record<string, string> }

/** Opens a sealed keychain with its code and becomes who it belongs to. Its device key is kept as one that cannot be read out. */
export async function becomeWith(staff: SampleStaff): Promise<void> {
  const master: Bytes = await unwrapWithCode(staff.wrap, staff.code)
  const whole = parseJson(text(await openKeychain(master, staff.content))) as unknown as StaffKeys
  const keys = 'seeds' in whole ? whole.keys : whole
  const { store } = await theBrowser()
  const { name, org, orgName, role, kind } = staff
  const id = 'seeds' in whole ? `desk-${org}` : (whole as ProfessionalKeys).handle
  if ('seeds' in whole) {
    const before = (await store.read<Record<string, string>>(`seeds-${id}`)) ?? {}
    await store.write(`seeds-${id}`, { ...whole.seeds, ...before })
    // Teams that were founded in this browser: their keys are nowhere else.
    const { teams = {} } = (await store.read<DeskKeys>(`keys-${id}`)) ?? {}
    Object.assign(whole.keys.teams, teams)
  }
  const device = await importDeviceKey(fromBase64url((keys as Kept).device.privateKey))
  await addProfile({ id, kind, name, org, orgName, role }, bare(keys), device)
  await use(id)
}

/** `home`: another hospital's journal, reached through the own node. */
async function openOne(home?: string): Promise<Professional | Desk> {
  const own = await theBrowser()
  const at: Browser = home === undefined ? own : { ...own, origin: home, through: true }
  const { all, current } = await profiles()
  const profile = all.find((one) => one.id === current)
  const kept = profile && (await at.store.read<Kept>(`keys-${profile.id}`))
  const privateKey = profile && (await at.store.key(`device-${profile.id}`))
  if (!profile || !kept || !privateKey) throw new AppError('device-missing')
  const device = { ...kept.device, privateKey }
  const signer = await signerOf(device)
  if (profile.kind === 'desk') {
    const keys = { ...kept, device } as unknown as DeskKeys
    const link = await sessionLink(at, signer, profile.org)
    return { kind: 'desk', profile, keys, link, parties: createParties({ link, keys: { handle: '' } as never }) }
  }
  const keys = { ...kept, device } as unknown as ProfessionalKeys
  const link = await sessionLink(at, signer, keys.handle)
  const reader = async () => ({ handle: keys.handle, signer, keys: await openingKeys(link, keys) })
  return { kind: 'professional', profile, keys, link, reader, parties: createParties({ link, keys: keys as never }) }
}

/** Who one is, with a session. */
export const theOpened = (): Promise<Professional | Desk> => {
  opened ??= openOne()
  opened.catch(() => {
    opened = undefined
  })
  return opened
}

export async function theProfessional(): Promise<Professional> {
  const who = await theOpened()
  if (who.kind !== 'professional') throw new AppError('not-for-role')
  return who
}

/** By the journal of another hospital. */
const away = new Map<string, Promise<Professional | Desk>>()
whenSwitched.add(() => away.clear())

/** The same professional where a record is at home: here, or at another hospital, through this one's node. */
export async function professionalAt(home: string | undefined): Promise<Professional> {
  const own = await theProfessional()
  if (home === undefined || home === own.link.origin) return own
  const opening = away.get(home) ?? openOne(home)
  away.set(home, opening)
  opening.catch(() => away.delete(home))
  const who = await opening
  if (who.kind !== 'professional') throw new AppError('not-for-role')
  return who
}

export async function theDesk(): Promise<Desk> {
  const who = await theOpened()
  if (who.kind !== 'desk') throw new AppError('not-for-role')
  return who
}
