/** Questions about accesses: the patient asks, the desk of whoever acted reads and answers, the patient opens the answer. */

import { fromBase64url, text } from '@salus/base/bytes'
import { AppError, isAppError } from '@salus/base/errors'
import { newId, type StatementId } from '@salus/base/ids'
import { checkWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import { verifyEd25519 } from '@salus/crypto/jws'
import { keyThumbprint } from '@salus/crypto/keys'
import { openWithKey, packetHeader, sealToKey } from '@salus/crypto/packet'
import { paddedText } from '@salus/crypto/pad'
import { isOrg } from '@salus/directory/consortium'
import { type Link, sign } from '@salus/directory/device/link'
import { findKeyring, issuerKeys } from '@salus/directory/device/verify'
import { journalEndpoints, type Receipt } from '@salus/journal/contract'
import { submit } from '@salus/journal/device'
import { parseStatement } from '@salus/journal/statement'
import {
  type Answer,
  accessQuestioned,
  isQuestionable,
  MAX_WORDS,
  type QuestionCode,
  type QuestionReason,
} from '../questions/contract.ts'
import { type QuestionView, questionEndpoints } from '../questions/endpoints.ts'
import type { Author } from './author.ts'
import { nameOf } from './chain.ts'
import { findKeepers } from './keepers.ts'
import { questionAbout } from './said.ts'
import { acting, type PatientDevice, publish, sync } from './sync.ts'

const fail = (code: QuestionCode) => new AppError<QuestionCode>(code)

/** Whose member acted: the signer's checked keyring says it, or the signer is a desk. */
async function orgBehind({ link }: Pick<PatientDevice, 'link'>, who: string): Promise<string> {
  if (isOrg(link.roots, who)) return who
  return (await findKeyring(link, who)).keyring.org
}

/** R36 To which key words for an organisation go: the desk's that its keeper's credential names; undefined where there is none. */
async function reviewKey(device: Pick<PatientDevice, 'link'>, org: string): Promise<string | undefined> {
  const keepers = await findKeepers(device, [org])
  return keepers.flatMap(({ keeper }) => keeper).find((one) => one.review !== undefined)?.review
}

/** Can words go along with a question about this line, or a closed word alone? */
export const takesWords = async (device: Pick<PatientDevice, 'link'>, who: string): Promise<boolean> =>
  (await reviewKey(device, await orgBehind(device, who))) !== undefined

/** The statement that stands at a place of the own chain; the node may show no other than the one that was followed. */
async function standsAt({ link, book }: PatientDevice, index: number): Promise<string> {
  const { statement } = await link.call(journalEndpoints.receipt, { params: { index } })
  if (!book.seen?.includes(nameOf(statement))) throw fail('question-wrong')
  return statement
}

/** R36 "This surprises me": asks the organisation whose member made the entry `number` of the own chain. */
export async function questionAccess(
  device: PatientDevice,
  number: number,
  { reason, words = '' }: { reason: QuestionReason; words?: string },
): Promise<{ question: string; receipt: Receipt; sealed: boolean }> {
  await sync(device)
  const { link, book } = device
  const line = book.log.find((one) => one.number === number)
  if (!line || !isQuestionable(line.type) || line.who === device.keys.handle) throw fail('question-wrong')
  if (questionAbout(book, number)) throw fail('question-asked')
  const org = await orgBehind(device, line.who)
  const id = newId<StatementId>(link.random)
  const key = words.trim() === '' ? undefined : await reviewKey(device, org)
  const bind = { kind: 'question', question: id } as const
  const packets = key === undefined ? [] : [await sealToKey(key, bind, paddedText(words.trim().slice(0, MAX_WORDS)))]
  const about = { entry: number, statement: digest(await standsAt(device, line.index)), org }
  const { handle, signer } = await acting(device)
  const body = { ...about, reason, packets: packets.map((one) => digest(one)) }
  const statement = await sign(link, signer, { id, type: 'AccessQuestioned', iss: handle, sub: handle, body })
  const item = packets.length > 0 ? { statement, packets } : { statement }
  const [receipt] = await publish(device, { items: [item], epochs: [] })
  return { question: id, receipt: receipt as Receipt, sealed: packets.length > 0 }
}

/** A question as the desk reads it, both signatures checked; `words` where they came and opened. */
export type Questioned = Omit<QuestionView, 'statement' | 'about' | 'text'> & {
  readonly type: string
  readonly who: string
  readonly words: string | undefined
}

/** R38 What this organisation was asked. What does not prove itself is left out and counted. */
export async function questionsTo(
  link: Link,
  privateKey: string,
): Promise<{ questions: Questioned[]; unproven: number }> {
  const { questions: all } = await link.call(questionEndpoints.list)
  const keys = issuerKeys(link)
  const read = await Promise.all(all.map((one) => questioned(one, keys, privateKey)))
  const questions = read.flatMap((one) => one ?? [])
  return { questions, unproven: all.length - questions.length }
}

async function questioned(
  { statement, about, text: sealed, ...view }: QuestionView,
  keys: ReturnType<typeof issuerKeys>,
  privateKey: string,
): Promise<Questioned | undefined> {
  try {
    const [asked, act] = [parseStatement(statement), parseStatement(about)]
    for (const one of [asked, act]) {
      const key = await keys(one.iss, one.kid, one.iat)
      if (!key || !(await verifyEd25519(key, one.signingInput, one.signature))) return undefined
    }
    const body = checkWith(accessQuestioned, asked.body)
    const named = asked.id === view.question && asked.iss === view.patient && asked.type === 'AccessQuestioned'
    const fits = named && act.sub === asked.sub && body.statement === digest(about) && body.reason === view.reason
    if (!fits) return undefined
    const mine = sealed !== null && body.packets[0] === digest(sealed)
    return {
      ...view,
      type: act.type,
      who: act.iss,
      words: mine ? await opened(privateKey, sealed, asked.id) : undefined,
    }
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/** Words that do not open are none: the other side may have sealed them to a key of before. */
async function opened(privateKey: string, sealed: string, question: string): Promise<string | undefined> {
  try {
    return text(await openWithKey(fromBase64url(privateKey), sealed, { kind: 'question', question })).trimEnd()
  } catch (error) {
    if (isAppError(error)) return undefined
    throw error
  }
}

/** R37 Answers a question; words go sealed to the patient's inbox. */
export async function answerQuestion(
  link: Link,
  desk: Author,
  { question, patient, found, words = '' }: { question: string; patient: string; found: Answer; words?: string },
): Promise<Receipt> {
  const { inbox } = (await findKeyring(link, patient)).keyring
  const said = words.trim().slice(0, MAX_WORDS)
  const bind = { kind: 'question', question } as const
  const packets = said === '' || inbox === undefined ? [] : [await sealToKey(inbox, bind, paddedText(said))]
  const body = { question, found, packets: packets.map((one) => digest(one)) }
  const statement = await sign(link, desk.signer, { type: 'QuestionAnswered', iss: desk.iss, sub: patient, body })
  const [receipt] = await submit(link.call, link.logs, [packets.length > 0 ? { statement, packets } : { statement }])
  return receipt as Receipt
}

/** Answers in words to one's own questions, by question: those the chain names, opened with the inbox key they were sealed to. */
export async function answersInWords({ link, keys, book }: PatientDevice): Promise<Record<string, string>> {
  const named = Object.values(book.questions ?? {}).filter((one) => one.answer?.words !== undefined)
  if (named.length === 0) return {}
  const { answers } = await link.call(questionEndpoints.answers)
  const found: Record<string, string> = {}
  for (const { question, packet } of answers) {
    if (book.questions?.[question]?.answer?.words !== digest(packet)) continue
    const { kid } = packetHeader(packet)
    const pair = [keys.inbox, ...keys.inboxes].find((one) => keyThumbprint(one.publicKey) === kid)
    const words = pair && (await opened(pair.privateKey, packet, question))
    if (words !== undefined) found[question] = words
  }
  return found
}
