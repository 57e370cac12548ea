/** The form of an offer's rules: what is typed, and what it means. */
import { type Duty, duties, type HostKind, hostKinds, type Purpose, purposes } from '@salus/enclave/deal'
import { leastK, type Rules } from '@salus/market/offer'
import { dutyWords, purposeWords } from '@salus/ui/market'
import { Checks, Field, Radios, Tick } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card } from '@salus/ui/web/notice'
import type { Offered } from '../device/hospital.ts'
import { kindWords } from '../words.ts'

const words = {
  price: { en: 'Price of one use, credits', fr: 'Prix d’un usage, en crédits' },
  priceHelp: { en: 'A whole number; 0 is a price.', fr: 'Un nombre entier ; 0 est un prix.' },
  who: { en: 'Who may order', fr: 'Qui peut commander' },
  anybody: { en: 'any laboratory', fr: 'tout laboratoire' },
  some: { en: 'only those chosen', fr: 'seulement ceux choisis' },
  labs: { en: 'Chosen', fr: 'Choisis' },
  kinds: { en: 'On which kinds of machine', fr: 'Sur quels types de machine' },
  notPublic: {
    en: 'only for data marked synthetic or public',
    fr: 'seulement pour des données marquées synthétiques ou publiques',
  },
  simulated: { en: 'proves nothing, protects nothing', fr: 'ne prouve rien, ne protège rien' },
  purposes: { en: 'For what', fr: 'Pour quel usage' },
  duties: { en: 'The laboratory undertakes', fr: 'Le laboratoire s’engage' },
  byHand: { en: 'Ask me each time', fr: 'Me demander à chaque fois' },
  uses: { en: 'How many orders, in all', fr: 'Nombre de commandes, en tout' },
  usesHelp: { en: 'Counted from the new rules on.', fr: 'Comptées à partir des nouvelles règles.' },
  until: { en: 'Last day', fr: 'Dernier jour' },
  k: { en: 'Fewest people behind any figure', fr: 'Minimum de personnes par chiffre' },
  budget: { en: 'Keys released for this version, in all', fr: 'Clés remises pour cette version, en tout' },
}
const help = {
  en: {
    least: (k: number) => `At least ${k} for this data.`,
    spent: (n: number) => `${n} were given already; new rules do not begin anew.`,
  },
  fr: {
    least: (k: number) => `Au moins ${k} pour ces données.`,
    spent: (n: number) => `${n} déjà donnés ; de nouvelles règles ne remettent pas à zéro.`,
  },
}
const wrongs = {
  price: { en: 'Type a whole number of credits, 0 or more.', fr: 'Tapez un nombre entier de crédits, 0 ou plus.' },
  uses: { en: 'Type a whole number from 1 to 1,000,000.', fr: 'Tapez un nombre entier de 1 à 1 000 000.' },
  until: { en: 'Choose a day that is still to come.', fr: 'Choisissez un jour à venir.' },
  k: {
    en: 'Too few people for this data, or no whole number.',
    fr: 'Trop peu de personnes pour ces données, ou pas un entier.',
  },
  budget: { en: 'Type a whole number from 1 to 100,000.', fr: 'Tapez un nombre entier de 1 à 100 000.' },
}

/** Rules as they are typed. `some`: only the chosen organisations. */
export type Draft = Pick<Rules, 'labs' | 'kinds' | 'purposes' | 'duties' | 'byHand'> & {
  readonly some: boolean
  readonly price: string
  readonly uses: string
  readonly until: string
  readonly k: string
  readonly budget: string
}

const dayOf = (seconds: number): string => {
  const at = new Date(seconds * 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

export function draftOf({ rules }: Pick<Offered, 'rules'>): Draft {
  const { labs, kinds, purposes: wanted, duties: asked, byHand } = rules
  return {
    ...{ labs, kinds, purposes: wanted, duties: asked, byHand, some: labs.length > 0, until: dayOf(rules.until) },
    ...{ price: String(rules.price), uses: String(rules.uses), k: String(rules.k), budget: String(rules.budget) },
  }
}

const whole = (typed: string): number => (/^\d{1,13}$/.test(typed.trim()) ? Number(typed) : Number.NaN)
// To the end of that day, where the hospital is.
const endOf = (day: string): number => Math.floor(new Date(`${day}T23:59:59`).getTime() / 1000)

/** What the draft says; NaN where it says no number. */
export const rulesIn = (draft: Draft): Rules => ({
  ...{ labs: draft.some ? draft.labs : [], kinds: draft.kinds, purposes: draft.purposes, duties: draft.duties },
  ...{ byHand: draft.byHand, price: whole(draft.price), uses: whole(draft.uses), until: endOf(draft.until) },
  ...{ k: whole(draft.k), budget: whole(draft.budget) },
})

type Part = {
  readonly one: Offered
  readonly draft: Draft
  readonly wrong: keyof Rules | undefined
  readonly change: (to: Partial<Draft>) => void
}

function Who({ one, draft, change }: Part) {
  const { t } = useSpeech()
  return (
    <>
      <Radios
        label={t(words.who)}
        value={draft.some ? 'some' : 'any'}
        choices={[
          { value: 'any', words: t(words.anybody) },
          { value: 'some', words: t(words.some) },
        ]}
        onChange={(value) => change({ some: value === 'some' })}
      />
      {draft.some ? (
        <Checks
          label={t(words.labs)}
          value={draft.labs}
          choices={one.others.map(({ org, name }) => ({ value: org, words: name }))}
          onChange={(labs) => change({ labs: labs as unknown as Rules['labs'] })}
        />
      ) : null}
    </>
  )
}

function What({ one, draft, change }: Part) {
  const { t } = useSpeech()
  const off = (kind: HostKind) => (kind === 'simulated' && !one.public ? t(words.notPublic) : undefined)
  return (
    <>
      <Checks<HostKind>
        label={t(words.kinds)}
        value={draft.kinds}
        choices={hostKinds.map((kind) => ({
          ...{ value: kind, words: t(kindWords[kind]), off: off(kind) },
          ...(kind === 'simulated' ? { more: t(words.simulated) } : {}),
        }))}
        onChange={(kinds) => change({ kinds })}
      />
      <Checks<Purpose>
        label={t(words.purposes)}
        value={draft.purposes}
        choices={purposes.map((value) => ({ value, words: t(purposeWords[value]) }))}
        onChange={(next) => change({ purposes: next })}
      />
      <Checks<Duty>
        label={t(words.duties)}
        value={draft.duties}
        choices={duties.map((value) => ({ value, words: t(dutyWords[value]) }))}
        onChange={(next) => change({ duties: next })}
      />
    </>
  )
}

function Limits({ one, draft, wrong, change }: Part) {
  const { t, language } = useSpeech()
  const said = (rule: keyof typeof wrongs) => (wrong === rule ? t(wrongs[rule]) : undefined)
  return (
    <>
      <Field
        {...{ label: t(words.uses), help: t(words.usesHelp), value: draft.uses, wrong: said('uses') }}
        digits
        onChange={(uses) => change({ uses })}
      />
      <Field
        {...{ label: t(words.until), value: draft.until, kind: 'date', wrong: said('until') }}
        onChange={(until) => change({ until })}
      />
      <Field
        {...{ label: t(words.k), help: help[language].least(leastK(one.public)), value: draft.k, wrong: said('k') }}
        digits
        onChange={(k) => change({ k })}
      />
      <Field
        {...{
          label: t(words.budget),
          help: help[language].spent(one.spent),
          value: draft.budget,
          wrong: said('budget'),
        }}
        digits
        onChange={(budget) => change({ budget })}
      />
    </>
  )
}

/** The whole form. */
export function Form(part: Part) {
  const { t } = useSpeech()
  const { draft, wrong, change } = part
  return (
    <Card>
      <div className="stack">
        <Field
          {...{ label: t(words.price), help: t(words.priceHelp), value: draft.price }}
          wrong={wrong === 'price' ? t(wrongs.price) : undefined}
          digits
          onChange={(price) => change({ price })}
        />
        <Who {...part} />
        <What {...part} />
        <Tick label={t(words.byHand)} value={draft.byHand} onChange={(byHand) => change({ byHand })} />
        <Limits {...part} />
      </div>
    </Card>
  )
}
