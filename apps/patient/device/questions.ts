/** "This surprises me": a question about an access, to the organisation whose member acted; and its answers in words. */
import { answersInWords, questionAccess, takesWords } from '@salus/records/device/question'
import type { QuestionReason } from '@salus/records/questions/contract'
import { change, fresh } from './open.ts'

/** Can words go along, or a closed word alone? Asked of the organisation behind `who`. */
export const takesQuestion = async (who: string): Promise<boolean> => takesWords(await fresh(), who)

/** Asks about the entry of this number; did words go along? */
export const askAbout = (number: number, reason: QuestionReason, words: string): Promise<boolean> =>
  change(async (device) => (await questionAccess(device, number, { reason, words })).sealed)

/** What was answered in words, by question. */
export const answerTexts = async (): Promise<Record<string, string>> => answersInWords(await fresh())
