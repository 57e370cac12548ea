/** What the node offers of questions beside statements. */
import type { Sql, Tx } from '@salus/base/sqlite'
import { packetJwes, statementAt } from '@salus/journal/sources'
import type { QuestionView } from './endpoints.ts'
import { answersTo, type Question, questionsTo } from './questions.store.ts'

export type QuestionPorts = { readonly views: Sql; readonly sources: Sql }

/** The verbs. */
export const createQuestions = ({ views, sources }: QuestionPorts) => ({
  /** R38 What an organisation was asked; nobody else's questions. */
  list: (org: string) =>
    views.tx(async (v) => {
      const all = await questionsTo(v, org)
      return { questions: await sources.tx((s) => Promise.all(all.map((one) => viewOf(s, one)))) }
    }),
  /** R38 Answers in words to one's own questions. */
  answers: (patient: string) =>
    views.tx(async (v) => {
      const all = await answersTo(v, patient)
      const ids = all.map((one) => one.answer)
      const jwes = await sources.tx((s) => packetJwes(s, ids, 'leave out'))
      return {
        answers: all.flatMap(({ id, answer }) => {
          const packet = jwes.get(answer)
          return packet === undefined ? [] : [{ question: id as never, packet }]
        }),
      }
    }),
})

async function viewOf(s: Tx, one: Question): Promise<QuestionView> {
  const { id, patient, reason, at, text, found, answered } = one
  const about = await statementAt(s, one.act_idx)
  const words = text === null ? undefined : (await packetJwes(s, [text], 'leave out')).get(text)
  return {
    ...{ question: id, patient, reason, at, found, answered, text: words ?? null },
    ...{ statement: (await statementAt(s, one.idx))?.token ?? '', about: about?.token ?? '', aboutAt: about?.at ?? 0 },
  } as QuestionView
}
