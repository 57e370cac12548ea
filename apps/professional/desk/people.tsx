/** The desk's own list of patients, with the names that only this desk opens. */
import { ButtonLink } from '@salus/ui/web/button'
import { Field } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Empty, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked } from '@salus/web-app/page'
import { useState } from 'react'
import type { Registered } from '../device/desk/register.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Patients', fr: 'Patients' },
  newcomer: { en: 'New patient', fr: 'Nouveau patient' },
  find: { en: 'Name, date of birth or handle', fr: 'Nom, date de naissance ou identifiant' },
  none: {
    en: 'Nobody is registered yet. Begin with a new patient.',
    fr: 'Personne n’est encore inscrit. Commencez par un nouveau patient.',
  },
  nobody: { en: 'Nobody of that name here.', fr: 'Personne de ce nom ici.' },
  claimed: { en: 'has the record', fr: 'a son dossier' },
  unclaimed: { en: 'not taken over yet', fr: 'pas encore repris' },
  unnamed: { en: 'Name does not open here', fr: 'Nom illisible ici' },
  more: { en: 'more: write more of the name', fr: 'de plus : précisez le nom' },
  loading: { en: 'Opening the register', fr: 'Ouverture du registre' },
}

/** How many lines are drawn; a clerk looks for one person. */
const SHOWN = 50

/** Without accents and in small letters, as people type. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

const fits = ({ name, family, birthDate, handle, identifiers }: Registered, typed: string): boolean => {
  const all = plain([name, family, birthDate, handle, ...identifiers.map((one) => one.value)].join(' '))
  return plain(typed)
    .split(/\s+/)
    .every((part) => all.includes(part))
}

/** A line that leads to the person. */
export function PersonLine({ one }: { one: Registered }) {
  const { t, day } = useSpeech()
  return (
    <a className="line" href={`#/people/${one.handle}`}>
      <span>
        <strong>{one.name || t(words.unnamed)}</strong>
        <small>{[one.birthDate ? day(one.birthDate) : '', one.handle].filter(Boolean).join(' · ')}</small>
      </span>
      <span className={`tag ${one.claimed ? 'good' : 'warn'}`}>{t(one.claimed ? words.claimed : words.unclaimed)}</span>
    </a>
  )
}

/** The page. */
export function DeskPeople() {
  const { t } = useSpeech()
  const all = useAsked(['register'], () => device.register())
  const [typed, setTyped] = useState('')
  const found = (all.data ?? []).filter((one) => fits(one, typed.trim()))
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <div>
        <ButtonLink look="main" href="#/people/new">
          {t(words.newcomer)}
        </ButtonLink>
      </div>
      <Field kind="search" label={t(words.find)} value={typed} onChange={setTyped} />
      <Failure error={all.error} />
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      {all.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {all.data && all.data.length > 0 && found.length === 0 ? <Empty>{t(words.nobody)}</Empty> : null}
      <ul className="list">
        {found.slice(0, SHOWN).map((one) => (
          <li key={one.handle}>
            <PersonLine one={one} />
          </li>
        ))}
      </ul>
      {found.length > SHOWN ? (
        <p className="faint">
          {found.length - SHOWN} {t(words.more)}
        </p>
      ) : null}
    </div>
  )
}
