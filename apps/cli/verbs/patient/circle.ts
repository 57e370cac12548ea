/** Who keeps a copy of the record: shown, changed; and which of them has stopped what was taken back. */

import { systemClock } from '@salus/base/clock'
import { field } from '@salus/base/schema'
import { orgName } from '@salus/directory/consortium'
import { carry, type Stop } from '@salus/directory/device/stops'
import type { Store } from '@salus/directory/stores'
import { knownStores, nameStores } from '@salus/records/device/circle'
import type { PatientDevice } from '@salus/records/device/patient'
import { openDevice, plainLink } from '../../device.ts'
import { misuse } from '../../errors.ts'
import { ERASED, type Erased } from '../../people.ts'
import { type Arguments, required, type Screen, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, synced } from './shared.ts'

type Named = Pick<PatientDevice['link'], 'roots'>
const said = ({ language }: Screen, en: string, fr: string): string => (language === 'fr' ? fr : en)
/** The name in the pinned roots, rather than one that a node says. */
const nameOf = ({ roots }: Named, org: string): string => orgName(roots, org) ?? org

/** Why it is there, and what it has. */
function storeWords({ home, part, named, given, url }: Store, screen: Screen): string {
  if (home) return said(screen, 'your hospital, keeps your record', 'votre hôpital, garde votre dossier')
  if (url === undefined)
    return said(
      screen,
      'you named it; it has no store of its own, so nothing is copied',
      'vous l’avez désigné ; il n’a pas de serveur à lui, donc rien n’est copié',
    )
  if (!part && !named)
    return said(screen, 'gets nothing more; keeps what it had', 'ne reçoit plus rien ; garde ce qu’il avait')
  const why = part
    ? said(screen, 'wrote part of your record', 'a écrit une partie de votre dossier')
    : said(screen, 'you named it', 'vous l’avez désigné')
  const has = given
    ? said(screen, 'keeps a copy', 'garde une copie')
    : said(screen, 'no copy yet', 'pas encore de copie')
  return said(screen, `${why}; ${has}`, `${why} ; ${has}`)
}

/** Says of each store whether it has stopped. */
export function sayStop({ stores, home }: Pick<Stop, 'stores' | 'home'>, link: Named, screen: Screen): void {
  for (const { orgs, at, nothing } of stores) {
    const who = orgs.map((org) => nameOf(link, org)).join(', ')
    const when = at === undefined ? '' : day(at, screen.language)
    if (at !== undefined) screen.say(said(screen, `  ${who}: acknowledged, ${when}`, `  ${who} : confirmé, ${when}`))
    else if (nothing) screen.say(said(screen, `  ${who}: keeps nothing of you`, `  ${who} : ne garde rien de vous`))
    else screen.say(said(screen, `  ${who}: not reached, will be tried again`, `  ${who} : pas joint, sera réessayé`))
  }
  if (home)
    screen.say(
      said(
        screen,
        '  Your own hospital was not reached: it is told at your next command.',
        '  Votre hôpital n’a pas été joint : il l’apprendra à votre prochaine commande.',
      ),
    )
}

/** Everything was erased here: what is left to do is to tell whoever was not reached. */
async function tellErased(args: Arguments, screen: Screen) {
  const folder = await openDevice(required(args, 'device'), 'patient')
  const mark = await folder.read<Erased>(ERASED)
  if (!mark?.done || !mark.stop) return undefined
  const link = plainLink(folder)
  const stop = { ...mark.stop, stores: await carry(link, mark.stop, true) }
  await folder.write(ERASED, { done: true, stop } satisfies Erased)
  screen.say(said(screen, `Erased on ${day(stop.at, 'en')}:`, `Effacé le ${day(stop.at, 'fr')} :`))
  sayStop(stop, link, screen)
  return { stores: [], erased: { at: stop.at, stores: stop.stores } }
}

/** The whole list after the change; whoever is not on the roots was mistyped. */
function listAfter(what: string, typed: readonly string[], named: readonly string[], link: Named): string[] {
  const known = new Set<string>(link.roots.organisations.map((one) => one.org))
  const wrong = typed.find((one) => !field.org.safeParse(one).success || !known.has(one))
  if (wrong !== undefined) {
    const all = [...known].join(', ')
    throw misuse({
      en: `“${wrong}” is no organisation of the consortium. There are: ${all}`,
      fr: `« ${wrong} » n’est pas un organisme du consortium. Il y a : ${all}`,
    })
  }
  if (what === 'set') return [...new Set(typed)]
  if (what === 'add') return [...new Set([...named, ...typed])]
  return named.filter((one) => !typed.includes(one))
}

/** Shows who keeps a copy, and what of the things taken back is still on its way. */
function sayCircle(patient: PatientDevice, stores: readonly Store[], screen: Screen) {
  for (const one of stores) {
    const [who, why] = [`${one.org}  ${nameOf(patient.link, one.org)}`, storeWords(one, screen)]
    screen.say(said(screen, `${who}: ${why}`, `${who} : ${why}`))
  }
  const stops = Object.entries(patient.book.stops ?? {}).map(([grant, { at, home, stores: told }]) => ({
    ...{ grant, at, stores: told },
    ...(home ? { home } : {}),
  }))
  for (const { grant, at, ...stop } of stops) {
    const when = day(at, screen.language)
    screen.say(said(screen, `Permission ${grant} ended, ${when}:`, `Autorisation ${grant} terminée, ${when} :`))
    sayStop(stop, patient.link, screen)
  }
  return { stores, stops, now: Math.floor(systemClock() / 1000) }
}

export const circle: Verb = {
  name: 'patient circle',
  positionals: '[set|add|remove ORG…]',
  options: [device],
  words: {
    en: 'who keeps a copy of the record, and who has stopped what was taken back',
    fr: 'qui garde une copie du dossier, et qui a arrêté ce qui a été retiré',
  },
  more: {
    en: 'Whoever wrote part of the record keeps a copy anyway. A copy is sealed: its keeper cannot read it without a permission.',
    fr: 'Qui a écrit une partie du dossier en garde une copie. Une copie est scellée : illisible sans autorisation.',
  },
  async run(args, screen) {
    const [what, ...typed] = args.positionals
    const right = what === undefined || what === 'set' || (['add', 'remove'].includes(what) && typed.length > 0)
    if (!right)
      throw misuse({
        en: 'circle alone, or circle set, add or remove with organisations.',
        fr: 'circle seul, ou circle set, add ou remove avec des organismes.',
      })
    const erased = what === undefined ? await tellErased(args, screen) : undefined
    if (erased) return erased
    const patient = await synced(args)
    const before = await knownStores(patient)
    if (what === undefined) return sayCircle(patient, before, screen)
    const named = before.filter((one) => one.named).map((one) => one.org)
    const after = await nameStores(patient, listAfter(what, typed, named, patient.link) as never)
    return sayCircle(patient, after, screen)
  },
}
