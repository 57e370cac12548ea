/** What the law has an organisation keep: holding, letting go, looking at what erasures left. */
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import type { StatementId } from '@salus/base/ids'
import { parseExact } from '@salus/fhir/exact'
import { holdReasons } from '@salus/records/contract'
import { hold, openKept, release } from '@salus/records/device/hold'
import { recordEndpoints } from '@salus/records/endpoints'
import { holdWords } from '@salus/ui/vocabulary'
import { misuse } from '../../errors.ts'
import { checkWritable, writeOutput } from '../../files.ts'
import type { OpenDesk } from '../../people.ts'
import { handleFrom, list, type Option, option, required, type Screen, untilSeconds, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, withDesk } from './shared.ts'

const words = (screen: Screen, en: string, fr: string): string => (screen.language === 'fr' ? fr : en)
const author = ({ desk }: OpenDesk) => ({ iss: desk.org, signer: desk.signer })
const patient: Option = {
  ...{ name: 'patient', value: 'HANDLE', required: true },
  words: { en: 'whose record', fr: 'le dossier de qui' },
}

const holding: Verb = {
  name: 'desk hold',
  options: [
    device,
    patient,
    {
      ...{ name: 'reason', value: 'WORD', required: true },
      choices: {
        what: { en: 'a reason', fr: 'une raison' },
        title: { en: 'Reasons:', fr: 'Raisons :' },
        words: Object.fromEntries(holdReasons.map((one) => [one, holdWords[one] ?? { en: one, fr: one }])),
      },
      words: { en: 'the law that asks for it', fr: 'la loi qui le demande' },
    },
    { ...{ name: 'until', value: 'DATE', required: true }, words: { en: 'until when', fr: 'jusqu’à quand' } },
    {
      ...{ name: 'records', value: 'ID,…' },
      words: { en: 'these only (all one wrote)', fr: 'ceux-ci seulement (tout ce qu’on a écrit)' },
    },
  ],
  words: {
    en: 'keep what one’s organisation wrote, even if the patient erases',
    fr: 'conserver ce que l’organisme a écrit, même si le patient efface',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const until = untilSeconds(required(args, 'until'), Math.floor(systemClock() / 1000))
      if (until === undefined) throw misuse({ en: 'The date is not one to come.', fr: 'La date n’est pas à venir.' })
      const key = at.keys.register.publicKey
      const reason = required(args, 'reason') as never
      const what = {
        patient: handleFrom(required(args, 'patient')),
        records: list(args, 'records'),
        reason,
        until,
        key,
      }
      const { id, receipt } = await hold(at.link, author(at), what)
      screen.say(words(screen, `Held: ${id}. The patient sees it.`, `Conservé : ${id}. Le patient le voit.`))
      return { hold: id, receipt }
    }),
}

const releasing: Verb = {
  name: 'desk release',
  positionals: 'HOLD',
  least: 1,
  options: [device, patient],
  words: { en: 'end a hold before its date', fr: 'lever une conservation avant sa date' },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const id = (args.positionals[0] ?? '') as StatementId
      const receipt = await release(at.link, author(at), handleFrom(required(args, 'patient')), id)
      screen.say(words(screen, 'No longer held.', 'Conservation levée.'))
      return { hold: id, receipt }
    }),
}

const kept: Verb = {
  name: 'desk kept',
  positionals: '[ID]',
  least: 0,
  options: [device, { name: 'out', value: 'FILE', words: { en: 'where to, for one', fr: 'vers où, pour un' } }],
  words: {
    en: 'what erasures left because the law has it kept; with an ID: open it',
    fr: 'ce que des effacements ont laissé par obligation ; avec un ID : l’ouvrir',
  },
  run: (args, screen) =>
    withDesk(args, async (at) => {
      const { kept: all } = await at.link.call(recordEndpoints.holds)
      const [id] = args.positionals
      if (id === undefined) {
        for (const one of all) {
          const until = day(one.until, screen.language)
          screen.say(
            `${one.id}  ${words(screen, 'until', 'jusqu’au')} ${until}  ${holdWords[one.reason]?.[screen.language]}`,
          )
        }
        if (all.length === 0) screen.say(words(screen, 'Nothing is kept.', 'Rien n’est conservé.'))
        return { kept: all }
      }
      if (!all.some((one) => one.id === id)) throw new AppError('hold-unknown')
      const out = option(args, 'out') ?? 'kept.json'
      await checkWritable(out)
      const records = []
      for await (const one of openKept(at.link, author(at), id, at.keys.register.privateKey)) {
        const { fhir, ...rest } = one
        records.push({ ...rest, resource: fhir === undefined ? null : parseExact(fhir) })
        screen.progress(`${records.length}`)
      }
      await writeOutput(out, `${JSON.stringify({ id, records })}\n`)
      screen.say(
        words(screen, `${records.length} versions written to ${out}`, `${records.length} versions écrites dans ${out}`),
      )
      return { id, file: out, records: records.length }
    }),
}

export const holdVerbs: readonly Verb[] = [holding, releasing, kept]
