/**
 * `salus desk consent`: a patient without a phone answers at the desk. The card and the PIN open the keychain in this
 * process's memory for one errand; nothing of it is written, and the desk learns what the screen shows.
 */
import { isCategory } from '@salus/base/categories'
import { AppError } from '@salus/base/errors'
import { cardFrom, pinFrom } from '@salus/directory/device/card'
import { signerOf } from '@salus/directory/device/patient'
import { findKeychain, visit } from '@salus/directory/device/restore'
import { emptyBook } from '@salus/records/device/own'
import { approve, type PatientDevice, sync, turnDown } from '@salus/records/device/patient'
import { categoryChoices, refusalChoices } from '../../choices.ts'
import { openDevice, plainLink, sessionLink } from '../../device.ts'
import { type Arguments, list, option, required, type Screen, type Verb } from '../../verb.ts'
import { waitingRequests } from '../patient/requests.ts'
import { device } from './shared.ts'

async function answer(patient: PatientDevice, args: Arguments, screen: Screen): Promise<Record<string, unknown>> {
  const fr = screen.language === 'fr'
  const [yes, no] = [option(args, 'approve'), option(args, 'refuse')]
  if (yes !== undefined) {
    const only = list(args, 'only').filter(isCategory)
    const { grant, categories } = await approve(patient, yes, only.length > 0 ? { only } : {})
    screen.say(fr ? `Accordé : ${grant}` : `Given: ${grant}`)
    return { grant, categories }
  }
  if (no !== undefined) {
    await turnDown(patient, no, option(args, 'reason') ?? 'no-reason')
    screen.say(fr ? 'Refusé.' : 'Refused.')
    return { refused: no }
  }
  await sync(patient)
  return { requests: await waitingRequests(patient, screen) }
}

export const consent: Verb = {
  name: 'desk consent',
  options: [
    device,
    { name: 'approve', value: 'ID', words: { en: 'the request to approve', fr: 'la demande à accorder' } },
    {
      ...{ name: 'only', value: 'CATEGORY,…', choices: categoryChoices },
      words: { en: 'only these categories', fr: 'seulement ces catégories' },
    },
    { name: 'refuse', value: 'ID', words: { en: 'the request to refuse', fr: 'la demande à refuser' } },
    {
      ...{ name: 'reason', value: 'WORD', choices: refusalChoices },
      words: { en: 'why it is refused', fr: 'motif du refus' },
    },
  ],
  words: {
    en: 'a patient answers at the desk with card and PIN, for one act; without an answer, shows what waits',
    fr: 'un patient répond au guichet avec carte et code PIN, pour un seul acte ; sans réponse, montre ce qui attend',
  },
  async run(args, screen) {
    if (option(args, 'approve') !== undefined && option(args, 'refuse') !== undefined) throw new AppError('misuse')
    const folder = await openDevice(required(args, 'device'), 'desk')
    const fr = screen.language === 'fr'
    const card = cardFrom(await screen.ask(fr ? 'Carte du patient :' : 'The patient’s card:', 'hidden'))
    const pin = pinFrom(
      await screen.ask(fr ? 'Code PIN, saisi par le patient :' : 'PIN, typed by the patient:', 'hidden'),
    )
    const link = plainLink(folder)
    const { keys, leave } = await visit(link, await findKeychain(link, { way: 'card', card, pin }))
    const own = await sessionLink(folder, await signerOf(keys.device), keys.handle)
    try {
      return await answer({ link: own, keys, book: emptyBook(), save: async () => {} }, args, screen)
    } finally {
      await leave(own)
    }
  },
}
