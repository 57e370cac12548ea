/** What was granted, on one calm page: what must not be missed on top, then time, results, documents; and what was not shared. */

import { folded } from '@salus/fhir/view/fold'
import { copyWords } from '@salus/ui/vocabulary'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { categoriesOf, categoryOf } from '@salus/ui/web/categories'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { RecordLine } from '@salus/ui/web/record/card'
import { save } from '@salus/ui/web/record/files'
import { Series } from '@salus/ui/web/record/series'
import { VirtualList } from '@salus/ui/web/record/virtual'
import { nameOf } from '@salus/ui/web/who'
import { useAsked, useDoing, useHeard } from '@salus/web-app/page'
import { useDeferredValue, useMemo, useState } from 'react'
import { useParams } from 'wouter'
import type { Entry, Page } from '../device/reading.ts'
import { device } from '../device.ts'

const words = {
  unnamed: { en: 'Patient', fr: 'Patient' },
  opening: { en: 'Opening what was allowed', fr: 'Ouverture de ce qui est autorisé' },
  told: {
    en: 'The patient sees this reading in the log.',
    fr: 'Le patient voit cette lecture dans son journal.',
  },
  readAt: { en: 'It was made on', fr: 'Elle a été faite le' },
  takenBack: {
    en: 'The patient took this back; nothing more opens.',
    fr: 'Le patient a retiré cet accès ; plus rien ne s’ouvre.',
  },
  over: { en: 'This access is over; nothing more opens.', fr: 'Cet accès est terminé ; plus rien ne s’ouvre.' },
  seen: { en: 'What you see was read on', fr: 'Ce que vous voyez a été lu le' },
  back: { en: 'Back to the patient', fr: 'Retour au patient' },
  allergies: { en: 'Allergies', fr: 'Allergies' },
  problems: { en: 'Health problems', fr: 'Problèmes de santé' },
  medicines: { en: 'Medicines', fr: 'Médicaments' },
  noneRecorded: { en: 'Shared; nothing is recorded.', fr: 'Partagé ; rien n’est noté.' },
  notSharedHere: { en: 'Not shared with you.', fr: 'Non partagé avec vous.' },
  notShared: { en: 'Not shared with you', fr: 'Non partagé avec vous' },
  notSharedMore: {
    en: 'There may be something there, or nothing: this page does not know.',
    fr: 'Il peut y avoir quelque chose, ou rien : cette page ne le sait pas.',
  },
  partly: { en: 'Only single documents of', fr: 'Certains documents seulement de' },
  search: { en: 'Search in what is open', fr: 'Chercher dans ce qui est ouvert' },
  category: { en: 'Category', fr: 'Catégorie' },
  all: { en: 'all', fr: 'toutes' },
  time: { en: 'Time line', fr: 'Chronologie' },
  curves: { en: 'Results over time', fr: 'Résultats dans le temps' },
  nothing: { en: 'Nothing fits.', fr: 'Rien ne correspond.' },
  empty: {
    en: 'The patient allowed this, and nothing is recorded in it yet.',
    fr: 'Le patient l’a autorisé, et rien n’y est encore noté.',
  },
  refused: {
    one: {
      en: 'document does not open or does not prove its author',
      fr: 'document ne s’ouvre pas ou ne prouve pas son auteur',
    },
    other: {
      en: 'documents do not open or do not prove their author',
      fr: 'documents ne s’ouvrent pas ou ne prouvent pas leur auteur',
    },
  },
  print: { en: 'Print or save as PDF', fr: 'Imprimer ou enregistrer en PDF' },
  fhir: { en: 'Save as FHIR', fr: 'Enregistrer en FHIR' },
  ips: { en: 'Save as summary (IPS)', fr: 'Enregistrer le résumé (IPS)' },
  again: { en: 'Read again', fr: 'Relire' },
  write: { en: 'Write', fr: 'Écrire' },
  born: { en: 'born', fr: 'né(e) le' },
}

const tops = [
  ['allergies', words.allergies],
  ['problems', words.problems],
  ['medications', words.medicines],
] as const

function Top({ page, request }: { page: Page; request: string }) {
  const { t } = useSpeech()
  return (
    <div className="grid">
      {tops.map(([category, title]) => {
        const there = page.entries.filter((one) => one.category === category && !one.view.mistaken)
        const alert = there.some((one) => one.view.kind === 'allergy' && one.view.alert)
        return (
          <Card key={category} title={t(title)} {...(alert ? { tone: 'alert' as const } : {})}>
            {there.length > 0 ? (
              <ul className="list">
                {there.slice(0, 8).map((one) => (
                  <li key={one.record}>
                    <a href={`#/read/${request}/${one.record}`}>{one.view.title}</a>
                    {one.view.kind === 'prescription' || one.view.kind === 'medication' ? (
                      <small> {one.view.dosage[0]}</small>
                    ) : null}
                  </li>
                ))}
              </ul>
            ) : (
              <p className="faint">{t(page.notShared.includes(category) ? words.notSharedHere : words.noneRecorded)}</p>
            )}
          </Card>
        )
      })}
    </div>
  )
}

function NotShared({ page }: { page: Page }) {
  const speech = useSpeech()
  const { t, pair } = speech
  return (
    <>
      {page.partly.length > 0 ? (
        <Notice>
          {pair(t(words.partly))} {categoriesOf(page.partly, speech)}
        </Notice>
      ) : null}
      {page.notShared.length > 0 ? (
        <Notice title={t(words.notShared)}>
          {categoriesOf(page.notShared, speech)}. {t(words.notSharedMore)}
        </Notice>
      ) : null}
    </>
  )
}

function Found({ entries, request }: { entries: readonly Entry[]; request: string }) {
  const speech = useSpeech()
  const { t } = speech
  const [typed, setTyped] = useState('')
  const [category, setCategory] = useState('')
  const wanted = useDeferredValue(folded(typed).trim())
  const shown = useMemo(
    () =>
      entries.filter(
        (one) =>
          (category === '' || one.category === category) &&
          wanted.split(/\s+/).every((word) => one.search.includes(word)),
      ),
    [entries, category, wanted],
  )
  const categories = [...new Set(entries.map((one) => one.category))]
  return (
    <section className="stack" aria-label={t(words.time)}>
      <h2>{t(words.time)}</h2>
      <div className="row">
        <Field label={t(words.search)} kind="search" value={typed} onChange={setTyped} />
        <Select
          label={t(words.category)}
          value={category}
          onChange={setCategory}
          choices={[
            { value: '', words: t(words.all) },
            ...categories.map((value) => ({ value, words: categoryOf(value, speech) })),
          ]}
        />
      </div>
      {shown.length === 0 ? <Empty>{t(entries.length === 0 ? words.empty : words.nothing)}</Empty> : null}
      <VirtualList
        items={shown}
        label={t(words.time)}
        keyOf={(one) => one.record}
        draw={(one) => (
          <RecordLine
            view={one.view}
            href={`#/read/${request}/${one.record}`}
            aside={<small>{nameOf(one.author, speech)}</small>}
          />
        )}
      />
    </section>
  )
}

function Acts({ request, patient, onAgain }: { request: string; patient: string; onAgain: () => void }) {
  const { t, language } = useSpeech()
  const exporting = useDoing(
    (form: 'fhir' | 'ips') => device.exported(request, form, language),
    (text) => save(text, 'salus-record.json', 'application/fhir+json'),
  )
  return (
    <>
      <div className="row">
        <ButtonLink look="main" href={`#/patient/${patient}/write`}>
          {t(words.write)}
        </ButtonLink>
        <Button onPress={() => print()}>{t(words.print)}</Button>
        <Button busy={exporting.isPending} onPress={() => exporting.mutate('ips')}>
          {t(words.ips)}
        </Button>
        <Button busy={exporting.isPending} onPress={() => exporting.mutate('fhir')}>
          {t(words.fhir)}
        </Button>
        <Button look="quiet" onPress={onAgain}>
          {t(words.again)}
        </Button>
      </div>
      <Failure error={exporting.error} />
    </>
  )
}

/** Said before anything else: this opens no more, and how old is what still stands here. */
function Ended({ request, readAt }: { request: string; readAt: number }) {
  const { t, moment } = useSpeech()
  const all = useAsked(['requests'], () => device.requests())
  const state = all.data?.all.find((one) => one.id === request)?.state
  if (state !== 'taken-back' && state !== 'over') return null
  return (
    <Notice tone="warn" title={t(state === 'over' ? words.over : words.takenBack)}>
      {t(words.seen)} {moment(readAt)}.
    </Notice>
  )
}

/** The page of what one request opened. */
export function Read() {
  const { t, language, day, moment, count } = useSpeech()
  const { request = '' } = useParams<{ request: string }>()
  const { done, of } = useHeard()
  const page = useAsked(['read', request, language], () => device.openRequest(request, language))
  const again = useDoing(() => device.openRequest(request, language, true))
  if (page.isPending || again.isPending) {
    return <Progress label={t(words.opening)} {...(done !== undefined && of !== undefined ? { done, of } : {})} />
  }
  if (!page.data) return <Failure error={page.error} />
  const { person, patient, entries, series, refused, readAt, copy } = page.data
  return (
    <div className="stack">
      <Ended request={request} readAt={readAt} />
      {copy ? <Notice tone="info">{copyWords[language](copy)}</Notice> : null}
      <div>
        <h1>{person?.name ?? t(words.unnamed)}</h1>
        <p className="faint">
          {person?.birthDate ? `${t(words.born)} ${day(person.birthDate)} · ` : ''}
          {t(words.told)} {t(words.readAt)} {moment(readAt)}.
        </p>
        <a href={`#/patient/${patient}`}>{t(words.back)}</a>
      </div>
      <Failure error={again.error} />
      {refused > 0 ? <Notice tone="warn">{count(refused, words.refused)}</Notice> : null}
      <Top page={page.data} request={request} />
      <NotShared page={page.data} />
      <Acts request={request} patient={patient} onAgain={() => again.mutate(undefined)} />
      {series.length > 0 ? (
        <details>
          <summary>
            {t(words.curves)} ({series.length})
          </summary>
          <Series series={series} />
        </details>
      ) : null}
      <Found entries={entries} request={request} />
    </div>
  )
}
