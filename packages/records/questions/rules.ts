/** The rules of questions. Pure. */
import { AppError } from '@salus/base/errors'
import type { AccessQuestioned, QuestionCode } from './contract.ts'

const fail = (code: QuestionCode) => new AppError<QuestionCode>(code)

/** What the node knows of the entry that is asked about. */
export type Asked = { readonly org: string; readonly statement: string }

/** R36 The very statement at that entry, to the organisation whose member made it; once. */
export function decideQuestion(act: Asked | undefined, body: AccessQuestioned, before: unknown): void {
  if (act?.statement !== body.statement || act.org !== body.org) throw fail('question-wrong')
  if (before !== undefined) throw fail('question-asked')
}

/** R37 By the desk that was asked, about this patient's question, once. */
export function decideAnswer(
  question: { readonly patient: string; readonly org: string; readonly found: string | null } | undefined,
  patient: string,
  org: string,
): void {
  if (question?.patient !== patient || question.org !== org) throw fail('question-unknown')
  if (question.found !== null) throw fail('question-answered')
}
