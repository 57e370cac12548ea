/** The kinds of statements of questions, and the view of what others did that they are about. */
import { AppError } from '@salus/base/errors'
import type { Tx } from '@salus/base/sqlite'
import { digest } from '@salus/crypto/hash'
import { keyThumbprint } from '@salus/crypto/keys'
import type { DirectoryPort } from '@salus/directory/contract'
import { type Accepted, type AnyKind, kind, type PacketIn } from '@salus/journal/slice'
import { saveLate } from '../late.store.ts'
import { accessQuestioned, type QuestionCode, questionAnswered, questionable } from './contract.ts'
import { actAt, questionAbout, questionById, saveAct, saveAnswer, saveQuestion } from './questions.store.ts'
import { decideAnswer, decideQuestion } from './rules.ts'

const fail = (code: QuestionCode | 'not-allowed') => new AppError<QuestionCode | 'not-allowed'>(code)

/** Words are sealed for this question and no other. */
function checkWords([words]: readonly PacketIn[], question: string): void {
  if (words && (words.bind.kind !== 'question' || words.bind.question !== question)) throw fail('question-wrong')
}

const questioned: AnyKind = kind({
  type: 'AccessQuestioned',
  body: accessQuestioned,
  signers: ['patient'],
  claims: (body) => ({ packets: body.packets }),
  async decide({ views, statement, body, chain, packets }) {
    if (statement.iss !== chain) throw fail('not-allowed')
    if (await questionById(views, statement.id)) throw fail('question-wrong')
    checkWords(packets, statement.id)
    decideQuestion(await actAt(views, chain, body.entry), body, await questionAbout(views, chain, body.entry))
  },
  async project(v, { statement, body, chain, at, index, packets }) {
    const { entry, org, reason } = body
    const act = await actAt(v, chain, entry)
    const row = { id: statement.id, patient: chain, entry, org, reason, at, idx: index, act_idx: act?.idx ?? 0 }
    await saveQuestion(v, { ...row, text: packets[0]?.id ?? null })
  },
})

const answered = (directory: DirectoryPort): AnyKind =>
  kind({
    type: 'QuestionAnswered',
    body: questionAnswered,
    signers: ['desk'],
    claims: (body) => ({ packets: body.packets }),
    async decide({ views, statement, body, chain, packets }) {
      decideAnswer(await questionById(views, body.question), chain, statement.iss)
      checkWords(packets, body.question)
      const inbox = (await directory.keyring(views, chain))?.inbox
      const [words] = packets
      if (words && (inbox === undefined || words.kid !== keyThumbprint(inbox))) throw fail('question-wrong')
    },
    project: async (v, { body, at, packets }) =>
      void (await saveAnswer(v, body.question, body.found, at, packets[0]?.id ?? null)),
  })

export const questionKinds = (directory: DirectoryPort): readonly AnyKind[] => [questioned, answered(directory)]

/** R36 What somebody else did in a chain, by its number: a keyring's organisation, or the desk's own. */
const keepAct =
  (directory: DirectoryPort) =>
  async (v: Tx, { statement, chain, number, index }: Accepted<unknown>): Promise<void> => {
    // Whoever acts for the patient signs in the patient's name: that is nobody else's organisation.
    if (statement.iss === chain) return
    const author = await directory.keyring(v, statement.iss)
    if (!author) await saveLate(v, statement.iss, chain)
    const org = author?.org ?? statement.iss
    await saveAct(v, chain, number, { org, statement: digest(statement.token), idx: index })
  }

/** The view of those acts, for each kind that may be questioned. */
export const questionedActs = (directory: DirectoryPort) =>
  Object.fromEntries(questionable.map((type) => [type, keepAct(directory) as never]))
