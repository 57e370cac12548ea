/** Breaking the glass, and signing second. */
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { type GlassReason, MAX_GLASS } from '@salus/grants/emergency/contract'
import { breakGlass, findGlass, second } from '@salus/grants/emergency/device'
import { submit } from '@salus/journal/device'
import { findKeepers } from '@salus/records/device/keepers'
import { glassWords } from '@salus/ui/vocabulary'
import { glassChoices } from '../../choices.ts'
import type { OpenProfessional } from '../../people.ts'
import { handleFrom, option, required, type Screen, untilSeconds, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, opened, patientOption } from '../pro/shared.ts'

/** The words that go to the review, sealed to the desk's key that the keeper's credential names. */
async function sealedText(pro: OpenProfessional, reason: GlassReason, screen: Screen) {
  const [keeper] = await findKeepers(pro, [pro.keys.org])
  const review = keeper?.keeper.find((one) => one.review !== undefined)?.review
  if (review === undefined) return undefined
  const must = reason === 'other'
  const question = {
    en: `Why, in a sentence, for the review only${must ? '' : ' (may stay empty)'}:`,
    fr: `Pourquoi, en une phrase, pour l’examen seulement${must ? '' : ' (peut rester vide)'} :`,
  }
  const text = await screen.ask(question[screen.language])
  return text === '' ? undefined : { text: text.slice(0, 2_000), review }
}

export const breakGlassVerb: Verb = {
  name: 'pro break-glass',
  options: [
    device,
    patientOption,
    {
      ...{ name: 'reason', value: 'WORD', required: true, choices: glassChoices },
      words: { en: 'why', fr: 'pourquoi' },
    },
    {
      ...{ name: 'until', value: '2h', span: true },
      words: { en: 'for how long (2h, the longest)', fr: 'pour combien de temps (2h, au plus)' },
    },
  ],
  words: {
    en: 'an emergency: open what the patient chose for it; a colleague signs second. Text for the review is asked for',
    fr: 'une urgence : ouvrir ce que le patient a choisi pour ce cas ; un collègue contresigne. Un texte pour l’examen est demandé',
  },
  async run(args, screen) {
    const pro = await opened(args, screen)
    const reason = required(args, 'reason') as GlassReason
    const patient = handleFrom(required(args, 'patient'))
    const now = Math.floor(Date.now() / 1000)
    // A minute less than the longest: the node's clock may be a little behind this one.
    const until = untilSeconds(option(args, 'until') ?? '', now) ?? now + MAX_GLASS - 60
    const text = await sealedText(pro, reason, screen)
    const { keyring } = await findKeyring(pro.link, pro.keys.handle)
    const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device), keyring }
    const { id, item } = await breakGlass(pro.link, asker, { patient, reason, until, ...(text ? { text } : {}) })
    const sent = (await pro.device.read<Record<string, string>>('requests')) ?? {}
    await pro.device.write('requests', { ...sent, [id]: patient })
    const [receipt] = await submit(pro.link.call, pro.link.logs, [item])
    screen.say(
      screen.language === 'fr'
        ? `Urgence ${id} : un collègue tape maintenant salus pro second ${id}, puis vous : salus pro read ${id}`
        : `Emergency ${id}: a colleague now types salus pro second ${id}, then you: salus pro read ${id}`,
    )
    return { emergency: id, statement: item.statement, receipt, signer: await pro.link.call(directoryEndpoints.me) }
  },
}

/** What one is about to put one's name under. */
export async function sayGlass(
  link: OpenProfessional['link'],
  glass: Awaited<ReturnType<typeof findGlass>>,
  { language, say }: Screen,
): Promise<void> {
  const { keyring, credentials } = await findKeyring(link, glass.asker)
  const name = credentials[0]?.name ?? keyring.name ?? glass.asker
  say(`${glass.glass}  ${name}: ${glassWords[glass.reason]?.[language]} · ${day(glass.until, language)}`)
}

export const secondVerb: Verb = {
  name: 'pro second',
  positionals: 'ID',
  least: 1,
  options: [device],
  words: {
    en: 'sign a colleague’s emergency second: one has looked, and agrees',
    fr: 'contresigner l’urgence d’un collègue : on a vérifié, et on est d’accord',
  },
  async run(args, screen) {
    const pro = await opened(args, screen)
    const glass = await findGlass(pro.link, args.positionals[0] ?? '')
    await sayGlass(pro.link, glass, screen)
    const by = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
    const item = await second(pro.link, by, glass)
    const [receipt] = await submit(pro.link.call, pro.link.logs, [item])
    screen.say(screen.language === 'fr' ? 'Contresigné.' : 'Signed second.')
    return { emergency: glass.glass, receipt }
  },
}
