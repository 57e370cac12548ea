/** Mistakes: authors take a document back, patients say that one is wrong, authors see what is disputed. */

import type { Link } from '@salus/directory/device/link'
import { signerOf } from '@salus/directory/device/patient'
import { disputeReasons, withdrawalReasons } from '@salus/records/contract'
import type { Author } from '@salus/records/device/author'
import { dispute, withdraw } from '@salus/records/device/mend'
import { recordEndpoints } from '@salus/records/endpoints'
import { categoryWords, mistakeWords } from '@salus/ui/vocabulary'
import {
  type Arguments,
  type Choices,
  handleFrom,
  type Option,
  option,
  required,
  type Screen,
  type Verb,
} from '../verb.ts'
import { day } from '../words.ts'
import { device as deskDevice, withDesk } from './desk/shared.ts'
import { forOption, device as patientDevice, whose } from './patient/shared.ts'
import { opened, patientOption, device as proDevice } from './pro/shared.ts'

const reasonsOf = (list: readonly string[]): Choices => ({
  what: { en: 'a reason', fr: 'une raison' },
  title: { en: 'Reasons:', fr: 'Raisons :' },
  words: Object.fromEntries(list.map((one) => [one, mistakeWords[one] ?? { en: one, fr: one }])),
})
const reasonOption = (list: readonly string[]): Option => ({
  ...{ name: 'reason', value: 'WORD', required: true, choices: reasonsOf(list) },
  words: { en: 'why', fr: 'pourquoi' },
})
type At = { link: Link; author: Author }

async function takeBack({ link, author }: At, args: Arguments, screen: Screen) {
  const what = { record: args.positionals[0] ?? '', reason: required(args, 'reason') as never }
  const receipt = await withdraw(link, author, { ...what, patient: handleFrom(required(args, 'patient')) })
  screen.say(
    screen.language === 'fr'
      ? 'Retiré : le contenu est détruit, l’avis reste dans le dossier.'
      : 'Taken back: the content is destroyed, the notice stays in the record.',
  )
  return { record: what.record, receipt }
}

async function list({ link }: At, screen: Screen) {
  const { disputes } = await link.call(recordEndpoints.disputes)
  const { language } = screen
  for (const one of disputes) {
    const words = `${categoryWords[one.category]?.[language]}  ${mistakeWords[one.reason]?.[language]}`
    screen.say(`${one.record}  ${day(one.at, language)}  ${words}`)
  }
  if (disputes.length === 0) screen.say(language === 'fr' ? 'Rien n’est contesté.' : 'Nothing is disputed.')
  return { disputes }
}

const asPro = async (args: Arguments, screen: Screen): Promise<At> => {
  const { link, keys } = await opened(args, screen)
  return { link, author: { iss: keys.handle, signer: await signerOf(keys.device) } }
}
const asDesk = <T>(args: Arguments, work: (at: At) => Promise<T>): Promise<T> =>
  withDesk(args, ({ link, desk }) => work({ link, author: { iss: desk.org, signer: desk.signer } }))

const withdrawWords = {
  en: 'take back a document that was filed by mistake',
  fr: 'retirer un document déposé par erreur',
}
const disputesWords = {
  en: 'what patients say is wrong, and nobody has answered yet',
  fr: 'ce que les patients contestent et qui attend une réponse',
}
const withdrawing = { positionals: 'RECORD', least: 1 } as const

export const mistakeVerbs: readonly Verb[] = [
  {
    ...{ name: 'pro withdraw', ...withdrawing, words: withdrawWords },
    options: [proDevice, patientOption, reasonOption(withdrawalReasons)],
    run: async (args, screen) => takeBack(await asPro(args, screen), args, screen),
  },
  {
    ...{ name: 'desk withdraw', ...withdrawing, words: withdrawWords },
    options: [deskDevice, patientOption, reasonOption(withdrawalReasons)],
    run: (args, screen) => asDesk(args, (at) => takeBack(at, args, screen)),
  },
  {
    ...{ name: 'pro disputes', words: disputesWords, options: [proDevice] },
    run: async (args, screen) => list(await asPro(args, screen), screen),
  },
  {
    ...{ name: 'desk disputes', words: disputesWords, options: [deskDevice] },
    run: (args, screen) => asDesk(args, (at) => list(at, screen)),
  },
  {
    ...{ name: 'patient dispute', ...withdrawing, options: [patientDevice, forOption, reasonOption(disputeReasons)] },
    words: {
      en: 'say that a document is wrong; its author is told',
      fr: 'dire qu’un document est faux ; son auteur est prévenu',
    },
    async run(args, screen) {
      const patient = await whose(args)
      const record = args.positionals[0] ?? ''
      const receipt = await dispute(patient, record, option(args, 'reason') as never)
      screen.say(screen.language === 'fr' ? 'Signalé à l’auteur.' : 'The author is told.')
      return { record, receipt }
    },
  },
]
