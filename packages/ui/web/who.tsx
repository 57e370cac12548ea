/** Somebody's name as a person reads it: the name, what they do, where. */
import type { Both } from '../language.ts'
import { professionWords } from '../vocabulary.ts'
import type { Speech } from './language.tsx'

/** Somebody or an organisation, as a device found out who it is. */
export type Named = {
  readonly kind: string
  readonly name?: string
  readonly profession?: string
  readonly org?: { readonly name: string }
}

const you: Both = { en: 'You', fr: 'Vous' }
const unknown: Both = { en: 'Somebody whose keys are gone', fr: 'Quelqu’un dont les clés n’existent plus' }

/** The name alone; the own self is "you". */
export const nameOf = ({ kind, name }: Named, { t }: Speech): string =>
  kind === 'patient' && !name ? t(you) : (name ?? t(unknown))

/** What follows the name: profession and place. */
export const placeOf = ({ profession, org }: Named, { t }: Speech): string =>
  [profession ? (professionWords[profession] ? t(professionWords[profession]) : profession) : undefined, org?.name]
    .filter(Boolean)
    .join(', ')

/** Both on one line. */
export const whoOf = (party: Named, speech: Speech): string =>
  [nameOf(party, speech), placeOf(party, speech)].filter(Boolean).join(' · ')
