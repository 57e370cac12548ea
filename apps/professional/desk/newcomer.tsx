/** Registering somebody: what is typed is sealed to this desk before it leaves the browser. */
import { Button } from '@salus/ui/web/button'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice } from '@salus/ui/web/notice'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Traits } from '../device/desk/register.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'New patient', fr: 'Nouveau patient' },
  sealed: {
    en: 'Only this desk can read what you write here. The node keeps it sealed.',
    fr: 'Seul ce guichet peut lire ce que vous écrivez ici. Le nœud le garde chiffré.',
  },
  family: { en: 'Family name', fr: 'Nom de famille' },
  given: { en: 'Given names', fr: 'Prénoms' },
  birth: { en: 'Date of birth', fr: 'Date de naissance' },
  birthWrong: { en: 'A day that has been, not before 1850.', fr: 'Un jour passé, pas avant 1850.' },
  sex: { en: 'Sex', fr: 'Sexe' },
  choose: { en: 'Choose', fr: 'Choisir' },
  female: { en: 'female', fr: 'féminin' },
  male: { en: 'male', fr: 'masculin' },
  other: { en: 'other', fr: 'autre' },
  unknown: { en: 'unknown', fr: 'inconnu' },
  identifiers: {
    en: 'Numbers in other systems (optional)',
    fr: 'Numéros dans d’autres systèmes (facultatif)',
  },
  identifiersHelp: {
    en: 'SYSTEM|VALUE, one a line. An import that bears one goes to this patient.',
    fr: 'SYSTÈME|VALEUR, un par ligne. Un import qui en porte un va à ce patient.',
  },
  identifiersWrong: { en: 'Each line is written SYSTEM|VALUE.', fr: 'Chaque ligne s’écrit SYSTÈME|VALEUR.' },
  go: { en: 'Register', fr: 'Inscrire' },
}
const sexes = ['female', 'male', 'other', 'unknown'] as const

const isBirthDate = (typed: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(typed) && typed >= '1850-01-01' && typed <= new Date().toISOString().slice(0, 10)

/** `SYSTEM|VALUE`, as FHIR's searches write an identifier (R4 §3.1.1.4.10); undefined where a line is none. */
function identifiersFrom(typed: string): Traits['identifiers'] | undefined {
  const all = typed
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const at = line.indexOf('|')
      return { system: line.slice(0, Math.max(0, at)).trim(), value: line.slice(at + 1).trim() }
    })
  return all.every(({ system, value }) => system !== '' && value !== '') ? all : undefined
}

/** The form; then the page of the person, where a code is made. */
export function Newcomer() {
  const { t } = useSpeech()
  const [, go] = useLocation()
  const [family, setFamily] = useState('')
  const [given, setGiven] = useState('')
  const [birthDate, setBirthDate] = useState('')
  const [gender, setGender] = useState('')
  const [typed, setTyped] = useState('')
  const [tried, setTried] = useState(false)
  const identifiers = identifiersFrom(typed)
  const names = given.split(/\s+/).filter(Boolean)
  const whole = family.trim() !== '' && names.length > 0 && gender !== ''
  const register = useDoing(
    (who: Traits) => device.newPatient(who),
    (handle) => go(`/people/${handle}`),
  )
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (!whole || !identifiers || !isBirthDate(birthDate)) return
        register.mutate({ family: family.trim(), given: names, birthDate, gender, identifiers })
      }}
    >
      <h1>{t(words.title)}</h1>
      <Notice>{t(words.sealed)}</Notice>
      <Field label={t(words.family)} value={family} onChange={setFamily} must focus />
      <Field label={t(words.given)} value={given} onChange={setGiven} must />
      <Field
        kind="date"
        label={t(words.birth)}
        value={birthDate}
        onChange={setBirthDate}
        wrong={tried && !isBirthDate(birthDate) ? t(words.birthWrong) : undefined}
        must
      />
      <Select
        label={t(words.sex)}
        value={gender}
        onChange={setGender}
        choices={[{ value: '', words: t(words.choose) }, ...sexes.map((value) => ({ value, words: t(words[value]) }))]}
      />
      <Field
        label={t(words.identifiers)}
        help={t(words.identifiersHelp)}
        value={typed}
        onChange={setTyped}
        lines={2}
        spell={false}
        wrong={tried && !identifiers ? t(words.identifiersWrong) : undefined}
      />
      <Failure error={register.error} />
      <div>
        <Button type="submit" look="main" busy={register.isPending} off={!whole || birthDate === ''}>
          {t(words.go)}
        </Button>
      </div>
    </form>
  )
}
