/** Sharing with somebody who has no account: a summary behind a SMART Health Link. */
import { text } from '@salus/base/bytes'
import { categories, isCategory } from '@salus/base/categories'
import { endLink, listLinks, shareLink } from '@salus/records/device/links'
import { ownSummary } from '@salus/records/device/summary'
import { categoryWords, linkWords } from '@salus/ui/vocabulary'
import { categoryChoices } from '../../choices.ts'
import { openDevice } from '../../device.ts'
import { misuse } from '../../errors.ts'
import { list, option, required, type Screen, untilSeconds, type Verb } from '../../verb.ts'
import { day, names } from '../../words.ts'
import { device, synced } from './shared.ts'

const now = () => Math.floor(Date.now() / 1000)

/** A number of times that a person typed. */
function timesOf(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined
  const times = Number(typed)
  if (Number.isInteger(times) && times >= 1 && times <= 1_000) return times
  throw misuse({ en: '--opens is a number from 1 to 1000.', fr: '--opens est un nombre de 1 à 1000.' })
}

/** The passcode, typed twice: whoever mistypes it would share something nobody can open. */
async function askPasscode({ ask, language }: Screen): Promise<string> {
  const fr = language === 'fr'
  const passcode = await ask(fr ? 'Code du lien :' : 'Passcode of the link:', 'hidden')
  const again = await ask(fr ? 'Encore une fois :' : 'Once more:', 'hidden')
  if (passcode === again) return passcode
  throw misuse({ en: 'The two passcodes differ.', fr: 'Les deux codes diffèrent.' })
}

export const share: Verb = {
  name: 'patient share',
  options: [
    device,
    {
      ...{ name: 'categories', value: 'CATEGORY,…', choices: categoryChoices },
      words: { en: 'a summary of these only (all)', fr: 'un résumé de celles-ci seulement (toutes)' },
    },
    { name: 'until', value: '24h', span: true, words: { en: 'when it closes (24h)', fr: 'quand il se ferme (24h)' } },
    { name: 'pin', words: { en: 'with a passcode, asked for', fr: 'avec un code, demandé ensuite' } },
    { name: 'opens', value: 'N', words: { en: 'opens so many times at most', fr: 's’ouvre N fois au plus' } },
  ],
  words: {
    en: 'share a summary by a link, with somebody who has no account',
    fr: 'partager un résumé par un lien, avec quelqu’un qui n’a pas de compte',
  },
  async run(args, screen) {
    const opens = timesOf(option(args, 'opens'))
    const patient = await synced(args)
    const passcode = args.options.pin === true ? await askPasscode(screen) : undefined
    const named = list(args, 'categories').filter(isCategory)
    const chosen = named.length > 0 ? named : categories
    const { bytes, unreadable } = await ownSummary(patient, screen.language, chosen)
    const until = untilSeconds(option(args, 'until') ?? '24h', now()) ?? 0
    const { base } = await openDevice(required(args, 'device'), 'patient')
    const limits = { ...(passcode === undefined ? {} : { passcode }), ...(opens === undefined ? {} : { opens }) }
    const { id, link, receipt } = await shareLink(patient, {
      fhir: text(bytes),
      categories: chosen,
      base,
      until,
      ...limits,
    })
    const fr = screen.language === 'fr'
    screen.say(link)
    screen.say(
      fr
        ? `Qui a ce lien${passcode ? ' et son code' : ''} ouvre le résumé jusqu’au ${day(until, 'fr')}. Son numéro : ${id}`
        : `Whoever has this link${passcode ? ' and its passcode' : ''} opens the summary until ${day(until, 'en')}. Its number: ${id}`,
    )
    return { id, link, until, categories: chosen, passcode: passcode !== undefined, unreadable, receipt }
  },
}

export const shares: Verb = {
  name: 'patient shares',
  options: [device],
  words: { en: 'the links that were shared, and who opened them', fr: 'les liens partagés, et qui les a ouverts' },
  async run(args, screen) {
    const links = await listLinks(await synced(args))
    const { language } = screen
    const fr = language === 'fr'
    for (const one of links) {
      const state = linkWords[one.state]?.[language]
      screen.say(`${one.id}  ${state}  ${fr ? 'jusqu’au' : 'until'} ${day(one.until, language)}`)
      screen.say(`  ${names(one.categories, categoryWords, language)}`)
      if (one.wrong > 0) screen.say(`  ${fr ? 'codes faux' : 'wrong passcodes'}: ${one.wrong}/5`)
      for (const { at, recipient } of one.opened) {
        screen.say(`  ${fr ? 'ouvert le' : 'opened'} ${day(at, language)}: ${recipient}`)
      }
    }
    if (links.length === 0) screen.say(fr ? 'Aucun lien.' : 'No links.')
    else screen.say(fr ? 'Qui a ouvert : parole du nœud, non signée.' : 'Who opened: the node’s word, not signed.')
    return { links: links.map(({ link: _, ...one }) => one) }
  },
}

export const unshare: Verb = {
  name: 'patient unshare',
  positionals: 'ID',
  least: 1,
  options: [device],
  words: {
    en: 'end a link; what it opened is erased from the node',
    fr: 'arrêter un lien ; ce qu’il ouvrait est effacé',
  },
  async run(args, screen) {
    const { receipt, opened } = await endLink(await synced(args), args.positionals[0] ?? '')
    const fr = screen.language === 'fr'
    screen.say(
      fr
        ? 'Arrêté. Ce qui a été ouvert reste chez qui l’a ouvert :'
        : 'Ended. What was opened stays with whoever opened it:',
    )
    for (const { at, recipient } of opened) screen.say(`  ${day(at, screen.language)}: ${recipient}`)
    if (opened.length === 0) screen.say(fr ? '  personne' : '  nobody')
    return { id: args.positionals[0], opened, receipt }
  },
}
