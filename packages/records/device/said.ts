/** What the own chain tells of choices made in advance and of questions: the sets, the questions with their answers. */
import { AppError } from '@salus/base/errors'
import { checkWith } from '@salus/base/schema'
import { type Choices, choicesMade } from '@salus/grants/choices/contract'
import { decideChoices } from '@salus/grants/choices/rules'
import { nextPolicy } from '@salus/grants/rules'
import type { ChainEntry, JournalCode } from '@salus/journal/contract'
import type { Statement } from '@salus/journal/statement'
import { type AccessQuestioned, type Answer, accessQuestioned, questionAnswered } from '../questions/contract.ts'

/** The choices in force; seconds when they were made. */
export type OwnChoices = Choices & { at: number }

/** A question of one's own, with what was answered. */
export type OwnQuestion = Pick<AccessQuestioned, 'entry' | 'org' | 'reason'> & {
  id: string
  at: number
  /** `words`: digest of the packet with the answer's text. */
  answer?: { found: Answer; at: number; words?: string }
}

/** The part of the own book that tells of them. */
export type SaidBook = {
  policy: number
  /** Absent until the patient chose. */
  choices?: OwnChoices
  /** By the id of the question's statement. */
  questions?: Record<string, OwnQuestion>
}

type SaidFold = (book: SaidBook, statement: Statement, entry: ChainEntry) => Record<never, never>

const broken = () => new AppError<JournalCode>('chain-broken')

export const saidFolds: Readonly<Record<string, SaidFold>> = {
  ChoicesMade(book, { body, sub = '' }, { at }) {
    const { research, blocked, policy } = checkWith(choicesMade, body)
    decideChoices({ research, blocked }, sub)
    nextPolicy(book.policy, policy)
    book.choices = { research, blocked, at }
    book.policy = policy
    return {}
  },
  AccessQuestioned(book, { id, body }, { at, number }) {
    const { entry, org, reason } = checkWith(accessQuestioned, body)
    const again = Object.values(book.questions ?? {}).some((one) => one.entry === entry)
    if (book.questions?.[id] || again || entry >= number) throw broken()
    book.questions = { ...book.questions, [id]: { id, entry, org, reason, at } }
    return {}
  },
  QuestionAnswered(book, { iss, body }, { at }) {
    const { question, found, packets } = checkWith(questionAnswered, body)
    const asked = book.questions?.[question]
    if (!asked || asked.org !== iss || asked.answer) throw broken()
    asked.answer = { found, at, ...(packets[0] === undefined ? {} : { words: packets[0] }) }
    return {}
  },
}

/** The question about an entry of the own chain, if there is one. */
export const questionAbout = ({ questions = {} }: SaidBook, entry: number): OwnQuestion | undefined =>
  Object.values(questions).find((one) => one.entry === entry)
