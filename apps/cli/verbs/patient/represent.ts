/** Who acts for whom: naming a representative, looking at them, ending it; and whom one acts for oneself. */
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { ownKeyring } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { linkHandles } from '@salus/records/device/identity'
import { appoint, dismiss, representativesNow } from '@salus/records/device/represent'
import { openPatient } from '../../people.ts'
import { handleFrom, option, required, type Screen, untilSeconds, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, synced } from './shared.ts'

const words = (screen: Screen, en: string, fr: string): string => (screen.language === 'fr' ? fr : en)

export const representatives: Verb = {
  name: 'patient representatives',
  positionals: 'list|add|remove [HANDLE]',
  least: 1,
  options: [
    device,
    {
      name: 'until',
      value: '365d',
      span: true,
      words: { en: 'for how long (365d)', fr: 'pour combien de temps (365d)' },
    },
  ],
  words: {
    en: 'who may act for this person, until when',
    fr: 'qui peut agir pour cette personne, jusqu’à quand',
  },
  more: {
    en: 'A representative answers requests, takes grants back and opens everything that is not hidden; the log names each act.',
    fr: 'Un représentant répond aux demandes, retire des accès et ouvre tout ce qui n’est pas caché ; le journal nomme chaque acte.',
  },
  async run(args, screen) {
    const [what = '', who] = args.positionals
    if (!['list', 'add', 'remove'].includes(what)) throw new AppError('misuse')
    const patient = await synced(args)
    if (what !== 'list') {
      const handle = handleFrom(who ?? '')
      const until = untilSeconds(option(args, 'until') ?? '365d', Math.floor(systemClock() / 1000))
      if (until === undefined) throw new AppError('misuse')
      if (what === 'add') {
        const { keyring } = await findKeyring(patient.link, handle)
        const prints = keyring.devices.map(fingerprint).join(', ')
        screen.say(words(screen, `Device of the representative: ${prints}`, `Appareil du représentant : ${prints}`))
        await appoint(patient, handle, until)
      } else await dismiss(patient, handle)
    }
    const { link, keys } = patient
    const rows = representativesNow(await ownKeyring(link, keys.handle), systemClock)
    for (const one of rows)
      screen.say(`${one.handle}  ${words(screen, 'until', 'jusqu’au')} ${day(one.until, screen.language)}`)
    if (rows.length === 0) screen.say(words(screen, 'Nobody acts for you.', 'Personne n’agit pour vous.'))
    return { representatives: rows.map(({ handle, until }) => ({ handle, until })) }
  },
}

export const represented: Verb = {
  name: 'patient represented',
  options: [device],
  words: { en: 'whom one acts for (then: --for HANDLE)', fr: 'pour qui l’on agit (ensuite : --for IDENTIFIANT)' },
  async run(args, screen) {
    const patient = await synced(args)
    const { represented: all } = await patient.link.call(directoryEndpoints.represented)
    for (const one of all)
      screen.say(`${one.handle}  ${words(screen, 'until', 'jusqu’au')} ${day(one.until, screen.language)}`)
    if (all.length === 0) screen.say(words(screen, 'You act for nobody.', 'Vous n’agissez pour personne.'))
    return { represented: all }
  },
}

export const linkVerb: Verb = {
  name: 'patient link',
  options: [
    device,
    {
      ...{ name: 'other', value: 'DIR', required: true },
      words: {
        en: 'the same person’s device at another organisation',
        fr: 'l’appareil de la même personne dans un autre organisme',
      },
    },
  ],
  words: {
    en: 'join one’s records at two organisations; shown to nobody who is not given it by name',
    fr: 'réunir ses dossiers de deux organismes ; montré à personne sans qu’on le désigne',
  },
  async run(args, screen) {
    const [mine, other] = [await synced(args), await openPatient(required(args, 'other'))]
    const { link, records } = await linkHandles(mine, other)
    const [here, there] = records
    screen.say(
      words(
        screen,
        `Joined. Document here: ${here}, there: ${there}`,
        `Réunis. Document ici : ${here}, là-bas : ${there}`,
      ),
    )
    return { link, records }
  },
}
