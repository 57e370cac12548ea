/** The uses of own data as a file: words for people in a table, everything in JSON. */

import { csvText } from '@salus/market/table'
import { causeWords, dutyWords, purposeWords, stateWords } from '@salus/ui/market'
import type { Speech } from '@salus/ui/web/language'
import type { Used } from '../device/hospital.ts'
import { kindWords } from '../words.ts'

const names = {
  when: { en: 'when', fr: 'quand' },
  lab: { en: 'laboratory', fr: 'laboratoire' },
  analysis: { en: 'analysis', fr: 'analyse' },
  data: { en: 'data set', fr: 'ensemble' },
  version: { en: 'version', fr: 'version' },
  purpose: { en: 'purpose', fr: 'usage' },
  duties: { en: 'undertakes', fr: 's’engage' },
  host: { en: 'host', fr: 'hôte' },
  machine: { en: 'machine', fr: 'machine' },
  k: { en: 'fewest people', fr: 'minimum de personnes' },
  price: { en: 'price', fr: 'prix' },
  paid: { en: 'paid', fr: 'payé' },
  state: { en: 'state', fr: 'état' },
  cause: { en: 'cause', fr: 'cause' },
  by: { en: 'said by', fr: 'dit par' },
  units: { en: 'budget used', fr: 'budget utilisé' },
  left: { en: 'budget left', fr: 'budget restant' },
  task: { en: 'task', fr: 'tâche' },
} as const

/** One line a use, in the language of the page. */
export function historyCsv(uses: readonly Used[], { t, language }: Pick<Speech, 't' | 'language'>): string {
  const words = Object.fromEntries(Object.entries(names).map(([key, both]) => [key, both[language]]))
  const rows = uses.map((one) => ({
    when: new Date(one.at * 1000).toISOString(),
    ...{ lab: one.labName, analysis: t(one.program), data: t(one.title), version: one.version },
    purpose: t(purposeWords[one.purpose]),
    duties: one.duties.map((each) => t(dutyWords[each])).join('; '),
    ...{ host: one.hostName, machine: t(kindWords[one.kind]), k: one.k, price: one.price, paid: one.paid },
    state: t(stateWords[one.state] ?? { en: one.state, fr: one.state }),
    cause: one.cause === undefined ? '' : t(causeWords[one.cause] ?? { en: one.cause, fr: one.cause }),
    ...{ by: one.byName ?? '', units: one.units, left: one.left, task: one.task },
  }))
  const named = rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [words[key], value])))
  return csvText(named, Object.values(words) as string[])
}

/** Every field of every use. */
export const historyJson = (uses: readonly Used[]): string => `${JSON.stringify(uses, null, 2)}\n`
