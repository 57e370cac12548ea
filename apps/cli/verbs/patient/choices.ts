/** Choices in advance: which research may use the record, and whose requests are refused beforehand. */
import type { ResearchPurpose } from '@salus/grants/choices/contract'
import { block, choicesInForce, chooseResearch, unblock } from '@salus/records/device/choices'
import { createParties } from '@salus/records/device/fhir'
import type { PatientDevice } from '@salus/records/device/patient'
import { researchWords } from '@salus/ui/vocabulary'
import { researchChoices } from '../../choices.ts'
import { misuse } from '../../errors.ts'
import { handleFrom, list, option, type Screen, type Verb } from '../../verb.ts'
import { names } from '../../words.ts'
import { device, synced } from './shared.ts'

/** `none` stands alone: beside a purpose it would say two things. */
function researchFrom(typed: readonly string[]): ResearchPurpose[] {
  if (typed.includes('none') && typed.length > 1) {
    throw misuse({ en: '“none” stands alone.', fr: '« none » s’emploie seul.' })
  }
  return typed.filter((one) => one !== 'none') as ResearchPurpose[]
}

async function say(patient: PatientDevice, { language, say: line }: Screen) {
  const fr = language === 'fr'
  const { research, blocked } = choicesInForce(patient)
  const what = names(research, researchWords, language)
  if (research.length === 0) line(fr ? 'Recherche : rien n’est autorisé.' : 'Research: nothing is allowed.')
  else line(fr ? `Recherche autorisée : ${what}` : `Research allowed: ${what}`)
  const parties = createParties(patient)
  for (const one of blocked) {
    const { name = '?' } = await parties(one)
    line(fr ? `${one}  ${name} : ses demandes sont refusées` : `${one}  ${name}: requests are refused`)
  }
  if (blocked.length === 0) line(fr ? 'Personne n’est bloqué.' : 'Nobody is blocked.')
  return { research, blocked }
}

export const choices: Verb = {
  name: 'patient choices',
  options: [
    device,
    {
      ...{ name: 'research', value: 'WORD,…', choices: researchChoices },
      words: { en: 'all research that may use the record; none', fr: 'toute recherche autorisée ; none pour aucune' },
    },
    {
      ...{ name: 'block', value: 'HANDLE' },
      words: { en: 'take no more requests from this person', fr: 'ne plus recevoir de demandes de cette personne' },
    },
    {
      ...{ name: 'unblock', value: 'HANDLE' },
      words: { en: 'take requests from this person again', fr: 'recevoir de nouveau ses demandes' },
    },
  ],
  words: {
    en: 'choices in advance: research, and people whose requests are refused; without an option, shows them',
    fr: 'choix à l’avance : recherche, et personnes dont les demandes sont refusées ; sans option, les montre',
  },
  more: {
    en: 'A block ends no permission that stands, and stops no emergency: patient revoke and patient emergency do.',
    fr: 'Un blocage ne met fin à aucune autorisation ni urgence : patient revoke et patient emergency le font.',
  },
  async run(args, screen) {
    const [blocking, unblocking] = [option(args, 'block'), option(args, 'unblock')]
    const wanted = option(args, 'research') === undefined ? undefined : researchFrom(list(args, 'research'))
    const patient = await synced(args)
    if (wanted) await chooseResearch(patient, wanted)
    if (blocking !== undefined) await block(patient, handleFrom(blocking))
    if (unblocking !== undefined) await unblock(patient, handleFrom(unblocking))
    return say(patient, screen)
  },
}
