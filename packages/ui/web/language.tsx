/** The language of the page: chosen by the browser, switched by the person; dates and numbers follow it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { I18nProvider } from 'react-aria-components'
import { type Both, type Language, languageOf, unbroken } from '../language.ts'

export type Speech = {
  readonly language: Language
  /** One text of both. */
  readonly t: (both: Both) => string
  /** A day, from seconds or from a date as FHIR writes it (a year or a month alone stays one). */
  readonly day: (when: number | string) => string
  /** A day with its time. */
  readonly moment: (seconds: number) => string
  /** How long ago or ahead, in the largest unit that fits. */
  readonly distance: (seconds: number) => string
  readonly number: (value: number) => string
  /** A number with the word in the form it asks for. */
  readonly count: (value: number, word: { readonly one: Both; readonly other: Both }) => string
  /** A label before what it names: a colon, with the space French wants. */
  readonly pair: (label: string) => string
  readonly change: (language: Language) => void
}

const Context = createContext<Speech | undefined>(undefined)

/** What a page says and how. Throws outside of `Speaking`: a mistake of ours. */
export function useSpeech(): Speech {
  const speech = useContext(Context)
  if (!speech) throw new Error('no language')
  return speech
}

const KEY = 'salus-language'

/** No secret, and nothing about health: the one thing besides the theme that is kept readable. */
const remembered = (): Language | undefined => {
  const kept = localStorage.getItem(KEY)
  return kept === 'en' || kept === 'fr' ? kept : undefined
}

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

function speechOf(language: Language, change: (language: Language) => void): Speech {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
  const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 })
  const plural = new Intl.PluralRules(locale)
  const written = (when: string): string => {
    if (/^\d{4}$/.test(when)) return when
    const date = new Date(when)
    if (Number.isNaN(date.getTime())) return when
    if (/^\d{4}-\d{2}$/.test(when)) return month.format(date)
    // A day without a time is the same day everywhere.
    return (when.length === 10 ? whole : day).format(date)
  }
  return {
    ...{
      language,
      change,
      t: (both) => unbroken(both[language]),
      number: (value) => numbers.format(value),
    },
    count: (value, { one, other }) =>
      `${numbers.format(value)}\u00a0${(plural.select(value) === 'one' ? one : other)[language]}`,
    pair: (label) => `${label}${language === 'fr' ? '\u00a0' : ''}:`,
    day: (when) => (typeof when === 'number' ? day.format(when * 1000) : written(when)),
    moment: (seconds) => moment.format(seconds * 1000),
    distance(seconds) {
      const away = seconds - Date.now() / 1000
      const found = units.find(([, size]) => Math.abs(away) >= size)
      if (!found) return language === 'fr' ? 'à l’instant' : 'just now'
      return relative.format(Math.trunc(away / found[1]), found[0])
    },
  }
}

/** Gives what is inside its language. */
export function Speaking({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => remembered() ?? languageOf(navigator.languages.join(',')))
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const speech = useMemo(
    () =>
      speechOf(language, (next) => {
        localStorage.setItem(KEY, next)
        setLanguage(next)
      }),
    [language],
  )
  return (
    <Context.Provider value={speech}>
      <I18nProvider locale={language === 'fr' ? 'fr-FR' : 'en-GB'}>{children}</I18nProvider>
    </Context.Provider>
  )
}
