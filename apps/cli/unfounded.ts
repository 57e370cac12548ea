/**
 * A desk's device before its node is founded: it has keys and no roots to pin yet. It keeps what it signed; at its first
 * contact it pins the node's consortium.json if that says exactly this, and nothing else.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { writeWhole } from '@salus/base/whole'
import { openConsortium, type Roots, roots } from '@salus/directory/consortium'
import { originAt } from '@salus/directory/device/reach'
import { type DeskKeys, newDeskKeys } from './desk.keys.ts'
import { fetchConsortium, keepOrigin, makeFolder, newerFilesOf, openFolder, type Reach, reachOf } from './device.ts'
import type { CliCode } from './errors.ts'

/** Sealed part: the roots this device put its organisation's signature under. */
const SIGNED = 'signed'
const consortiumFile = (dir: string): string => join(dir, 'consortium.json')

/** Makes the device and its keys. Gives the key that the roots will name. */
export async function makeUnfounded(dir: string, org: DeskKeys['org'], base: string): Promise<string> {
  const folder = await makeFolder(dir, 'desk', base)
  const keys = await newDeskKeys(org)
  await folder.write('keys', keys)
  return keys.device.publicKey
}

/** Opens a desk's device that is to sign, and the roots it trusts, where it trusts any yet. */
export async function openSigning(dir: string) {
  const folder = await openFolder(dir, 'desk')
  const keys = await folder.read<DeskKeys>('keys')
  if (!keys) throw new AppError('device-missing')
  const file = consortiumFile(dir)
  return {
    keys,
    pinned: existsSync(file) ? await openConsortium(await readFile(file, 'utf8')) : undefined,
    /** The roots it signed before, if any: only the last ones count. */
    signed: await folder.read<Roots>(SIGNED),
    keepSigned: (document: Roots) => folder.write(SIGNED, document),
  }
}

/** Pins what was signed, once the node hands it out with everybody's signatures; does nothing for a device that has its roots. */
export async function pinSigned(dir: string, reach?: Reach): Promise<void> {
  if (existsSync(consortiumFile(dir))) return
  const folder = await openFolder(dir, 'desk')
  const signed = await folder.read<Roots>(SIGNED)
  if (!signed) throw new AppError<CliCode>('desk-unfounded')
  const at = reach ?? reachOf(folder)
  const [before, current] = [checkWith(roots, signed), await fetchConsortium(at)]
  // Hospitals that joined since: what they signed follows what this device signed (D39), or it is not believed.
  const file = (await newerFilesOf(at, before)).at(-1) ?? current
  const said = await openConsortium(JSON.stringify(file))
  if (file === current && JSON.stringify(said) !== JSON.stringify(before)) throw new AppError<CliCode>('roots-other')
  // Of several hospitals' journals, the one that its own node keeps.
  await keepOrigin(dir, await originAt(at, said))
  await writeWhole(consortiumFile(dir), `${JSON.stringify(file, null, 2)}\n`)
}
