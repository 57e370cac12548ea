/** Leaving: take everything along, and have everything erased; said before: what stays, for whom, why, until when. */
import { holdWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Field } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { save } from '@salus/ui/web/record/files'
import { useAsked, useDoing, useHeard } from '@salus/web-app/page'
import { useState } from 'react'
import type { Stays } from '../device/leaving.ts'
import { device } from '../device.ts'
import { Own } from '../own.tsx'

const words = {
  title: { en: 'Take everything, or leave', fr: 'Tout emporter, ou partir' },
  take: { en: 'Take everything along', fr: 'Tout emporter' },
  takeMore: {
    en: 'One file with every version of every document as FHIR, and the proofs of who wrote it. It is not sealed: keep it safe.',
    fr: 'Un fichier avec chaque version de chaque document en FHIR, et la preuve de son auteur. Il n’est pas chiffré : gardez-le en lieu sûr.',
  },
  export: { en: 'Save everything', fr: 'Tout enregistrer' },
  exporting: { en: 'Gathering documents and proofs', fr: 'Rassemblement des documents et des preuves' },
  exported: {
    one: { en: 'document saved.', fr: 'document enregistré.' },
    other: { en: 'documents saved.', fr: 'documents enregistrés.' },
  },
  broken: {
    en: 'did not open and are named in the file.',
    fr: 'ne se sont pas ouverts et sont nommés dans le fichier.',
  },
  erase: { en: 'Erase everything', fr: 'Tout effacer' },
  eraseMore: {
    en: 'Documents, keys, requests, permissions, your log: all of it, at the hospital’s node and on this device. Nobody can undo it. What others have read or saved, they keep.',
    fr: 'Documents, clés, demandes, autorisations, journal : tout, sur le nœud de l’hôpital et sur cet appareil. Personne ne peut l’annuler. Ce que d’autres ont lu ou enregistré, ils le gardent.',
  },
  staysTitle: { en: 'This stays', fr: 'Ceci reste' },
  stays: {
    one: { en: 'document kept by', fr: 'document gardé par' },
    other: { en: 'documents kept by', fr: 'documents gardés par' },
  },
  until: { en: 'until', fr: 'jusqu’au' },
  nothing: { en: 'Nothing of you stays.', fr: 'Rien de vous ne reste.' },
  leaf: {
    en: 'In the public log an unreadable mark of 32 bytes stays for each entry; it says nothing about anybody.',
    fr: 'Dans le journal public, une marque illisible de 32 octets reste pour chaque ligne ; elle ne dit rien de personne.',
  },
  begin: { en: 'I want to erase everything', fr: 'Je veux tout effacer' },
  type: { en: 'Type ERASE to go on', fr: 'Tapez EFFACER pour continuer' },
  word: { en: 'ERASE', fr: 'EFFACER' },
  erasing: { en: 'Erasing', fr: 'Effacement' },
  looking: { en: 'Looking what must be kept', fr: 'Recherche de ce qui doit être gardé' },
}

function Taking() {
  const { t, count } = useSpeech()
  const { done, of } = useHeard()
  const take = useDoing(
    () => device.exportAll(),
    ({ file }) => save(file, 'salus-export.json', 'application/json'),
  )
  return (
    <Card title={t(words.take)}>
      <div className="stack">
        <p>{t(words.takeMore)}</p>
        <Failure error={take.error} />
        {take.isPending ? (
          <Progress label={t(words.exporting)} {...(done !== undefined && of !== undefined ? { done, of } : {})} />
        ) : null}
        {take.data ? (
          <Notice tone="good">
            {count(take.data.records, words.exported)}{' '}
            {take.data.broken > 0 ? `${take.data.broken} ${t(words.broken)}` : null}
          </Notice>
        ) : null}
        <div>
          <Button busy={take.isPending} onPress={() => take.mutate(undefined)}>
            {t(words.export)}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function Kept({ stays }: { stays: readonly Stays[] }) {
  const { t, day, count } = useSpeech()
  return (
    <Notice title={stays.length > 0 ? t(words.staysTitle) : t(words.nothing)}>
      <ul>
        {stays.map(({ hold, name, reason, until, versions }) => (
          <li key={hold}>
            {count(versions, words.stays)} {name} {t(words.until)} {day(until)}:{' '}
            {holdWords[reason] ? t(holdWords[reason]) : reason}
          </li>
        ))}
        <li>{t(words.leaf)}</li>
      </ul>
    </Notice>
  )
}

function Confirming() {
  const { t } = useSpeech()
  const [typed, setTyped] = useState('')
  const stays = useAsked(['stays'], () => device.stays())
  const erase = useDoing(() => device.eraseAll())
  if (erase.isPending) return <Progress label={t(words.erasing)} />
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() === t(words.word)) erase.mutate(undefined)
      }}
    >
      {stays.isPending ? <Progress label={t(words.looking)} /> : null}
      {stays.data ? <Kept stays={stays.data} /> : null}
      <Field label={t(words.type)} value={typed} onChange={setTyped} must />
      <Failure error={erase.error ?? stays.error} />
      <div>
        <Button type="submit" look="danger" off={typed.trim() !== t(words.word) || stays.isPending}>
          {t(words.erase)}
        </Button>
      </div>
    </form>
  )
}

/** The page; what is shown after it stands in `erased.tsx`. */
export function Leave() {
  const { t } = useSpeech()
  const [sure, setSure] = useState(false)
  return (
    <Own title={t(words.title)}>
      <Taking />
      <Card title={t(words.erase)} tone="alert">
        <div className="stack">
          <p>{t(words.eraseMore)}</p>
          {sure ? (
            <Confirming />
          ) : (
            <div>
              <Button look="danger" onPress={() => setSure(true)}>
                {t(words.begin)}
              </Button>
            </div>
          )}
        </div>
      </Card>
    </Own>
  )
}
