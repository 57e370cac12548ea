/** The record goes to another hospital: named, copied, moved, and opened there. */
import { setTimeout as wait } from 'node:timers/promises'
import { isAppError } from '@salus/base/errors'
import { field } from '@salus/base/schema'
import { orgName } from '@salus/directory/consortium'
import { type Home, moveHome } from '@salus/records/device/move'
import { type PatientDevice, sync } from '@salus/records/device/patient'
import { misuse } from '../../errors.ts'
import { type Screen, type Verb, waitFor } from '../../verb.ts'
import { device, synced, whose } from './shared.ts'

const said = ({ language }: Screen, en: string, fr: string): string => (language === 'fr' ? fr : en)
const isCode = (error: unknown, ...codes: string[]): boolean => isAppError(error) && codes.includes(error.code)

/** How often the other hospital is asked, ms. */
const OFTEN = 2_000

/** Tries until it is there, or until the time is over: then what was in the way is said. */
async function until<T>(
  end: number,
  codes: readonly string[],
  screen: Screen,
  words: string,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isCode(error, ...codes) || Date.now() >= end) throw error
      screen.progress(words)
      await wait(OFTEN)
    }
  }
}

async function moved(patient: PatientDevice, org: string, end: number, screen: Screen): Promise<Home> {
  const words = said(screen, 'that hospital fetches a copy…', 'cet hôpital prend une copie…')
  const { home } = await until(end, ['home-no-copy'], screen, words, () => moveHome(patient, org as never))
  return home
}

export const move: Verb = {
  name: 'patient move',
  positionals: 'ORG',
  options: [
    device,
    {
      ...{ name: 'wait', value: 'MINUTES' },
      words: { en: 'how long to wait for the other hospital (5)', fr: 'durée d’attente de l’autre hôpital (5)' },
    },
  ],
  words: {
    en: 'move the record to another hospital, which keeps it from then on',
    fr: 'déplacer le dossier vers un autre hôpital, qui le tient désormais',
  },
  more: {
    en: 'The old hospital keeps a sealed copy. Permissions stay; choose again what an emergency may open.',
    fr: 'L’ancien hôpital garde une copie scellée. Les autorisations restent ; choisissez à nouveau l’accès d’urgence.',
  },
  async run(args, screen) {
    const [org] = args.positionals
    if (args.positionals.length !== 1 || !field.org.safeParse(org).success)
      throw misuse({ en: 'move takes one organisation.', fr: 'move prend une organisation.' })
    const end = Date.now() + waitFor(args, 5)
    const patient = await synced(args)
    const { roots } = patient.link
    const home = await moved(patient, org as string, end, screen)
    const words = said(screen, 'your record is on its way…', 'votre dossier est en route…')
    const coming = ['home-arriving', 'home-moved', 'node-unreachable', 'device-cut-off']
    await until(end, coming, screen, words, async () => sync(await whose(args)))
    const name = orgName(roots, home.org) ?? home.org
    screen.say(said(screen, `Your record is kept by ${name} now.`, `Votre dossier est désormais tenu par ${name}.`))
    return { org: home.org, origin: home.origin }
  },
}
