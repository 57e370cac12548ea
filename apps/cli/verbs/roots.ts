/** `salus roots update`: what a device trusts is replaced by its valid successor, version by version, and by nothing else (D39). */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { writeWhole } from '@salus/base/whole'
import { followRoots, openConsortium, type Roots } from '@salus/directory/consortium'
import { fingerprint } from '@salus/directory/keyring'
import { holdDevice, isDevice } from '../device.ts'
import { type CliCode, misuse } from '../errors.ts'
import { readInput } from '../files.ts'
import { type Arguments, option, type Screen, type Verb } from '../verb.ts'

/** What a file says of itself and is refused for; anything else that is wrong with it makes it no consortium's file at all. */
const said = new Set(['roots-chain', 'roots-older', 'roots-skipped', 'roots-minority'])

const wrong = (cause: unknown) =>
  isAppError(cause) && !said.has(cause.code) ? new AppError<CliCode>('roots-wrong', {}, { cause }) : cause

/** The pinned file that is meant; of a device, nobody else works on its folder until this command ends. */
function pinnedFile(args: Arguments): string {
  const [dir, copy] = [option(args, 'device'), option(args, 'roots')]
  if ((dir === undefined) === (copy === undefined))
    throw misuse({ en: 'Give either --device or --roots.', fr: 'Donnez --device ou bien --roots.' })
  if (dir !== undefined) {
    if (!isDevice(dir)) throw new AppError('device-missing')
    holdDevice(dir)
  }
  const path = copy ?? join(dir ?? '', 'consortium.json')
  if (!existsSync(path)) throw new AppError('roots-missing')
  if (existsSync(join(dirname(path), 'node.json')))
    throw misuse({
      en: 'This is a node’s own file: the node would not start with another one.',
      fr: 'C’est le fichier d’un nœud : avec un autre, le nœud ne démarrerait pas.',
    })
  return path
}

/** Who came, who left, whose key is another one. */
function changes(before: Roots, after: Roots) {
  const was = new Map(before.organisations.map((one) => [one.org, one]))
  const is = new Set(after.organisations.map((one) => one.org))
  return {
    joined: after.organisations.filter((one) => !was.has(one.org)),
    left: before.organisations.filter((one) => !is.has(one.org)),
    rekeyed: after.organisations.filter((one) => was.has(one.org) && was.get(one.org)?.key !== one.key),
  }
}

/** What was trusted and what is now, for people to compare by telephone if they wish. */
function tell(before: Roots, after: Roots, { language, say }: Screen): void {
  const fr = language === 'fr'
  const { joined, left, rekeyed } = changes(before, after)
  say(`✓ ${fr ? 'racines :' : 'roots:'} ${after.chain}, version ${before.version} → ${after.version}`)
  for (const { org, name, key } of joined) say(`${fr ? 'rejoint :' : 'joined:'} ${org}  ${name}  ${fingerprint(key)}`)
  for (const { org, name } of left) say(`${fr ? 'parti :' : 'left:'} ${org}  ${name}`)
  for (const { org, name, key } of rekeyed)
    say(`${fr ? 'nouvelle clé :' : 'new key:'} ${org}  ${name}  ${fingerprint(key)}`)
  const known = new Set(before.journals.map((one) => one.vkey))
  for (const { origin, operator, vkey } of after.journals.filter((one) => !known.has(one.vkey)))
    say(`${fr ? 'nouveau journal :' : 'new log:'} ${origin}  ${operator}\n  ${vkey}`)
  if (before.policy !== after.policy) say(fr ? 'Les témoins ont changé.' : 'The witnesses have changed.')
}

const update: Verb = {
  name: 'roots update',
  positionals: 'FILE…',
  least: 1,
  options: [
    { name: 'device', value: 'DIR', words: { en: 'folder of the device', fr: 'dossier de l’appareil' } },
    {
      ...{ name: 'roots', value: 'FILE' },
      words: {
        en: 'a copy to renew instead of a device’s',
        fr: 'une copie à renouveler, au lieu de celle d’un appareil',
      },
    },
  ],
  words: {
    en: 'trust the consortium’s next file, if most of those trusted so far signed it',
    fr: 'faire foi au fichier suivant du consortium, si la majorité des organisations reconnues l’a signé',
  },
  more: {
    en: 'Give every version since the one that is trusted, in order. All of them hold, or nothing changes.',
    fr: 'Donnez toutes les versions depuis celle qui fait foi, dans l’ordre. Toutes sont valables, ou rien ne change.',
  },
  async run(args, screen) {
    const path = pinnedFile(args)
    const files: Uint8Array[] = []
    for (const one of args.positionals) files.push(await readInput(one))
    try {
      const before = await openConsortium(await readInput(path))
      const after = await followRoots(before, files)
      await writeWhole(path, text(files.at(-1) ?? new Uint8Array()))
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
