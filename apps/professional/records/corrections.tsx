/** What patients say is wrong, and taking back what was filed by mistake. */
import { type WithdrawalReason, withdrawalReasons } from '@salus/records/contract'
import { mistakeWords } from '@salus/ui/vocabulary'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'Corrections', fr: 'Corrections' },
  disputed: { en: 'Patients say that these are wrong', fr: 'Des patients signalent une erreur' },
  none: {
    en: 'Nothing is disputed. What patients report as wrong appears here.',
    fr: 'Rien n’est contesté. Ce que les patients signalent apparaît ici.',
  },
  answer: { en: 'Write a new version', fr: 'Écrire une nouvelle version' },
  back: { en: 'Take a document back', fr: 'Retirer un document' },
  backHelp: {
    en: 'Filed by mistake, or in the wrong patient’s record. Its content is destroyed; the notice stays.',
    fr: 'Déposé par erreur, ou dans le dossier d’un autre. Son contenu est détruit ; l’avis reste.',
  },
  patient: { en: 'Handle of the patient', fr: 'Identifiant du patient' },
  record: { en: 'Number of the document', fr: 'Numéro du document' },
  why: { en: 'Why', fr: 'Pourquoi' },
  do: { en: 'Take it back', fr: 'Le retirer' },
  done: { en: 'Taken back.', fr: 'Retiré.' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

const formOf: Readonly<Record<string, string>> = {
  allergies: 'allergy',
  problems: 'diagnosis',
  medications: 'prescription',
  results: 'result',
  procedures: 'procedure',
  immunizations: 'immunization',
  plans: 'carePlan',
  visits: 'visitNote',
  documents: 'document',
}

function Disputes() {
  const speech = useSpeech()
  const { t, day } = speech
  const all = useAsked(['disputes'], () => device.disputes())
  return (
    <Card title={t(words.disputed)}>
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      <Failure error={all.error} />
      {all.data?.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      <ul className="list">
        {all.data?.map((one) => (
          <li key={one.record} className="line">
            <span>
              <strong>{categoryOf(one.category, speech)}</strong>
              <span>{mistakeWords[one.reason] ? t(mistakeWords[one.reason] as never) : one.reason}</span>
              <small>
                {day(one.at)} · {one.patient}
              </small>
            </span>
            {formOf[one.category] ? (
              <ButtonLink href={`#/patient/${one.patient}/write/${formOf[one.category]}/answers.${one.record}`}>
                {t(words.answer)}
              </ButtonLink>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Withdraw() {
  const { t } = useSpeech()
  const [patient, setPatient] = useState('')
  const [record, setRecord] = useState('')
  const [reason, setReason] = useState<WithdrawalReason>('entered-in-error')
  const take = useDoing(() => device.withdraw(patient.trim().toUpperCase(), record.trim(), reason))
  return (
    <Card title={t(words.back)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          take.mutate(undefined)
        }}
      >
        <p>{t(words.backHelp)}</p>
        <Field label={t(words.patient)} value={patient} onChange={setPatient} must />
        <Field label={t(words.record)} value={record} onChange={setRecord} must />
        <Radios
          label={t(words.why)}
          value={reason}
          onChange={setReason}
          choices={withdrawalReasons.map((value) => ({
            value,
            words: mistakeWords[value] ? t(mistakeWords[value]) : value,
          }))}
        />
        <Failure error={take.error} />
        {take.isSuccess ? <Notice tone="good">{t(words.done)}</Notice> : null}
        <div>
          <Button type="submit" look="danger" busy={take.isPending} off={patient.trim() === '' || record.trim() === ''}>
            {t(words.do)}
          </Button>
        </div>
      </form>
    </Card>
  )
}

/** The page. */
export function Corrections() {
  const { t } = useSpeech()
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Disputes />
      <Withdraw />
    </div>
  )
}
