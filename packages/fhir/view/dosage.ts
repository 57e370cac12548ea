/** Doses in a sentence (R4 Dosage and Timing): the author's own words, else what the structure says, in one language. */
import type { Json } from '@salus/base/json'
import { codingsOf, digitsOf, type JsonObject, objectOf, objectsOf, textOf } from '../ips/json.ts'
import { conceptText } from '../ips/lines.ts'
import type { Language } from '../ips/words.ts'
import { amountOf } from './measure.ts'
import { isoDate, quantityOf, row, wordsOf } from './read.ts'

type Both = Readonly<Record<Language, string>>
type Unit = { readonly en: readonly [string, string]; readonly fr: readonly [string, string]; readonly feminine?: true }

/** UCUM units of time: one, several; French counts some of them as feminine. */
const times: Readonly<Record<string, Unit>> = {
  s: { en: ['second', 'seconds'], fr: ['seconde', 'secondes'], feminine: true },
  min: { en: ['minute', 'minutes'], fr: ['minute', 'minutes'], feminine: true },
  h: { en: ['hour', 'hours'], fr: ['heure', 'heures'], feminine: true },
  d: { en: ['day', 'days'], fr: ['jour', 'jours'] },
  wk: { en: ['week', 'weeks'], fr: ['semaine', 'semaines'], feminine: true },
  mo: { en: ['month', 'months'], fr: ['mois', 'mois'] },
  a: { en: ['year', 'years'], fr: ['an', 'ans'] },
}

/** GTS abbreviations (v3) and the events of R4 Timing.repeat.when. */
const moments: Readonly<Record<string, Both>> = {
  QD: { en: 'once a day', fr: '1 fois par jour' },
  BID: { en: 'twice a day', fr: '2 fois par jour' },
  TID: { en: '3 times a day', fr: '3 fois par jour' },
  QID: { en: '4 times a day', fr: '4 fois par jour' },
  QOD: { en: 'every 2 days', fr: 'tous les 2 jours' },
  AM: { en: 'in the morning', fr: 'le matin' },
  PM: { en: 'in the afternoon', fr: 'l’après-midi' },
  BED: { en: 'at bedtime', fr: 'au coucher' },
  MORN: { en: 'in the morning', fr: 'le matin' },
  NOON: { en: 'at noon', fr: 'à midi' },
  AFT: { en: 'in the afternoon', fr: 'l’après-midi' },
  EVE: { en: 'in the evening', fr: 'le soir' },
  NIGHT: { en: 'at night', fr: 'la nuit' },
  HS: { en: 'at bedtime', fr: 'au coucher' },
  WAKE: { en: 'on waking', fr: 'au réveil' },
  C: { en: 'with meals', fr: 'aux repas' },
  CM: { en: 'with breakfast', fr: 'au petit déjeuner' },
  CD: { en: 'with lunch', fr: 'au déjeuner' },
  CV: { en: 'with dinner', fr: 'au dîner' },
  AC: { en: 'before meals', fr: 'avant les repas' },
  ACM: { en: 'before breakfast', fr: 'avant le petit déjeuner' },
  ACD: { en: 'before lunch', fr: 'avant le déjeuner' },
  ACV: { en: 'before dinner', fr: 'avant le dîner' },
  PC: { en: 'after meals', fr: 'après les repas' },
  PCM: { en: 'after breakfast', fr: 'après le petit déjeuner' },
  PCD: { en: 'after lunch', fr: 'après le déjeuner' },
  PCV: { en: 'after dinner', fr: 'après le dîner' },
}

const says = {
  needed: { en: 'when needed', fr: 'si besoin' },
  most: { en: 'at most', fr: 'au plus' },
  per: { en: 'in', fr: 'en' },
  for: { en: 'for', fr: 'pendant' },
} as const satisfies Readonly<Record<string, Both>>

const span = (digits: string, unit: string, language: Language): string => {
  const words = row(times, unit)?.[language]
  return `${digits} ${words ? words[Math.abs(Number(digits)) < 2 && language === 'fr' ? 0 : Number(digits) === 1 ? 0 : 1] : unit}`
}

/** `2 times a day`, `every 8 hours`: how often in which time. */
function frequency(repeat: JsonObject, language: Language): string {
  const [often, most, period] = [repeat.frequency, repeat.frequencyMax, repeat.period].map(digitsOf)
  const unit = textOf(repeat.periodUnit)
  const word = row(times, unit)
  if (!period || !word) return ''
  const count = most && most !== often ? `${often || '1'}–${most}` : often || '1'
  const every =
    language === 'en'
      ? `every ${period === '1' ? word.en[0] : span(period, unit, 'en')}`
      : `${word.feminine ? 'toutes' : 'tous'} les ${period === '1' ? word.fr[1] : span(period, unit, 'fr')}`
  if (period !== '1') return count === '1' ? every : `${count} ${language === 'en' ? 'times' : 'fois'} ${every}`
  if (language === 'fr') return `${count} fois par ${word.fr[0]}`
  const named = count === '1' ? 'once' : count === '2' ? 'twice' : `${count} times`
  return `${named} ${unit === 'h' ? 'an' : 'a'} ${word.en[0]}`
}

/** Timing: its repetition, the moments of the day, how long. */
function timing({ timing }: JsonObject, language: Language): string[] {
  const { repeat, code } = objectOf(timing) ?? {}
  const rules = objectOf(repeat) ?? {}
  const events = Array.isArray(rules.when) ? rules.when.map((one) => textOf(one)) : []
  const spoken = codingsOf(code).map((one) => row(moments, textOf(one.code))?.[language])
  const often = frequency(rules, language) || spoken.find(Boolean) || conceptText(code)
  const lasts = durationOf(rules.boundsDuration, language)
  return [often, ...events.map((one) => row(moments, one)?.[language] ?? ''), lasts && `${says.for[language]} ${lasts}`]
}

function ratio({ maxDosePerPeriod }: JsonObject, language: Language): string {
  const { numerator, denominator } = objectOf(maxDosePerPeriod) ?? {}
  const [dose, time] = [quantityOf(numerator), durationOf(denominator, language)]
  return dose && time ? `${says.most[language]} ${dose} ${says.per[language]} ${time}` : ''
}

/** One dosage: the author's sentence as it is; without one, dose, rhythm, way and limits from the structure. */
function sentence(dosage: JsonObject, language: Language): string {
  const own = textOf(dosage.text)
  const instructions = [wordsOf(dosage.additionalInstruction, language), textOf(dosage.patientInstruction)]
  if (own) return [own, ...instructions.filter((one) => !own.includes(one))].filter(Boolean).join(', ')
  const [rate] = objectsOf(dosage.doseAndRate)
  const dose = amountOf(rate ?? dosage, 'dose') || quantityOf(dosage.dose)
  const needed =
    dosage.asNeededBoolean === true ? says.needed[language] : wordsOf(dosage.asNeededCodeableConcept, language)
  const when = dosage.asNeededCodeableConcept === undefined || !needed ? needed : `${says.needed[language]} (${needed})`
  const parts = [dose, ...timing(dosage, language), when, wordsOf(dosage.route, language), ratio(dosage, language)]
  return [...parts, ...instructions].filter(Boolean).join(', ')
}

/** Every dosage of a medicine's resource, one sentence each. */
export const dosagesOf = ({ dosage, dosageInstruction }: JsonObject, language: Language): string[] => {
  const one = objectOf(dosage)
  return [...objectsOf(dosageInstruction), ...objectsOf(dosage), ...(one ? [one] : [])]
    .map((each) => sentence(each, language))
    .filter(Boolean)
}

/** When the last of the dosages is over, where their timing says it; a date, for the screen to write. */
export function dosageEnd({ dosage, dosageInstruction }: JsonObject): string | undefined {
  const ends = [...objectsOf(dosageInstruction), ...objectsOf(dosage)].map(({ timing }) =>
    isoDate(objectOf(objectOf(objectOf(timing)?.repeat)?.boundsPeriod)?.end),
  )
  return ends
    .filter((one) => one !== undefined)
    .sort()
    .at(-1)
}

/** A Duration in words: `7 days`. */
export function durationOf(duration: Json | undefined, language: Language): string {
  const { value, unit, code } = objectOf(duration) ?? {}
  return digitsOf(value) ? span(digitsOf(value), textOf(code) || textOf(unit), language) : ''
}
