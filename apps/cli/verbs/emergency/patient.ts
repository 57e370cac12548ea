/** The patient and emergencies: what may be opened, by whom, and ending one. */

import { type Category, isCategory } from '@salus/base/categories'
import { AppError } from '@salus/base/errors'
import { orgName as nameOf } from '@salus/directory/consortium'
import { emergencyCategories } from '@salus/grants/emergency/contract'
import { chooseEmergency, endEmergency } from '@salus/records/device/emergency'
import { createParties } from '@salus/records/device/fhir'
import { type OwnGlass, openGlass } from '@salus/records/device/glass'
import { findKeepers } from '@salus/records/device/keepers'
import type { LogLine } from '@salus/records/device/own'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import type { Language } from '@salus/ui/language'
import { categoryWords, findingWords, glassWords } from '@salus/ui/vocabulary'
import { categoryChoices } from '../../choices.ts'
import { misuse } from '../../errors.ts'
import { list, type Screen, type Verb } from '../../verb.ts'
import { day, names } from '../../words.ts'
import { device, synced } from '../patient/shared.ts'

const orgName = ({ link }: PatientDevice, org: string): string => nameOf(link.roots, org) ?? org

/** What stands, in words. */
async function sayChoice(patient: PatientDevice, { language, say }: Screen) {
  const fr = language === 'fr'
  const { categories = [], keepers = [] } = patient.book.emergency ?? {}
  if (categories.length === 0) {
    say(fr ? 'En urgence, rien ne s’ouvre.' : 'In an emergency nothing opens.')
    return { categories, keepers }
  }
  const parties = createParties(patient)
  const orgs = await Promise.all(keepers.map(async ({ keeper }) => (await parties(keeper)).org?.name ?? keeper))
  const what = names(categories, categoryWords, language)
  say(fr ? `En urgence s’ouvrent : ${what}` : `In an emergency these open: ${what}`)
  say(fr ? `pour les soignants de : ${orgs.join(', ')}` : `to those who treat you at: ${orgs.join(', ')}`)
  return { categories, keepers }
}

/** Asked once, plainly, when the record was taken over; no answer is no. Where nobody keeps emergencies, nothing is asked. */
export async function askEmergency(patient: PatientDevice, screen: Screen): Promise<boolean> {
  const { org } = patient.keys
  if ((await findKeepers(patient, [org])).length === 0) return false
  const fr = screen.language === 'fr'
  const what = names(emergencyCategories, categoryWords, screen.language).toLowerCase()
  const name = orgName(patient, org)
  screen.say(
    fr
      ? `Si vous ne pouvez pas répondre en urgence, deux soignants de ${name} peuvent-ils ensemble ouvrir ceci pendant deux heures : ${what} ?`
      : `If you cannot answer in an emergency, may two people who treat you at ${name} together open this for two hours: ${what}?`,
  )
  const answer = (await screen.ask(fr ? 'oui ou non (non) :' : 'yes or no (no):')).trim().toLowerCase()
  if (!['yes', 'y', 'oui', 'o'].includes(answer)) return false
  await chooseEmergency(patient, emergencyCategories)
  await sayChoice(patient, screen)
  return true
}

const what = ['on', 'off', 'show', 'end'] as const

export const emergency: Verb = {
  name: 'patient emergency',
  positionals: 'on|off|show|end [ID]',
  least: 1,
  options: [
    device,
    {
      ...{ name: 'categories', value: 'C,…', choices: categoryChoices },
      words: {
        en: 'what may be opened (allergies,problems,medications,devices)',
        fr: 'ce qui peut s’ouvrir (allergies,problems,medications,devices)',
      },
    },
    {
      ...{ name: 'orgs', value: 'ORG,…' },
      words: { en: 'whose emergency staff (the own organisation)', fr: 'équipes de quelles organisations (la sienne)' },
    },
  ],
  words: {
    en: 'what an emergency may open while one cannot answer; end stops one that is going on',
    fr: 'ce qu’une urgence peut ouvrir quand on ne peut pas répondre ; end en arrête une en cours',
  },
  async run(args, screen) {
    const [verb = '', id = ''] = args.positionals
    const fr = screen.language === 'fr'
    if (!(what as readonly string[]).includes(verb)) {
      throw misuse({
        en: `“${verb}” is none of ${what.join(', ')}.`,
        fr: `« ${verb} » n’est pas l’un de ${what.join(', ')}.`,
      })
    }
    const patient = await synced(args)
    if (verb === 'end') {
      const receipt = await endEmergency(patient, id)
      screen.say(fr ? 'Arrêté : plus rien ne s’ouvrira.' : 'Ended: nothing more will open.')
      return { ended: id, receipt }
    }
    if (verb === 'show') {
      await sayEmergencies(patient, screen)
      return sayChoice(patient, screen)
    }
    const orgs = list(args, 'orgs')
    const wanted = list(args, 'categories').filter(isCategory)
    const categories: readonly Category[] = verb === 'off' ? [] : wanted.length > 0 ? wanted : emergencyCategories
    const { receipt } = await chooseEmergency(patient, categories, orgs.length > 0 ? orgs : [patient.keys.org])
    return { ...(await sayChoice(patient, screen)), receipt }
  },
}

/** Says who may be reading right now under an emergency, and how to stop it. */
export async function sayEmergencies(patient: PatientDevice, { language, say }: Screen): Promise<OwnGlass[]> {
  const open = openGlass(patient.book, Math.floor(Date.now() / 1000))
  const parties = createParties(patient)
  for (const one of open) {
    const { name = one.asker, org } = await parties(one.asker)
    const why = glassWords[one.reason]?.[language]
    const until = day(one.until, language)
    say(
      language === 'fr'
        ? `URGENCE ${one.id}  ${name}, ${org?.name ?? ''} : ${why} · jusqu’au ${until}${one.release ? '' : ' (pas encore ouvert)'}`
        : `EMERGENCY ${one.id}  ${name}, ${org?.name ?? ''}: ${why} · until ${until}${one.release ? '' : ' (not opened yet)'}`,
    )
    say(
      language === 'fr'
        ? `  pour l’arrêter : salus patient emergency end ${one.id}`
        : `  to stop it: salus patient emergency end ${one.id}`,
    )
  }
  return open
}

/** What stands beside the line on which an emergency began: why, and what the review found, if it has looked. */
export function reviewNote({ book }: PatientDevice, line: LogLine, language: Language): string {
  const glass = line.type === 'BreakGlass' ? book.glass?.[line.request ?? ''] : undefined
  if (!glass) return ''
  const found = glass.review && findingWords[glass.review.found]?.[language]
  const review = found ?? (language === 'fr' ? 'pas encore examinée' : 'not reviewed yet')
  return ` (${glassWords[glass.reason]?.[language]}; ${review})`.replace(';', language === 'fr' ? ' ;' : ';')
}

/** Ends the emergency that `id` names (or its release); false when it names none. */
export async function endsEmergency(patient: PatientDevice, id: string): Promise<boolean> {
  await sync(patient)
  const known = Object.values(patient.book.glass ?? {}).some((one) => one.id === id || one.release === id)
  if (!known) return false
  const ended = await endEmergency(patient, id)
  if (!ended) throw new AppError('emergency-unknown')
  return true
}
