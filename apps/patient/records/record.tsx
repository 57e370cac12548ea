/** The record by category and by time; a search over what is open here. */
import { Button, ButtonLink } from '@salus/ui/web/button'
import { categoryOf } from '@salus/ui/web/categories'
import { Field, Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { RecordLine } from '@salus/ui/web/record/card'
import { VirtualList } from '@salus/ui/web/record/virtual'
import { useAsked, useHeard } from '@salus/web-app/page'
import { useDeferredValue, useMemo, useState } from 'react'
import { useParams } from 'wouter'
import type { Entry } from '../device/records.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'My record', fr: 'Mon dossier' },
  search: { en: 'Search', fr: 'Chercher' },
  add: { en: 'Add something', fr: 'Ajouter' },
  order: { en: 'Show', fr: 'Afficher' },
  byCategory: { en: 'by category', fr: 'par catégorie' },
  byTime: { en: 'by time', fr: 'par date' },
  opening: { en: 'Opening your documents', fr: 'Ouverture de vos documents' },
  empty: {
    en: 'Nothing here yet. What your clinicians write, and what you add yourself, will stand here.',
    fr: 'Rien ici pour l’instant. Ce que vos soignants écrivent et ce que vous ajoutez apparaîtra ici.',
  },
  nothing: { en: 'Nothing fits this search.', fr: 'Rien ne correspond à cette recherche.' },
  hidden: { en: 'hidden', fr: 'masqué' },
  disputed: { en: 'you said it is wrong', fr: 'signalé comme faux' },
  unopened: {
    one: {
      en: 'document does not open, or does not prove who wrote it.',
      fr: 'document ne s’ouvre pas, ou ne prouve pas son auteur.',
    },
    other: {
      en: 'documents do not open, or do not prove who wrote them.',
      fr: 'documents ne s’ouvrent pas, ou ne prouvent pas leur auteur.',
    },
  },
  back: { en: 'All categories', fr: 'Toutes les catégories' },
}

/** Lower case, without accents: as the documents' own words were folded. */
const fold = (typed: string): string => typed.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().trim()

const matches = (one: Entry, wanted: string): boolean => wanted.split(/\s+/).every((word) => one.search.includes(word))

function Categories({ entries }: { entries: readonly Entry[] }) {
  const speech = useSpeech()
  const groups = useMemo(() => [...Map.groupBy(entries, (one) => (one.hidden ? 'hidden' : one.category))], [entries])
  return (
    <ul className="list">
      {groups
        .map(([category, all]) => ({ category, all, name: categoryOf(category, speech) }))
        .sort((a, b) => a.name.localeCompare(b.name, speech.language))
        .map(({ category, all, name }) => (
          <li key={category}>
            <a className="line" href={`#/record/in/${category}`}>
              <span>
                <strong>{name}</strong>
                <small>{all[0]?.view.title}</small>
              </span>
              <span className="tag">{all.length}</span>
            </a>
          </li>
        ))}
    </ul>
  )
}

function Tags({ entry }: { entry: Entry }) {
  const { t } = useSpeech()
  return (
    <>
      {entry.hidden ? <span className="tag">{t(words.hidden)}</span> : null}
      {entry.disputed ? <span className="tag warn">{t(words.disputed)}</span> : null}
    </>
  )
}

/** All of it, or one category. */
export function RecordPage() {
  const speech = useSpeech()
  const { t, language } = speech
  const { category } = useParams<{ category?: string }>()
  const { done, of } = useHeard()
  const all = useAsked(['entries', language], () => device.entries(language))
  const [typed, setTyped] = useState('')
  const [order, setOrder] = useState('category')
  const wanted = useDeferredValue(fold(typed))
  const shown = useMemo(
    () =>
      (all.data?.entries ?? []).filter(
        (one) =>
          (category === undefined || (one.hidden ? 'hidden' : one.category) === category) &&
          (wanted === '' || matches(one, wanted)),
      ),
    [all.data, category, wanted],
  )
  const grouped = category === undefined && order === 'category' && wanted === ''
  return (
    <div className="stack">
      <div className="row">
        <h1>{category ? categoryOf(category, speech) : t(words.title)}</h1>
        {category ? <a href="#/record">{t(words.back)}</a> : null}
      </div>
      <Failure error={all.error} />
      {all.data && all.data.unopened > 0 ? (
        <Notice tone="warn">{speech.count(all.data.unopened, words.unopened)}</Notice>
      ) : null}
      <div className="row">
        <ButtonLink look="main" href="#/record/add">
          {t(words.add)}
        </ButtonLink>
      </div>
      <Field label={t(words.search)} kind="search" value={typed} onChange={setTyped} />
      {category ? null : (
        <Select
          label={t(words.order)}
          value={order}
          onChange={setOrder}
          choices={[
            { value: 'category', words: t(words.byCategory) },
            { value: 'time', words: t(words.byTime) },
          ]}
        />
      )}
      {all.isPending ? (
        <Progress label={t(words.opening)} {...(done !== undefined && of !== undefined ? { done, of } : {})} />
      ) : null}
      {all.data?.entries.length === 0 ? <Empty>{t(words.empty)}</Empty> : null}
      {all.data && all.data.entries.length > 0 && shown.length === 0 ? <Empty>{t(words.nothing)}</Empty> : null}
      {grouped ? (
        <Categories entries={shown} />
      ) : (
        <VirtualList
          items={shown}
          label={category ? categoryOf(category, speech) : t(words.title)}
          keyOf={(one) => one.record}
          draw={(one) => (
            <RecordLine view={one.view} href={`#/record/one/${one.record}`} aside={<Tags entry={one} />} />
          )}
        />
      )}
      {typed ? (
        <Button look="quiet" onPress={() => setTyped('')}>
          {t(words.back)}
        </Button>
      ) : null}
    </div>
  )
}
