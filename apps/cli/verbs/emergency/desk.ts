/** The officer: signing second, and the review queue. */
import { fromBase64url, text } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { openWithKey } from '@salus/crypto/packet'
import { findGlass, review, second } from '@salus/grants/emergency/device'
import { emergencyEndpoints } from '@salus/grants/emergency/endpoints'
import { submit } from '@salus/journal/device'
import { createParties } from '@salus/records/device/fhir'
import { findingWords, glassWords } from '@salus/ui/vocabulary'
import { findingChoices } from '../../choices.ts'
import type { OpenDesk } from '../../people.ts'
import { required, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, withDesk } from '../desk/shared.ts'
import { sayGlass } from './pro.ts'

const officer = ({ desk }: OpenDesk) => ({ handle: desk.org, signer: desk.signer })

export const deskSecond: Verb = {
  name: 'desk second',
  positionals: 'ID',
  least: 1,
  options: [device],
  words: {
    en: 'the officer signs an emergency of the own organisation second',
    fr: 'le responsable contresigne une urgence de l’organisation',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const glass = await findGlass(at.link, args.positionals[0] ?? '')
      await sayGlass(at.link, glass, screen)
      const [receipt] = await submit(at.link.call, at.link.logs, [await second(at.link, officer(at), glass)])
      screen.say(screen.language === 'fr' ? 'Contresigné.' : 'Signed second.')
      return { emergency: glass.glass, receipt }
    }),
}

/** The asker's words, where the desk's key opens them; null otherwise. */
async function words({ keys }: OpenDesk, glass: string, sealed: string | null): Promise<string | null> {
  if (sealed === null) return null
  try {
    const key = fromBase64url(keys.register.privateKey)
    return text(await openWithKey(key, sealed, { kind: 'emergency', glass })).trimEnd()
  } catch (error) {
    if (isAppError(error)) return null
    throw error
  }
}

export const reviews: Verb = {
  name: 'desk reviews',
  options: [device],
  words: {
    en: 'emergencies of this organisation, what was said, and what the review found',
    fr: 'les urgences de cette organisation, ce qui a été dit, et le résultat de l’examen',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const { language } = screen
      const { emergencies } = await at.link.call(emergencyEndpoints.reviews)
      const parties = createParties({ link: at.link, keys: { handle: '' } as never })
      const out = []
      for (const { statement: _, text: sealed, ...one } of emergencies) {
        const said = await words(at, one.glass, sealed)
        const [who, other] = await Promise.all([
          parties(one.asker),
          one.second === null ? undefined : parties(one.second),
        ])
        const none = { en: 'not reviewed yet', fr: 'pas encore examinée' }[language]
        const found = one.found === null ? none : findingWords[one.found]?.[language]
        screen.say(`${one.glass}  ${day(one.at, language)}  ${glassWords[one.reason]?.[language]}  [${found}]`)
        screen.say(`  ${who.name ?? one.asker} + ${other?.name ?? one.second ?? '–'}  →  ${one.patient}`)
        if (said !== null) screen.say(`  “${said}”`)
        out.push({ ...one, text: said })
      }
      if (out.length === 0) screen.say(language === 'fr' ? 'Aucune urgence.' : 'No emergency.')
      return { emergencies: out }
    }),
}

export const reviewVerb: Verb = {
  name: 'desk review',
  positionals: 'ID',
  least: 1,
  options: [
    device,
    {
      ...{ name: 'found', value: 'WORD', required: true, choices: findingChoices },
      words: { en: 'what was found', fr: 'le résultat' },
    },
  ],
  words: {
    en: 'say what the review of an emergency found; the patient sees it',
    fr: 'dire le résultat de l’examen d’une urgence ; le patient le voit',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const { glass, patient } = await findGlass(at.link, args.positionals[0] ?? '')
      const found = required(args, 'found') as 'justified' | 'unjustified'
      const item = await review(at.link, officer(at), { glass, patient, found })
      const [receipt] = await submit(at.link.call, at.link.logs, [item])
      screen.say(screen.language === 'fr' ? 'Examen inscrit.' : 'Review written down.')
      return { emergency: glass, found, receipt }
    }),
}
