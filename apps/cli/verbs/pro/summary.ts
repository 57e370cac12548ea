/** A summary on the terminal: the document's own words, section by section, and what found no place in it. */
import type { Resource } from '@salus/fhir/contract'
import type { Summary } from '@salus/records/device/summary'
import type { Screen } from '../../verb.ts'

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** Paragraphs and list items of a narrative that we wrote ourselves (fhir rule F17), as lines. */
const linesOf = (div: string): string[] =>
  [...div.matchAll(/<(p|li)>(.*?)<\/\1>/gs)].map(
    ([, tag, inner = '']) =>
      `${tag === 'li' ? '- ' : ''}${inner.replace(/&(amp|lt|gt|quot|#39);/g, (all, name) => entities[name] ?? all)}`,
  )

type Section = { title: string; text: { div: string } }

/** Says the Composition: its sections with their lines. */
export function saySummary({ bundle, left, unreadable }: Summary, screen: Screen): void {
  const [first] = bundle.entry as unknown as { resource: Resource }[]
  for (const { title, text } of (first?.resource.section ?? []) as unknown as Section[]) {
    screen.say(title)
    for (const line of linesOf(text.div)) screen.say(`  ${line}`)
  }
  const kinds = Object.entries(left).map(([type, count]) => `${count} ${type}`)
  const outside = { en: 'Opened, but with no place in a summary: ', fr: 'Ouverts, mais sans place dans un résumé : ' }
  if (kinds.length > 0) screen.say(`${outside[screen.language]}${kinds.join(', ')}`)
  const words = { en: 'record(s) are no FHIR resource', fr: 'document(s) ne sont pas des ressources FHIR' }
  if (unreadable > 0) screen.say(`${unreadable} ${words[screen.language]}`)
}
