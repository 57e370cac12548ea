/** The keyring rule: how entries fold into a state. Pure; the node, the device and the tests run this same code. */
import { base32, concat, utf8 } from '@salus/base/bytes'
import type { Compartment } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { digest, sha256 } from '@salus/crypto/hash'
import { assertPacketKey, assertPersonPublic, assertStrongEd25519, personThumbprint } from '@salus/crypto/keys'
import type {
  Announced,
  DirectoryCode,
  Epoch,
  Keyring,
  KeyringEntry,
  KeyringRenewed,
  KeyringStarted,
  RecoveryWay,
} from './contract.ts'
import { changeRepresentatives, checkGivenTo } from './represent.ts'
import { deviceThumbprint } from './thumbprint.ts'

// biome-ignore lint/performance/noBarrelFile: one face of the package, kept in files of one subject each
export { deviceOf, mayOpen, representativeBy } from './represent.ts'
export { deviceThumbprint } from './thumbprint.ts'

const fail = (code: DirectoryCode) => new AppError<DirectoryCode>(code)

/**
 * D1 A handle is derived from the first entry: base32 of the first 128 bits of
 * SHA-256("salus/handle/v1" || 0x0A || organisation || 0x0A || first entry). The entry holds 16 random bytes (the salt).
 */
export function handleOf(firstEntry: string, org: string): Handle {
  const hash = sha256(concat(utf8(`salus/handle/v1\n${org}\n`), utf8(firstEntry)))
  return base32(hash.subarray(0, 16)) as Handle
}

function checkKeys(keys: {
  device?: string
  devices?: readonly string[]
  recovery?: string
  person?: Keyring['person']
  inbox?: string
  epochs?: readonly Epoch[]
}): void {
  try {
    const signing = [...(keys.devices ?? []), keys.device, keys.recovery]
    for (const one of signing) if (one !== undefined) assertStrongEd25519(one)
    if (keys.person !== undefined) assertPersonPublic(keys.person)
    if (keys.inbox !== undefined) assertPacketKey(keys.inbox)
    for (const one of keys.epochs ?? []) assertPacketKey(one.key)
  } catch (error) {
    if (isAppError(error)) throw fail('key-refused')
    throw error
  }
}

/** D2 New epochs go up one by one in each compartment, end after they begin, and never reuse a key: not the inbox's either. */
function addEpochs(
  existing: readonly Announced[],
  added: readonly Epoch[],
  entry: number,
  inboxes: readonly (string | undefined)[] = [],
): Announced[] {
  const last = new Map<Compartment, number>()
  const keys = new Set<string | undefined>(inboxes)
  for (const one of existing) {
    last.set(one.compartment, Math.max(last.get(one.compartment) ?? 0, one.epoch))
    if (keys.has(one.key)) throw fail('epoch-refused')
    keys.add(one.key)
  }
  for (const one of added) {
    const expected = (last.get(one.compartment) ?? 0) + 1
    if (one.epoch !== expected || keys.has(one.key) || (one.until !== undefined && one.until <= one.from)) {
      throw fail('epoch-refused')
    }
    last.set(one.compartment, one.epoch)
    keys.add(one.key)
  }
  return [...existing, ...added.map((one) => ({ ...one, entry }))]
}

/** D4 A team names each member once: a second row for the same person would be a fault of the view, not a rule. */
function checkMembers(members: readonly Handle[]): void {
  if (new Set(members).size !== members.length) throw fail('keyring-broken')
}

/** State after a first entry. */
export function startKeyring(token: string, body: KeyringStarted): Keyring {
  checkKeys(body)
  const named = { handle: handleOf(token, body.org), kind: body.kind, org: body.org, n: 1, head: digest(token) }
  const base = { ...named, devices: [], past: [] }
  if (body.kind === 'patient') return { ...base, epochs: addEpochs([], body.epochs, 1), members: [] }
  if (body.kind === 'team') {
    checkMembers(body.members)
    return { ...base, person: body.person, name: body.name, epochs: [], members: body.members }
  }
  return { ...base, devices: [body.device], person: body.person, name: body.name, epochs: [], members: [] }
}

const claimedPatient = (state: Keyring): boolean => state.kind === 'patient' && state.devices.length > 0

/** D22 The devices from now on: no key twice, none that was replaced before, not the recovery key, nobody's who represents. */
function changeDevices(state: Keyring, devices: readonly string[]): Pick<Keyring, 'devices' | 'past'> {
  const others = [...(state.representatives ?? []), ...(state.pastRepresentatives ?? [])].flatMap((one) => one.devices)
  const used = new Set([...state.past, state.recovery?.key, ...others])
  if (new Set(devices).size !== devices.length || devices.some((one) => used.has(one))) throw fail('device-refused')
  const removed = state.devices.filter((one) => !devices.includes(one))
  const same = removed.length === 0 && devices.length === state.devices.length
  if (same) throw fail('device-refused')
  return { devices, past: [...state.past, ...removed] }
}

type Recovery = { recovery: string; ways: readonly RecoveryWay[]; keychain: string }

/** D23 A keychain file of its own for each change, and each way found by a locator of its own. */
function changeRecovery(state: Keyring, { recovery, ways, keychain }: Recovery): Pick<Keyring, 'recovery' | 'past'> {
  const before = state.recovery
  const locators = new Set(ways.map((one) => one.locator))
  const signing = [...state.devices, ...state.past].includes(recovery)
  const wrong = ways.some((one) => (one.way === 'card') !== (one.card !== undefined))
  if (locators.size !== ways.length || wrong || signing || before?.keychain === keychain) throw fail('recovery-refused')
  const past = before && before.key !== recovery ? [...state.past, before.key] : state.past
  return { recovery: { key: recovery, ways, keychain }, past }
}

/** D24 After a loss nothing stays that the lost thing knew: new keys throughout, every compartment turned over. */
function renew(state: Keyring, body: KeyringRenewed): Partial<Keyring> {
  const before = state.recovery
  const old = new Set(before?.ways.map((one) => one.locator))
  const same = state.person !== undefined && personThumbprint(body.person) === personThumbprint(state.person)
  const kept = same || body.inbox === state.inbox || before?.key === body.recovery
  const opened = new Set(body.epochs.map((one) => one.compartment))
  const known = new Set(state.epochs.map((one) => one.compartment))
  const missing = [...known].some((one) => !opened.has(one))
  if (!state.devices.includes(body.device)) throw fail('device-refused')
  if (kept || missing || body.ways.some((one) => old.has(one.locator))) throw fail('recovery-refused')
  const changed = changeRecovery(state, body)
  const removed = state.devices.filter((one) => one !== body.device)
  return {
    ...changed,
    ...{ devices: [body.device], past: [...changed.past, ...removed], person: body.person, inbox: body.inbox },
    epochs: addEpochs(state.epochs, body.epochs, body.n, [state.inbox, body.inbox]),
  }
}

/** D3 Each later entry is numbered one higher and names the entry before it; anything else is a gap or a fork. */
export function extendKeyring(state: Keyring, token: string, entry: KeyringEntry): Keyring {
  if (entry.type === 'KeyringStarted') throw fail('keyring-broken')
  const { body } = entry
  if (body.n !== state.n + 1 || body.prev !== state.head) throw fail('keyring-moved')
  checkKeys(body)
  const next = { ...state, n: body.n, head: digest(token) }
  switch (entry.type) {
    case 'KeyringClaimed': {
      if (state.kind !== 'patient' || state.devices.length > 0) throw fail('keyring-claimed')
      const { device, person, inbox } = entry.body
      const epochs = addEpochs(state.epochs, entry.body.epochs, body.n, [inbox])
      return { ...next, devices: [device], person, inbox, epochs }
    }
    case 'EpochOpened':
      if (!claimedPatient(state)) throw fail('keyring-broken')
      checkGivenTo(state.representatives ?? [], entry.body)
      return { ...next, epochs: addEpochs(state.epochs, entry.body.epochs, body.n, [state.inbox]) }
    case 'RepresentativesChanged': {
      if (!claimedPatient(state)) throw fail('keyring-broken')
      const epochs = addEpochs(state.epochs, entry.body.epochs, body.n, [state.inbox])
      return { ...next, ...changeRepresentatives(state, entry.body), epochs }
    }
    case 'DevicesChanged':
      if (!claimedPatient(state)) throw fail('keyring-broken')
      return { ...next, ...changeDevices(state, entry.body.devices) }
    case 'RecoveryChanged':
      if (!claimedPatient(state)) throw fail('keyring-broken')
      return { ...next, ...changeRecovery(state, entry.body) }
    case 'KeyringRenewed':
      if (!claimedPatient(state)) throw fail('keyring-broken')
      checkGivenTo(state.representatives ?? [], entry.body)
      return { ...next, ...renew(state, entry.body) }
    case 'TeamChanged':
      if (state.kind !== 'team') throw fail('keyring-broken')
      return { ...next, ...changeTeam(state, entry.body) }
  }
}

type TeamChange = Extract<KeyringEntry, { type: 'TeamChanged' }>['body']

/** D4 Whoever leaves keeps the key he or she had: without a new one the team could not shut the door. */
function changeTeam(state: Keyring, { members, person }: TeamChange) {
  checkMembers(members)
  if (state.members.some((one) => !members.includes(one)) && !person) throw fail('keyring-broken')
  return person ? { members, person } : { members }
}

/**
 * D5 The epoch a depositor seals to: of the newest announcement, the one that runs. What was announced before is over
 * from that moment, whatever a clock that runs ahead or behind says of it: falling back to an older epoch would hand the
 * record to readers whose time is over. When the newest has ended too, there is none: the inbox then.
 */
export function runningEpoch(state: Keyring, compartment: Compartment, now: number): Epoch | undefined {
  const all = state.epochs.filter((one) => one.compartment === compartment)
  const newest = Math.max(0, ...all.map((one) => one.entry))
  const announced = all.filter((one) => one.entry === newest).sort((a, b) => a.epoch - b.epoch)
  const latest = announced.filter((one) => one.from <= now).at(-1) ?? announced[0]
  return latest && (latest.until === undefined || latest.until > now) ? latest : undefined
}

/** Which key a deposit goes to now: the running epoch, else the inbox (`epoch` 0). */
export function depositKey(state: Keyring, compartment: Compartment, now: number): { epoch: number; key: string } {
  const running = runningEpoch(state, compartment, now)
  if (running) return { epoch: running.epoch, key: running.key }
  if (!state.inbox) throw fail('epoch-refused')
  return { epoch: 0, key: state.inbox }
}

/** Highest epoch number a compartment has had. */
export const lastEpoch = (state: Keyring, compartment: Compartment): number =>
  state.epochs.reduce((last, one) => (one.compartment === compartment ? Math.max(last, one.epoch) : last), 0)

/** The device key named `kid` that signs for this keyring, or once did: what was signed then stays its person's. */
export const signedOnce = ({ devices, past }: Keyring, kid: string): string | undefined =>
  [...devices, ...past].find((one) => deviceThumbprint(one) === kid)

/** The fingerprint people compare over a counter: 60 bits of the device key's SHA-256, three groups of four letters. */
export const fingerprint = (publicKey: string): string =>
  base32(sha256(concat(utf8('salus/fingerprint/v1\n'), utf8(publicKey))))
    .slice(0, 12)
    .match(/.{4}/g)
    ?.join('-') ?? ''
