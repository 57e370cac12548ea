/** `salus roots update`: what a device trusts is replaced by its valid successor, version by version, and by nothing else (D39). */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text, utf8 } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { followRoots, openConsortium, type Roots } from '@salus/directory/consortium'
import { fingerprint } from '@salus/directory/keyring'
import { replaceRoots } from '@salus/node-app/succeeded'
import type { Both } from '@salus/ui/language'
import { holdDevice, isDevice, newerFiles } from '../device.ts'
import { type CliCode, misuse } from '../errors.ts'
import { readInput } from '../files.ts'
import { foundedFolder } from '../host.ts'
import { type Arguments, option, type Screen, type Verb } from '../verb.ts'

/** What is said of a file by its own code; anything else that is wrong with it makes it no consortium's file at all. */
const said = new Set([
  ...['roots-chain', 'roots-older', 'roots-skipped', 'roots-minority', 'roots-without-node', 'roots-narrower'],
  ...['node-running', 'marker-damaged', 'roots-damaged'],
])

const wrong = (cause: unknown) =>
  isAppError(cause) && !said.has(cause.code) ? new AppError<CliCode>('roots-wrong', {}, { cause }) : cause

const oneOnly: Both = {
  en: 'Give one of --device, --roots and --node.',
  fr: 'Donnez --device, --roots ou --node : un seul.',
}

/** Nothing was given, and a device's node has nothing newer. */
function upToDate(args: Arguments, { language, say }: Screen) {
  if (option(args, 'device') === undefined)
    throw misuse({ en: 'Give the file that comes next.', fr: 'Donnez le fichier qui suit.' })
  say(language === 'fr' ? 'Rien de nouveau : cet appareil est à jour.' : 'Nothing new: this device is up to date.')
  return { changed: false }
}

/** The pinned file that is meant; of a device, nobody else works on its folder until this command ends. */
function pinnedFile(args: Arguments): string {
  const [dir, copy] = [option(args, 'device'), option(args, 'roots')]
  if ((dir === undefined) === (copy === undefined)) throw misuse(oneOnly)
  if (dir !== undefined) {
    if (!isDevice(dir)) throw new AppError('device-missing')
    holdDevice(dir)
  }
  const path = copy ?? join(dir ?? '', 'consortium.json')
  if (!existsSync(path)) throw new AppError('roots-missing')
  if (existsSync(join(dirname(path), 'node.json')))
    throw misuse({
      en: 'This is a node’s own file: stop the node and use --node.',
      fr: 'C’est le fichier d’un nœud : arrêtez-le et employez --node.',
    })
  return path
}

/** Who came, who left, whose key is another one. */
export function changes(before: Roots, after: Roots) {
  const was = new Map(before.organisations.map((one) => [one.org, one]))
  const is = new Set(after.organisations.map((one) => one.org))
  return {
    joined: after.organisations.filter((one) => !was.has(one.org)),
    left: before.organisations.filter((one) => !is.has(one.org)),
    rekeyed: after.organisations.filter((one) => was.has(one.org) && was.get(one.org)?.key !== one.key),
  }
}

/** What was trusted and what is now, for people to compare by telephone if they wish. */
export function tell(before: Roots, after: Roots, { language, say }: Screen): void {
  const fr = language === 'fr'
  const { joined, left, rekeyed } = changes(before, after)
  say(`✓ ${fr ? 'racines :' : 'roots:'} ${after.chain}, version ${before.version} → ${after.version}`)
  for (const { org, name, key } of joined) say(`${fr ? 'rejoint :' : 'joined:'} ${org}  ${name}  ${fingerprint(key)}`)
  const end = (until?: number) =>
    until === undefined ? '' : `  ${new Date(until * 1_000).toISOString().slice(0, 19)}Z`
  const gone = (org: string) => end(after.former?.find((one) => one.org === org)?.until)
  for (const { org, name } of left) say(`${fr ? 'parti :' : 'left:'} ${org}  ${name}${gone(org)}`)
  for (const { org, name, key, past } of rekeyed)
    say(`${fr ? 'nouvelle clé :' : 'new key:'} ${org}  ${name}  ${fingerprint(key)}${end(past?.at(-1)?.until)}`)
  const known = new Set(before.journals.map((one) => one.vkey))
  for (const { origin, operator, vkey } of after.journals.filter((one) => !known.has(one.vkey)))
    say(`${fr ? 'nouveau journal :' : 'new log:'} ${origin}  ${operator}\n  ${vkey}`)
  if (before.policy !== after.policy) say(fr ? 'Les témoins ont changé.' : 'The witnesses have changed.')
}

/** A device or a copy: the file is replaced by the last of `files`. */
async function replaceCopy(path: string, files: readonly Uint8Array[]) {
  const before = await openConsortium(await readInput(path))
  const after = await followRoots(before, files)
  await writeWhole(path, text(files.at(-1) ?? new Uint8Array()))
  return { before, after }
}

/** Which files are meant: named, or asked of the device's node. */
async function filesFor(args: Arguments): Promise<Uint8Array[]> {
  const dir = option(args, 'device')
  if (args.positionals.length === 0 && dir !== undefined && isDevice(dir))
    return (await newerFiles(dir)).map((one) => utf8(`${JSON.stringify(one, null, 2)}\n`))
  const files: Uint8Array[] = []
  for (const one of args.positionals) files.push(await readInput(one))
  return files
}

const update: Verb = {
  name: 'roots update',
  positionals: '[FILE…]',
  options: [
    { name: 'device', value: 'DIR', words: { en: 'folder of the device', fr: 'dossier de l’appareil' } },
    {
      ...{ name: 'roots', value: 'FILE' },
      words: {
        en: 'a copy to renew instead of a device’s',
        fr: 'une copie à renouveler, au lieu de celle d’un appareil',
      },
    },
    {
      name: 'node',
      words: {
        en: 'the node of this folder (SALUS_DATA), stopped',
        fr: 'le nœud de ce dossier (SALUS_DATA), arrêté',
      },
    },
  ],
  words: {
    en: 'trust the consortium’s next file, if most of those trusted so far signed it',
    fr: 'faire foi au fichier suivant du consortium, si la majorité des organisations reconnues l’a signé',
  },
  more: {
    en: `Give every version since the one that is trusted, in order; a device asks its node where none is given. All of them hold,
or nothing changes.`,
    fr: `Donnez toutes les versions depuis celle qui fait foi, dans l’ordre ; sans fichier, un appareil les demande à son nœud.
Toutes sont valables, ou rien ne change.`,
  },
  async run(args, screen) {
    const node = args.options.node === true
    if (node && (option(args, 'device') ?? option(args, 'roots')) !== undefined) throw misuse(oneOnly)
    const path = node ? undefined : pinnedFile(args)
    const files = await filesFor(args)
    if (files.length === 0) return upToDate(args, screen)
    try {
      const replaced = path === undefined ? replaceRoots(foundedFolder(), files) : replaceCopy(path, files)
      const { before, after } = await replaced
      tell(before, after, screen)
      const { joined, left, rekeyed } = changes(before, after)
      const names = (all: readonly { org: string }[]) => all.map(({ org }) => org)
      const changed = { joined: names(joined), left: names(left), rekeyed: names(rekeyed) }
      return { chain: after.chain, from: before.version, version: after.version, ...changed }
    } catch (cause) {
      throw wrong(cause)
    }
  },
}

export const rootsVerbs: readonly Verb[] = [update]
