/** One person of the register: code and sheet, a document filed by mistake, two records of one person. */
import type { Handle } from '@salus/base/ids'
import { mistakeWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useParams } from 'wouter'
import type { Registered } from '../device/desk/register.ts'
import { device } from '../device.ts'
import { Same } from './same.tsx'
import { Sheet } from './sheet.tsx'

const words = {
  unnamed: { en: 'Patient', fr: 'Patient' },
  birth: { en: 'Date of birth', fr: 'Date de naissance' },
  sex: { en: 'Sex', fr: 'Sexe' },
  handle: { en: 'Handle', fr: 'Identifiant' },
  numbers: { en: 'Numbers elsewhere', fr: 'Numéros ailleurs' },
  state: { en: 'Record', fr: 'Dossier' },
  claimed: { en: 'The patient has taken it over', fr: 'Le patient l’a repris' },
  unclaimed: { en: 'Not taken over yet', fr: 'Pas encore repris' },
  code: { en: 'Code for the phone', fr: 'Code pour le téléphone' },
  codeHelp: {
    en: 'With it the patient takes the record over. A new code ends the one before.',
    fr: 'Avec lui, le patient reprend son dossier. Un nouveau code annule le précédent.',
  },
  elsewhere: {
    en: 'The keys of this record are on another device of the desk: confirm the claim there.',
    fr: 'Les clés de ce dossier sont sur un autre appareil du guichet : confirmez la reprise là-bas.',
  },
  make: { en: 'Make a code', fr: 'Créer un code' },
  mistake: { en: 'A document filed here by mistake', fr: 'Un document déposé ici par erreur' },
  mistakeHelp: {
    en: 'Its content is destroyed, a notice stays in the record. The number stands on the author’s page or in the export.',
    fr: 'Son contenu est détruit, un avis reste dans le dossier. Le numéro figure sur la page de l’auteur ou dans l’export.',
  },
  record: { en: 'Number of the document', fr: 'Numéro du document' },
  why: { en: 'Why', fr: 'Pourquoi' },
  withdraw: { en: 'Take it back', fr: 'Retirer' },
  sure: { en: 'Destroy the content of this document?', fr: 'Détruire le contenu de ce document ?' },
  withdrawn: { en: 'Taken back. The notice stays in the record.', fr: 'Retiré. L’avis reste dans le dossier.' },
  gone: {
    en: 'Nobody of this handle stands in the register of this desk.',
    fr: 'Personne de cet identifiant ne figure au registre de ce guichet.',
  },
  loading: { en: 'Opening the register', fr: 'Ouverture du registre' },
}
const reasons = ['wrong-patient', 'entered-in-error'] as const

function Mistake({ handle }: { handle: Handle }) {
  const { t } = useSpeech()
  const [record, setRecord] = useState('')
  const [reason, setReason] = useState<(typeof reasons)[number]>('wrong-patient')
  const [asked, setAsked] = useState(false)
  const withdraw = useDoing(
    () => device.withdraw(handle, record.trim(), reason),
    () => setRecord(''),
  )
  return (
    <Card title={t(words.mistake)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          setAsked(true)
        }}
      >
        <Field label={t(words.record)} help={t(words.mistakeHelp)} value={record} onChange={setRecord} must />
        <Radios
          label={t(words.why)}
          value={reason}
          onChange={setReason}
          choices={reasons.map((value) => ({ value, words: t(mistakeWords[value] as never) }))}
        />
        <Failure error={withdraw.error} />
        {withdraw.isSuccess ? <Notice tone="good">{t(words.withdrawn)}</Notice> : null}
        <div>
          <Button type="submit" look="danger" busy={withdraw.isPending} off={record.trim() === ''}>
            {t(words.withdraw)}
          </Button>
        </div>
      </form>
      <Dialog title={t(words.sure)} open={asked} onClose={() => setAsked(false)}>
        <p className="code">{record}</p>
        <Button
          look="danger"
          wide
          onPress={() => {
            setAsked(false)
            withdraw.mutate(undefined)
          }}
        >
          {t(words.withdraw)}
        </Button>
      </Dialog>
    </Card>
  )
}

function Details({ person }: { person: Registered }) {
  const { t, day } = useSpeech()
  return (
    <Card>
      <Facts
        facts={[
          ...(person.birthDate ? [[t(words.birth), day(person.birthDate)] as const] : []),
          [t(words.state), t(person.claimed ? words.claimed : words.unclaimed)] as const,
          ...(person.identifiers.length > 0
            ? [[t(words.numbers), person.identifiers.map((one) => one.value).join(', ')] as const]
            : []),
          [
            t(words.handle),
            <span key="handle" className="code">
              {person.handle}
            </span>,
          ] as const,
        ]}
      />
    </Card>
  )
}

/** The page. */
export function Person() {
  const { t } = useSpeech()
  const { handle = '' } = useParams<{ handle: string }>()
  const all = useAsked(['register'], () => device.register())
  const [shown, setShown] = useState(false)
  const make = useDoing(
    () => device.claimCode(handle as Handle),
    () => setShown(true),
  )
  const person = all.data?.find((one) => one.handle === handle)
  if (all.isPending) return <Progress label={t(words.loading)} />
  if (!person) return all.error ? <Failure error={all.error} /> : <Empty>{t(words.gone)}</Empty>
  const name = person.name || t(words.unnamed)
  if (shown && make.data) return <Sheet name={name} {...make.data} onDone={() => setShown(false)} />
  return (
    <div className="stack">
      <h1>{name}</h1>
      <Details person={person} />
      {person.claimed ? null : (
        <Card title={t(words.code)}>
          <div className="stack">
            <p>{t(words.codeHelp)}</p>
            {person.held ? null : <Notice tone="warn">{t(words.elsewhere)}</Notice>}
            <Failure error={make.error} />
            <div>
              <Button look="main" busy={make.isPending} onPress={() => make.mutate(undefined)}>
                {t(words.make)}
              </Button>
            </div>
          </div>
        </Card>
      )}
      <Same person={person} all={all.data ?? []} />
      <Mistake handle={person.handle} />
    </div>
  )
}
