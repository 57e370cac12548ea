/** What patients asked about accesses by this organisation's people, and the answers. */
import { answerQuestion, questionsTo } from '@salus/records/device/question'
import type { Answer, QuestionReason } from '@salus/records/questions/contract'
import { atDesk } from './open.ts'
import { namesOf } from './register.ts'

/** A question with names; `words` where the patient wrote any. */
export type Complaint = {
  readonly question: string
  readonly patient: string
  readonly name: string
  readonly who: string
  readonly type: string
  readonly aboutAt: number
  readonly reason: QuestionReason
  readonly words: string | undefined
  readonly at: number
  readonly found: Answer | undefined
}

/** Those that wait first; how many the node showed that prove nothing. */
export async function complaints(): Promise<{ all: Complaint[]; unproven: number }> {
  const at = await atDesk()
  const [{ questions, unproven }, known] = await Promise.all([
    questionsTo(at.link, at.keys.register.privateKey),
    namesOf(at),
  ])
  const all = await Promise.all(
    questions.map(async ({ question, patient, who, type, aboutAt, reason, words, at: when, found }) => ({
      ...{ question, patient, type, aboutAt, reason, words, at: when, found: found ?? undefined },
      name: known.get(patient)?.name || patient,
      who: (await at.parties(who)).name ?? who,
    })),
  )
  return { all, unproven }
}

/** Answers one; `words` go sealed to the patient. */
export async function answerComplaint(
  { question, patient }: Pick<Complaint, 'question' | 'patient'>,
  found: Answer,
  words: string,
): Promise<void> {
  const { link, desk } = await atDesk()
  await answerQuestion(link, { iss: desk.org, signer: desk.signer }, { question, patient, found, words })
}
