/** One document: readable, with its files, its curve, its FHIR, and what one can do about it. */

import type { DisputeReason } from '@salus/records/contract'
import { mistakeWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { pretty, RecordCard } from '@salus/ui/web/record/card'
import { Files } from '@salus/ui/web/record/files'
import { Series } from '@salus/ui/web/record/series'
import { whoOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useParams } from 'wouter'
import { device } from '../device.ts'

const words = {
  by: { en: 'Written by', fr: 'Écrit par' },
  filed: { en: 'filed', fr: 'déposé' },
  wrong: { en: 'This is wrong', fr: 'Signaler une erreur' },
  what: { en: 'What is wrong?', fr: 'Qu’est-ce qui est faux ?' },
  tell: { en: 'Tell the author', fr: 'Prévenir l’auteur' },
  told: { en: 'The author is told.', fr: 'L’auteur est prévenu.' },
  hide: { en: 'Hide', fr: 'Masquer' },
  hideTitle: { en: 'Hide this document?', fr: 'Masquer ce document ?' },
  hideMore: {
    en: 'It is then never given by category, only when you name it yourself. Whoever was given it before may keep it.',
    fr: 'Il n’est alors jamais donné par catégorie, seulement si vous le désignez. Qui l’a déjà reçu peut le garder.',
  },
  hidden: {
    en: 'Hidden: shown to nobody who is not given it by name.',
    fr: 'Masqué : montré à personne sans qu’on le désigne.',
  },
  raw: { en: 'As FHIR', fr: 'En FHIR' },
  opening: { en: 'Opening', fr: 'Ouverture' },
}

const reasons: readonly DisputeReason[] = ['wrong', 'outdated', 'not-mine']

function Acts({ record, hidden }: { record: string; hidden: boolean }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState<'wrong' | 'hide' | undefined>()
  const [reason, setReason] = useState<DisputeReason>('wrong')
  const close = () => setOpen(undefined)
  const object = useDoing(() => device.objectTo(record, reason), close)
  const hide = useDoing(() => device.hide([record]), close)
  return (
    <>
      {object.isSuccess ? <Notice tone="good">{t(words.told)}</Notice> : null}
      <div className="row">
        <Button onPress={() => setOpen('wrong')}>{t(words.wrong)}</Button>
        {hidden ? null : <Button onPress={() => setOpen('hide')}>{t(words.hide)}</Button>}
      </div>
      <Dialog title={t(words.wrong)} open={open === 'wrong'} onClose={close}>
        <Radios
          label={t(words.what)}
          value={reason}
          onChange={setReason}
          choices={reasons.map((value) => ({ value, words: mistakeWords[value] ? t(mistakeWords[value]) : value }))}
        />
        <Failure error={object.error} />
        <Button look="main" busy={object.isPending} onPress={() => object.mutate(undefined)}>
          {t(words.tell)}
        </Button>
      </Dialog>
      <Dialog title={t(words.hideTitle)} open={open === 'hide'} onClose={close}>
        <p>{t(words.hideMore)}</p>
        <Failure error={hide.error} />
        <Button look="main" busy={hide.isPending} onPress={() => hide.mutate(undefined)}>
          {t(words.hide)}
        </Button>
      </Dialog>
    </>
  )
}

/** The page of one document. */
export function EntryPage() {
  const speech = useSpeech()
  const { t, language, day } = speech
  const { id = '' } = useParams<{ id: string }>()
  const one = useAsked(['entry', id, language], () => device.entry(id, language))
  const series = useAsked(['series', id, language], () => device.seriesFor(id, language))
  if (one.isPending) return <Progress label={t(words.opening)} />
  if (!one.data) return <Failure error={one.error} />
  const { view, fhir, author, at, category, hidden } = one.data
  return (
    <div className="stack">
      <p>
        <a href={`#/record/in/${hidden ? 'hidden' : category}`}>{categoryOf(hidden ? 'hidden' : category, speech)}</a>
      </p>
      <h1>{view.title}</h1>
      {hidden ? <Notice>{t(words.hidden)}</Notice> : null}
      <Card tone={view.kind === 'allergy' && view.alert ? 'alert' : 'quiet'}>
        <RecordCard view={view} />
        <p className="faint">
          {t(words.by)} {whoOf(author, speech)} · {t(words.filed)} {day(at)}
        </p>
      </Card>
      {series.data && series.data.length > 0 ? <Series series={series.data} /> : null}
      <Files attachments={view.attachments} />
      <Acts record={id} hidden={hidden} />
      <details>
        <summary>{t(words.raw)}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
        <pre tabIndex={0}>{pretty(fhir)}</pre>
      </details>
    </div>
  )
}
