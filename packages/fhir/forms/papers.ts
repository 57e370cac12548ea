/** Forms of words and papers: a visit's note, a care plan, an order of a test, files. */
import { base64, fromBase64, utf8 } from '@salus/base/bytes'
import { isAppError } from '@salus/base/errors'
import { narrative } from '../ips/narrative.ts'
import { administrativePapers, keysOf, options } from './choices.ts'
import {
  chosen,
  concept,
  type Draft,
  date,
  happened,
  hl7,
  line,
  member,
  named,
  notes,
  period,
  prose,
  refused,
  worded,
} from './fields.ts'
import type { Context, Pick, When } from './types.ts'

export type VisitNoteInput = {
  readonly kind?: keyof typeof options.visit
  /** What the visit was, in a line. */
  readonly title?: Pick
  readonly note: string
  readonly reason?: string
  readonly date?: When
  readonly until?: When
}

/**
 * Encounter: what is filed under visits (sort.ts). R4 gives an Encounter no note; its narrative, said to hold more than the
 * data (`additional`), is where every R4 system shows words.
 */
export function visitNote(input: VisitNoteInput, context: Context): Draft {
  const note = prose('note', input.note)
  if (note === '') throw refused('note', 'missing')
  const { patient, author, now, selfReported } = context
  const code = member('kind', input.kind, keysOf(options.visit)) ?? 'AMB'
  const start = happened('date', input.date, context) ?? now
  return {
    resourceType: 'Encounter',
    text: { ...narrative(...note.split('\n').filter((one) => one.trim() !== '')), status: 'additional' },
    status: 'finished',
    class: { system: hl7('v3-ActCode'), code },
    type: [concept('title', input.title)],
    subject: patient,
    participant: author && !selfReported ? [{ individual: author }] : undefined,
    period: period(['date', start], ['until', happened('until', input.until, context)]),
    reasonCode: [worded('reason', input.reason)],
  }
}

export type CarePlanInput = {
  readonly title: string
  readonly description?: string
  readonly steps?: readonly string[]
  readonly goals?: readonly string[]
  readonly from?: When
  readonly until?: When
  readonly note?: string
}

/** CarePlan: its goals go inside it, so that they are shared with it. */
export function carePlan(input: CarePlanInput, { patient, author, now }: Context): Draft {
  const lines = (at: string, list: readonly string[] = []) => list.map((one) => line(at, one)).filter(Boolean)
  const goals = lines('goals', input.goals)
  return {
    resourceType: 'CarePlan',
    contained: goals.map((text, n) => ({
      ...{ resourceType: 'Goal', id: `goal-${n + 1}`, lifecycleStatus: 'active' },
      ...{ description: { text }, subject: patient },
    })),
    status: 'active',
    intent: 'plan',
    title: named('title', input.title),
    description: prose('description', input.description),
    subject: patient,
    period: period(['from', input.from], ['until', input.until]) ?? { start: now },
    created: now,
    author,
    goal: goals.map((_, n) => ({ reference: `#goal-${n + 1}` })),
    activity: lines('steps', input.steps).map((text) => ({ detail: { status: 'scheduled', description: text } })),
    note: notes(input.note),
  }
}

export type TestOrderInput = {
  readonly test: Pick
  readonly priority?: keyof typeof options.priority
  readonly reason?: string
  /** When it should be done. */
  readonly date?: When
  /** For the patient: fasting, where to go. */
  readonly instruction?: string
  readonly note?: string
}

/** ServiceRequest: an order. */
export function testOrder(input: TestOrderInput, { patient, author, now }: Context): Draft {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    priority: member('priority', input.priority, keysOf(options.priority)) ?? 'routine',
    code: chosen('test', input.test),
    subject: patient,
    occurrenceDateTime: date('date', input.date),
    authoredOn: now,
    requester: author,
    reasonCode: [worded('reason', input.reason)],
    note: notes(input.note),
    patientInstruction: prose('instruction', input.instruction),
  }
}

/** A file as a browser hands it over, or base64 of it. */
export type UploadFile = {
  readonly bytes?: Uint8Array
  readonly base64?: string
  /** MIME type; browsers give '' for what they do not know, and that is refused. */
  readonly contentType: string
  readonly name?: string
}

export type DocumentInput = {
  readonly title: string
  /** What kind of paper (choices `papers`, `administrativePapers`), or words. */
  readonly kind?: Pick
  readonly file?: UploadFile
  /** Instead of a file, or beside it: words. */
  readonly text?: string
  /** The date on the paper. */
  readonly date?: When
}

/**
 * Largest file of one record. A store takes 24 MiB of ciphertext; a file is written as base64 in FHIR, in the author's
 * signature and in the seal, each a third longer than the last.
 */
export const MAX_UPLOAD = 10 * 1024 * 1024

function dataOf({ bytes, base64: given }: UploadFile): string {
  const size = bytes ? bytes.length : Math.floor(((given ?? '').length * 3) / 4) - 2
  if (size > MAX_UPLOAD) throw refused('file', 'too-large')
  if (bytes) return base64(bytes)
  try {
    fromBase64(given ?? '')
  } catch (error) {
    throw isAppError(error) ? refused('file', 'damaged') : error
  }
  return given ?? ''
}

function attachments({ file, text, title, date: day }: DocumentInput): Draft[] {
  const [words, creation] = [prose('text', text), date('date', day)]
  const found: Draft[] = []
  if (file) {
    const contentType = file.contentType.trim().toLowerCase()
    if (!/^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,100}(; ?[a-z0-9=._-]{1,60})?$/.test(contentType))
      throw refused('file', 'no-type')
    const data = dataOf(file)
    if (data === '') throw refused('file', 'missing')
    found.push({ contentType, data, title: line('file', file.name) || named('title', title), creation })
  }
  const plain = {
    contentType: 'text/plain;charset=utf-8',
    data: base64(utf8(words)),
    title: named('title', title),
    creation,
  }
  if (words !== '') found.push(plain)
  if (found.length === 0) throw refused('file', 'missing')
  return found
}

/** DocumentReference: a paper, filed by its kind. */
export function document(input: DocumentInput, context: Context): Draft {
  const title = named('title', input.title)
  happened('date', input.date, context)
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    type: concept('kind', input.kind),
    subject: context.patient,
    date: context.now,
    author: context.author && [context.author],
    description: title,
    content: attachments(input).map((attachment) => ({ attachment })),
  }
}

/** The same, filed under administrative: of one of its kinds, else a note. */
export function administrative(input: DocumentInput, context: Context): Draft {
  const [note] = administrativePapers
  const own = typeof input.kind === 'object' ? input.kind.coding?.code : undefined
  const known = administrativePapers.some(({ code }) => code === own)
  const text = (typeof input.kind === 'object' ? input.kind.text : input.kind) || note?.[context.language ?? 'en'] || ''
  const coding = { system: note?.system ?? '', code: note?.code ?? '' }
  return document({ ...input, kind: known && input.kind ? input.kind : { text, coding } }, context)
}
