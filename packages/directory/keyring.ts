/** The keyring rule: how entries fold into a state. Pure; the node, the device and the tests run this same code. */
import { base32, concat, utf8 } from '@salus/base/bytes'
import type { Compartment } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import { digest, sha256 } from '@salus/crypto/hash'
import { assertPersonPublic, assertStrongEd25519, assertX25519, okpThumbprint } from '@salus/crypto/keys'
import type { Announced, DirectoryCode, Epoch, Keyring, KeyringEntry, KeyringStarted } from './contract.ts'

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
  person?: Keyring['person']
  inbox?: string
  epochs?: readonly Epoch[]
}): void {
  try {
    if (keys.device !== undefined) assertStrongEd25519(keys.device)
    if (keys.person !== undefined) assertPersonPublic(keys.person)
    if (keys.inbox !== undefined) assertX25519(keys.inbox)
    for (const one of keys.epochs ?? []) assertX25519(one.key)
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
  inbox?: string,
): Announced[] {
  const last = new Map<Compartment, number>()
  const keys = new Set<string>(inbox === undefined ? [] : [inbox])
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
  const base = { handle: handleOf(token, body.org), kind: body.kind, org: body.org, n: 1, head: digest(token) }
  if (body.kind === 'patient') return { ...base, epochs: addEpochs([], body.epochs, 1), members: [] }
  if (body.kind === 'team') {
    checkMembers(body.members)
    return { ...base, person: body.person, name: body.name, epochs: [], members: body.members }
  }
  return { ...base, device: body.device, person: body.person, name: body.name, epochs: [], members: [] }
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
      if (state.kind !== 'patient' || state.device !== undefined) throw fail('keyring-claimed')
      const { device, person, inbox } = entry.body
      return { ...next, device, person, inbox, epochs: addEpochs(state.epochs, entry.body.epochs, body.n, inbox) }
    }
    case 'EpochOpened':
      if (state.kind !== 'patient' || state.device === undefined) throw fail('keyring-broken')
      return { ...next, epochs: addEpochs(state.epochs, entry.body.epochs, body.n, state.inbox) }
    case 'TeamChanged': {
      if (state.kind !== 'team') throw fail('keyring-broken')
      const { members, person } = entry.body
      checkMembers(members)
      // D4 Whoever leaves keeps the key he or she had: without a new one the team could not shut the door.
      if (state.members.some((one) => !members.includes(one)) && !person) throw fail('keyring-broken')
      return person ? { ...next, members, person } : { ...next, members }
    }
  }
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

/** RFC 7638 thumbprint of a device key, by which statements name their signer. */
export const deviceThumbprint = (publicKey: string) => okpThumbprint('Ed25519', publicKey)

/** The fingerprint people compare over a counter: 60 bits of the device key's SHA-256, three groups of four letters. */
export const fingerprint = (publicKey: string): string =>
  base32(sha256(concat(utf8('salus/fingerprint/v1\n'), utf8(publicKey))))
    .slice(0, 12)
    .match(/.{4}/g)
    ?.join('-') ?? ''
