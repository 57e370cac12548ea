/**
 * N38 `desk rotate`: another key for an organisation. Made beside the old one, on disk before anything is sent; the ledger takes it under
 * the old one's signature; then every organisation signs the roots with it. Cut short anywhere and typed again, it goes on.
 */
import { fromBase64url } from '@salus/base/bytes'
import { systemClock } from '@salus/base/clock'
import { AppError, isAppError } from '@salus/base/errors'
import { importDeviceKey } from '@salus/crypto/keys'
import { orgKey } from '@salus/directory/consortium'
import type { DirectoryCode } from '@salus/directory/contract'
import { newDevicePair, signerOf } from '@salus/directory/device/patient'
import { fingerprint } from '@salus/directory/keyring'
import { rootsDigest, rootsFingerprint } from '@salus/node-app/proposal'
import { endNow, endSince, rekeyRoots } from '@salus/node-app/renewal'
import type { DeskKeys } from '../../desk.keys.ts'
import { holdDevice, openDevice, sessionLink } from '../../device.ts'
import { type CliCode, misuse } from '../../errors.ts'
import { checkWritable, writeOutput } from '../../files.ts'
import { type OpenDesk, openDesk } from '../../people.ts'
import { option, required, type Screen, type Verb } from '../../verb.ts'
import { naming } from '../found.ts'
import { ask, send } from '../members.ts'
import type { Row } from './follows.ts'
import { device } from './shared.ts'

type Desk = Pick<OpenDesk, 'device' | 'keys' | 'link'>

/** The desk with the key that it made: the ledger may have taken it already, and this device not know. */
async function openWithNext(dir: string): Promise<Desk | undefined> {
  const device = await openDevice(dir, 'desk')
  const keys = await device.read<DeskKeys>('keys')
  if (!keys?.next) return undefined
  const link = await sessionLink(device, await signerOf(keys.next), keys.org).catch((error) => {
    if (isAppError(error)) return undefined
    throw error
  })
  return link && { device, keys, link }
}

async function openEither(dir: string): Promise<Desk> {
  try {
    return await openDesk(dir)
  } catch (error) {
    const other = isAppError(error) ? await openWithNext(dir) : undefined
    if (other) return other
    throw error
  }
}

const keyOnLedger = async (desk: Desk): Promise<string | undefined> => {
  const row = await ask<Row>(desk as OpenDesk, 'members/get', desk.keys.org)
  return row?.status === 'member' ? row.key : undefined
}

/** The ledger has the new key: the old one signs nothing any more, but votes for the roots that name the new one. */
async function take({ device, keys }: Desk): Promise<DeskKeys> {
  const { next, ...rest } = keys
  if (!next) return keys
  const taken = { ...rest, device: next, before: { ...keys.device, until: endNow(systemClock()) } }
  await device.write('keys', taken)
  return taken
}

/** A new rotation: not before the roots name the key in use, and not by mistake. */
async function begin(
  { device, keys }: Desk,
  { language, ask: prompt }: Screen,
): Promise<Required<Pick<DeskKeys, 'next'>>> {
  if (orgKey(device.roots, keys.org) !== keys.device.publicKey) throw new AppError<DirectoryCode>('desk-key-unnamed')
  const fr = language === 'fr'
  const word = fr ? 'CHANGER' : 'ROTATE'
  if ((await prompt(fr ? `Pour changer de clé, tapez ${word} :` : `For another key, type ${word}:`)) !== word)
    throw misuse({
      en: 'The word was another one; nothing was changed.',
      fr: 'Le mot était un autre ; rien n’a changé.',
    })
  const next = await newDevicePair()
  // What could not be proposed afterwards is not begun.
  const meant = { org: keys.org, key: next.publicKey, until: endNow(systemClock()) }
  await naming('', async () => rekeyRoots(device.roots, meant))
  await device.write('keys', { ...keys, next })
  return { next }
}

/** The key before, with an end that desks still sign. */
async function withEnd({ device }: Desk, keys: DeskKeys): Promise<DeskKeys> {
  const until = keys.before && endSince(keys.before.until, systemClock())
  if (!keys.before || until === undefined || until === keys.before.until) return keys
  const moved = { ...keys, before: { ...keys.before, until } }
  await device.write('keys', moved)
  return moved
}

/** Brings the desk to a new key that the ledger has, from wherever it stands. */
async function rotated(desk: Desk, screen: Screen): Promise<DeskKeys> {
  const { device, keys } = desk
  const current = await keyOnLedger(desk)
  if (keys.next && current === keys.next.publicKey) return take(desk)
  if (current === undefined || current !== keys.device.publicKey) throw new AppError<CliCode>('desk-key-other')
  const waits = keys.before && orgKey(device.roots, keys.org) === keys.before.publicKey
  if (!keys.next && waits) return keys
  const next = keys.next ?? (await begin(desk, screen)).next
  const privateKey = await importDeviceKey(fromBase64url(keys.device.privateKey))
  const voter = { org: keys.org, publicKey: keys.device.publicKey, privateKey }
  await send(desk as OpenDesk, voter, { type: 'org.rotate', body: { key: next.publicKey } })
  return take({ ...desk, keys: { ...keys, next } })
}

export const deskRotate: Verb = {
  name: 'desk rotate',
  options: [
    device,
    {
      name: 'output',
      value: 'FILE',
      words: { en: 'the proposal (proposal.json)', fr: 'la proposition (proposal.json)' },
    },
  ],
  words: {
    en: 'another key for this organisation: on the ledger at once, in the roots once every organisation has signed',
    fr: 'une autre clé pour cette organisation : au registre aussitôt, dans les racines quand toutes ont signé',
  },
  more: {
    en: `Typed again after an interruption it goes on. Until the roots name the new key this desk signs no statement, and the old key none
either: have every organisation sign the proposal soon (desk sign, here too), then roots finish and roots update.`,
    fr: `Retapée après une interruption, la commande reprend. Tant que les racines ne citent pas la nouvelle clé, ce guichet ne signe rien,
l’ancienne clé non plus : faites vite signer la proposition (desk sign, ici aussi), puis roots finish et roots update.`,
  },
  async run(args, screen) {
    const { language, say } = screen
    const fr = language === 'fr'
    const dir = required(args, 'device')
    const output = option(args, 'output') ?? 'proposal.json'
    holdDevice(dir)
    await checkWritable(output)
    const desk = await openEither(dir)
    const { org, device: own, before } = await withEnd(desk, await rotated(desk, screen))
    const previous = desk.device.roots
    const roots = rekeyRoots(previous, { org, key: own.publicKey, until: before?.until ?? 0 })
    await writeOutput(output, `${JSON.stringify({ roots, previous }, null, 2)}\n`)
    say(fr ? 'Le registre connaît la nouvelle clé. Son empreinte :' : 'The ledger has the new key. Its fingerprint:')
    say(`  ${fingerprint(own.publicKey)}`)
    say(fr ? `À signer par chaque organisation : ${output}` : `For every organisation to sign: ${output}`)
    say(`  ${rootsFingerprint(roots)}`)
    return { proposal: output, key: own.publicKey, roots: rootsDigest(roots), fingerprint: rootsFingerprint(roots) }
  },
}
