/** What the consortium's page says, in both languages: pure, from what the node answered. */
import type { Alarm, Live, LiveMember, LiveTx } from '@salus/ledger/live'
import type { Both } from '@salus/ui/language'
import { alarmWords, type MemberState, otherWords, stateWords, txWords } from './words.ts'

const number = (value: number): Both => ({ en: value.toLocaleString('en-GB'), fr: value.toLocaleString('fr-FR') })
const counted = (value: number, one: Both, other: Both): Both => {
  const { en, fr } = number(value)
  return { en: `${en} ${value === 1 ? one.en : other.en}`, fr: `${fr} ${value < 2 ? one.fr : other.fr}` }
}
const entries = (value: number): Both => counted(value, { en: 'entry', fr: 'entrée' }, { en: 'entries', fr: 'entrées' })

const ages: readonly (readonly [size: number, unit: Both])[] = [
  [86_400, { en: 'd', fr: 'j' }],
  [3_600, { en: 'h', fr: 'h' }],
  [60, { en: 'min', fr: 'min' }],
  [1, { en: 's', fr: 's' }],
]

/** How long ago `then` was, both in milliseconds, in the largest unit that fits. */
export function ago(now: number, then: number): Both {
  const seconds = Math.max(0, Math.round((now - then) / 1000))
  const [size, unit] = ages.find(([least]) => seconds >= least) ?? [1, { en: 's', fr: 's' }]
  const value = number(Math.floor(seconds / size))
  return { en: `${value.en} ${unit.en} ago`, fr: `il y a ${value.fr} ${unit.fr}` }
}

/** As the roots name it; else its name on the ledger, which is the same in every language. */
export const nameOf = ({ name, orgs }: LiveMember): string => name ?? orgs[0] ?? ''

const nameAt = (live: Live, org: string): string => {
  const found = live.members.find(({ orgs }) => orgs.includes(org))
  return found ? nameOf(found) : org
}

/** What is known of it from here: a word, and a shape that goes with it. */
export function stateOf({ here, node }: LiveMember): MemberState {
  if (here) return 'here'
  if (!node) return 'without'
  return node.heard === undefined ? 'unknown' : node.heard ? 'heard' : 'silent'
}

/** One transaction as a sentence. */
export function sentenceOf(live: Live, { org, type, about, size }: LiveTx): Both {
  const who = nameAt(live, org)
  const said = Object.hasOwn(txWords, type) ? (txWords[type] as Both) : otherWords
  const whom = about === undefined ? '' : ` ${nameAt(live, about)}`
  const many = size === undefined ? { en: '', fr: '' } : { en: `: ${entries(size).en}`, fr: ` : ${entries(size).fr}` }
  return { en: `${who} ${said.en}${whom}${many.en}`, fr: `${who} ${said.fr}${whom}${many.fr}` }
}

/** Who decides the order, and what may fail meanwhile. */
export function orderOf({ engine, voters, tolerated }: Live): Both {
  if (engine === 'embedded')
    return {
      en: 'This node alone decides the order: no failure of it is tolerated.',
      fr: 'Ce nœud seul décide de l’ordre : aucune panne de sa part n’est tolérée.',
    }
  const together = counted(
    voters,
    { en: 'hospital votes', fr: 'hôpital vote' },
    { en: 'hospitals vote', fr: 'hôpitaux votent' },
  )
  if (tolerated === 0)
    return {
      en: `${together.en} on blocks. Fewer than four: no failure is tolerated.`,
      fr: `${together.fr} sur les blocs. Moins de quatre : aucune panne n’est tolérée.`,
    }
  return {
    en: `${together.en} on blocks. Failures tolerated at once: ${number(tolerated).en}.`,
    fr: `${together.fr} sur les blocs. Pannes tolérées à la fois : ${number(tolerated).fr}.`,
  }
}

/** Who is not heard from here, where anybody is not; whether that stops anything is an alarm's affair. */
export function unheardOf({ members }: Live): Both | undefined {
  const names = members.filter((one) => stateOf(one) === 'silent').map(nameOf)
  if (names.length === 0) return undefined
  const all = names.join(', ')
  return { en: `Not heard from here: ${all}.`, fr: `Pas entendu d’ici : ${all}.` }
}

/** What CometBFT says of itself; where it says nothing there is an alarm for that. */
export function processOf({ process }: Live): Both | undefined {
  if (!process) return undefined
  const { height, heard } = process
  return {
    en: `block ${number(height).en}, hears ${counted(heard, { en: 'other', fr: '' }, { en: 'others', fr: '' }).en}`,
    fr: `bloc ${number(height).fr}, entend ${counted(heard, { en: '', fr: 'autre' }, { en: '', fr: 'autres' }).fr}`,
  }
}

/** How far the own journal is cosigned, and by whose policy. */
export function witnessesOf({ witnesses, journal }: Live): Both {
  if (!witnesses)
    return {
      en: 'Nobody is asked to cosign this journal.',
      fr: 'Personne n’est prié de cosigner ce journal.',
    }
  const { needed, of, cosigned } = witnesses
  return {
    en: `${needed} of ${of} other hospitals must cosign: ${number(cosigned).en} of ${entries(journal.size).en} cosigned.`,
    fr: `${needed} des ${of} autres hôpitaux doivent cosigner : ${number(cosigned).fr} sur ${entries(journal.size).fr}.`,
  }
}

/** How much of the own journal is under a head on the ledger. */
export function recordedOf({ journal: { size, recorded } }: Live): Both {
  const [all, done] = [entries(size), number(recorded)]
  return { en: `${done.en} of ${all.en} recorded`, fr: `${done.fr} sur ${all.fr}` }
}

/** How far each other journal is mirrored here. */
export const mirrorsOf = (live: Live): Both[] =>
  live.mirrors.map(({ org, behind }) => {
    const who = nameAt(live, org)
    const more = entries(behind)
    return behind === 0
      ? { en: `${who}: up to date`, fr: `${who} : à jour` }
      : { en: `${who}: ${more.en} to come`, fr: `${who} : ${more.fr} à venir` }
  })

/** A journal as the ledger has it. */
export function headOf({ head }: LiveMember, now: number): Both {
  if (!head) return { en: 'no journal on the ledger', fr: 'aucun journal sur le registre' }
  const [many, when] = [entries(head.size), ago(now, head.time)]
  return { en: `${many.en}, last recorded ${when.en}`, fr: `${many.fr}, dernier relevé ${when.fr}` }
}

/** What is amiss and what to do, with whose journal it is where it is another's. */
export function alarmOf(live: Live, alarm: Alarm): { readonly title: Both; readonly next: Both } {
  const { title, next } = alarmWords[alarm]
  const named = alarm === 'clocks-apart' ? live.clocks : live.doubts.filter((one) => one.alarm === alarm)
  const whose = named.map(({ org }) => nameAt(live, org)).join(', ')
  return whose === '' ? { title, next } : { title: { en: `${whose}: ${title.en}`, fr: `${whose} : ${title.fr}` }, next }
}
export const stateWordOf = (state: MemberState): Both => stateWords[state]
