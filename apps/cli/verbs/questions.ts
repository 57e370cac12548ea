/** Questions about accesses: the patient asks, the desk of whoever acted reads and answers. */
import { AppError } from '@salus/base/errors'
import { createParties } from '@salus/records/device/fhir'
import type { LogLine } from '@salus/records/device/own'
import type { PatientDevice } from '@salus/records/device/patient'
import { answerQuestion, answersInWords, questionAccess, questionsTo, takesWords } from '@salus/records/device/question'
import { questionAbout } from '@salus/records/device/said'
import { type Answer, isQuestionable, type QuestionCode, type QuestionReason } from '@salus/records/questions/contract'
import type { Language } from '@salus/ui/language'
import { answerWords, questionWords, statementWords } from '@salus/ui/vocabulary'
import { answerChoices, questionChoices } from '../choices.ts'
import { misuse } from '../errors.ts'
import { required, type Screen, type Verb } from '../verb.ts'
import { day } from '../words.ts'
import { device as deskDevice, withDesk } from './desk/shared.ts'
import { device as patientDevice, synced } from './patient/shared.ts'

const question: Verb = {
  name: 'patient question',
  positionals: 'NUMBER',
  least: 1,
  options: [
    patientDevice,
    {
      ...{ name: 'reason', value: 'WORD', required: true, choices: questionChoices },
      words: { en: 'why it surprises', fr: 'pourquoi cela surprend' },
    },
  ],
  words: {
    en: 'ask about an access: patient log shows its number. A text, sealed, is asked for',
    fr: 'poser une question sur un accès : patient log montre son numéro. Un texte, chiffré, est demandé',
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const number = Number(args.positionals[0])
    if (!Number.isInteger(number)) throw misuse({ en: 'NUMBER is a number.', fr: 'NUMBER est un nombre.' })
    const reason = required(args, 'reason') as QuestionReason
    const patient = await synced(args)
    const line = patient.book.log.find((one) => one.number === number)
    if (!line) throw new AppError<QuestionCode>('question-wrong')
    const words = (await takesWords(patient, line.who))
      ? await screen.ask(fr ? 'En quelques phrases (peut rester vide) :' : 'In a few sentences (may stay empty):')
      : ''
    const made = await questionAccess(patient, number, { reason, words })
    screen.say(fr ? `Question posée : ${made.question}` : `Asked: ${made.question}`)
    return { ...made }
  },
}

const questions: Verb = {
  name: 'desk questions',
  options: [deskDevice],
  words: {
    en: 'what patients asked about accesses by this organisation’s people',
    fr: 'les questions des patients sur les accès du personnel de l’organisation',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, keys }) => {
      const { language } = screen
      const fr = language === 'fr'
      const { questions: all, unproven } = await questionsTo(link, keys.register.privateKey)
      const parties = createParties({ link, keys: { handle: '' } as never })
      for (const one of all) {
        const state = one.found === null ? (fr ? 'sans réponse' : 'not answered') : answerWords[one.found]?.[language]
        screen.say(`${one.question}  ${day(one.at, language)}  ${questionWords[one.reason]?.[language]}  [${state}]`)
        const { name = one.who } = await parties(one.who)
        screen.say(
          `  ${one.patient}  ←  ${name}  ${statementWords[one.type]?.[language]}  ${day(one.aboutAt, language)}`,
        )
        if (one.words) screen.say(`  “${one.words}”`)
      }
      if (all.length === 0) screen.say(fr ? 'Aucune question.' : 'No question.')
      if (unproven > 0) screen.say(fr ? `Sans preuve, omises : ${unproven}` : `Left out, not proven: ${unproven}`)
      return { questions: all, unproven }
    }),
}

const answer: Verb = {
  name: 'desk answer',
  positionals: 'ID',
  least: 1,
  options: [
    deskDevice,
    {
      ...{ name: 'found', value: 'WORD', required: true, choices: answerChoices },
      words: { en: 'what was found', fr: 'le résultat' },
    },
  ],
  words: {
    en: 'answer a question about an access; a text, sealed to the patient, is asked for',
    fr: 'répondre à une question sur un accès ; un texte, chiffré pour le patient, est demandé',
  },
  run: (args, screen) =>
    withDesk(args, async ({ link, keys, desk }) => {
      const fr = screen.language === 'fr'
      const found = required(args, 'found') as Answer
      const { questions: all } = await questionsTo(link, keys.register.privateKey)
      const one = all.find((each) => each.question === args.positionals[0])
      if (!one) throw new AppError<QuestionCode>('question-unknown')
      const words = await screen.ask(
        fr ? 'Ce que le patient lira (peut rester vide) :' : 'What the patient will read (may stay empty):',
      )
      const author = { iss: desk.org, signer: desk.signer }
      const receipt = await answerQuestion(link, author, { question: one.question, patient: one.patient, found, words })
      screen.say(fr ? 'Réponse inscrite.' : 'Answer written down.')
      return { question: one.question, found, receipt }
    }),
}

/** Answers in words, opened here: nobody else can. */
export async function sayAnswers(patient: PatientDevice, { say }: Screen): Promise<Record<string, string>> {
  if (patient.keys.by !== undefined) return {}
  const answers = await answersInWords(patient)
  for (const [id, words] of Object.entries(answers)) {
    say(`#${patient.book.questions?.[id]?.entry}  “${words}”`)
  }
  return answers
}

/** The number by which an access is asked about, and what became of a question. */
export function questionNote(
  { book, keys }: PatientDevice,
  { number, type, who }: LogLine,
  language: Language,
): string {
  if (!isQuestionable(type) || who === keys.handle) return ''
  const asked = questionAbout(book, number)
  if (!asked) return `  #${number}`
  const waits = { en: 'asked about, not answered yet', fr: 'question posée, pas encore de réponse' }
  return `  #${number}  [${(asked.answer ? answerWords[asked.answer.found] : waits)?.[language]}]`
}

export const questionVerbs: readonly Verb[] = [question, questions, answer]
