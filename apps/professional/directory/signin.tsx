/** Nobody is signed in: in the demonstration one presses a name; elsewhere keys are made here and the desk vouches for them. */
import { professionWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { SampleStaff } from '@salus/web-app/samples'
import { useState } from 'react'
import { device } from '../device.ts'
import { become, beginAnew } from './switch.ts'

const words = {
  title: { en: 'Who are you?', fr: 'Qui êtes-vous ?' },
  lead: {
    en: 'Your keys are made and used in this browser. There is no password.',
    fr: 'Vos clés sont créées et utilisées dans ce navigateur. Il n’y a pas de mot de passe.',
  },
  demo: { en: 'Demonstration: be one of these people', fr: 'Démonstration : soyez l’une de ces personnes' },
  demoHelp: {
    en: 'Invented people. Their sample keychain is opened in this browser with its code.',
    fr: 'Personnes inventées. Leur trousseau d’exemple est ouvert dans ce navigateur avec son code.',
  },
  known: { en: 'In this browser already', fr: 'Déjà dans ce navigateur' },
  new: { en: 'I work here and have no keys yet', fr: 'Je travaille ici et je n’ai pas encore de clés' },
  org: { en: 'Organisation', fr: 'Organisme' },
  name: { en: 'Name as patients will see it', fr: 'Nom affiché aux patients' },
  role: { en: 'What the desk should vouch for', fr: 'Ce que le guichet doit attester' },
  go: { en: 'Make my keys', fr: 'Créer mes clés' },
  desk: { en: 'Desk and privacy', fr: 'Guichet et vie privée' },
  opening: { en: 'Opening the keychain', fr: 'Ouverture du trousseau' },
}

function Enrol() {
  const { t, language } = useSpeech()
  const [org, setOrg] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState('physician')
  const places = useAsked(['organisations'], () => device.organisations())
  const enrol = useDoing(() => device.enrol({ org: org || (places.data?.[0]?.org ?? ''), name: name.trim(), role }))
  const roles = Object.entries(professionWords).filter(([value]) => value !== 'keeper')
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        enrol.mutate(undefined)
      }}
    >
      <Select
        label={t(words.org)}
        value={org || (places.data?.[0]?.org ?? '')}
        onChange={setOrg}
        choices={(places.data ?? []).map((one) => ({ value: one.org, words: one.name }))}
      />
      <Field label={t(words.name)} value={name} onChange={setName} must />
      <Select
        label={t(words.role)}
        value={role}
        onChange={setRole}
        choices={roles.map(([value, both]) => ({ value, words: both[language] }))}
      />
      <Failure error={enrol.error} />
      <div>
        <Button type="submit" look="main" busy={enrol.isPending} off={name.trim() === ''}>
          {t(words.go)}
        </Button>
      </div>
    </form>
  )
}

function Demo({ staff }: { staff: readonly SampleStaff[] }) {
  const { t } = useSpeech()
  const become = useDoing((one: SampleStaff) => device.becomeWith(one), beginAnew)
  if (become.isPending) return <Progress label={t(words.opening)} />
  const roleOf = ({ role }: SampleStaff) => (professionWords[role] ? t(professionWords[role]) : t(words.desk))
  return (
    <Card title={t(words.demo)}>
      <p className="faint">{t(words.demoHelp)}</p>
      <Failure error={become.error} />
      <div className="grid">
        {staff.map((one) => (
          <Button key={`${one.kind}${one.name}`} wide onPress={() => become.mutate(one)}>
            <span className="choice-words">
              {one.name}
              <small>{one.kind === 'desk' ? roleOf(one) : `${roleOf(one)}, ${one.orgName}`}</small>
            </span>
          </Button>
        ))}
      </div>
    </Card>
  )
}

/** The first page. */
export function SignIn() {
  const { t } = useSpeech()
  const demo = useAsked(['samples'], () => device.samples())
  const known = useAsked(['profiles'], () => device.profiles())
  const use = useDoing(become)
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
      </div>
      {known.data && known.data.all.length > 0 ? (
        <Card title={t(words.known)}>
          <div className="grid">
            {known.data.all.map((one) => (
              <Button key={one.id} wide onPress={() => use.mutate(one.id)}>
                <span className="choice-words">
                  {one.name}
                  <small>{one.orgName}</small>
                </span>
              </Button>
            ))}
          </div>
        </Card>
      ) : null}
      {demo.data ? <Demo staff={demo.data.staff} /> : null}
      <Card title={t(words.new)}>
        <Enrol />
      </Card>
    </div>
  )
}
