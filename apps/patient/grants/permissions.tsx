/** What stands, until when; taken back in two presses, with the truth about what was read. */
import { documentWords, purposeWords } from '@salus/ui/vocabulary'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { categoriesOf } from '@salus/ui/web/categories'
import { Dialog } from '@salus/ui/web/dialog'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { nameOf, placeOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import type { Permission } from '../device/permissions.ts'
import { device } from '../device.ts'
import { Stopped } from '../directory/stopped.tsx'

const words = {
  title: { en: 'Permissions', fr: 'Autorisations' },
  none: {
    en: 'Nobody may open anything now. What you allow will stand here until it ends, or until you take it back.',
    fr: 'Personne ne peut rien ouvrir. Ce que vous autorisez apparaîtra ici jusqu’à sa fin, ou jusqu’à ce que vous le retiriez.',
  },
  until: { en: 'until', fr: 'jusqu’au' },
  standing: { en: 'also what is added', fr: 'aussi ce qui sera ajouté' },
  once: { en: 'what was there', fr: 'ce qui existait' },
  identity: {
    en: 'Your identity (name, birth date) goes along with any permission.',
    fr: 'Votre identité (nom, date de naissance) accompagne toute autorisation.',
  },
  opened: {
    one: { en: 'document opened so far', fr: 'document ouvert jusqu’ici' },
    other: { en: 'documents opened so far', fr: 'documents ouverts jusqu’ici' },
  },
  revoke: { en: 'Take it back', fr: 'Retirer' },
  sure: { en: 'Take this permission back?', fr: 'Retirer cette autorisation ?' },
  stops: { en: 'Nothing more will open from now on.', fr: 'Plus rien ne s’ouvrira désormais.' },
  truth: { en: 'What was read cannot be unread', fr: 'Ce qui a été lu ne peut pas être repris' },
  unread: { en: 'Nothing was opened under it so far.', fr: 'Rien n’a été ouvert jusqu’ici.' },
  over: { en: 'Over or taken back', fr: 'Terminées ou retirées' },
  taken: { en: 'Taken back. Nothing more will open.', fr: 'Retiré. Plus rien ne s’ouvrira.' },
  ending: {
    en: 'You took it back; your hospital was not reached yet: this app tells it when it is open.',
    fr: 'Vous l’avez retirée ; votre hôpital n’a pas été joint : cette application le prévient, ouverte.',
  },
  choices: { en: 'My choices in advance', fr: 'Mes choix à l’avance' },
  revokedAt: { en: 'taken back', fr: 'retirée le' },
  loading: { en: 'Looking at your permissions', fr: 'Lecture de vos autorisations' },
}

function Details({ one }: { one: Permission }) {
  const speech = useSpeech()
  const { t, moment, count } = speech
  const what = one.categories.length > 0 ? categoriesOf(one.categories, speech) : count(one.records, documentWords)
  return (
    <>
      <p className="faint">{placeOf(one.reader, speech)}</p>
      <p>
        <strong>{what}</strong>
        {one.purpose && purposeWords[one.purpose] ? ` · ${t(purposeWords[one.purpose] as never)}` : ''}
      </p>
      <p>
        <span className="tag">{t(one.standing ? words.standing : words.once)}</span> {t(words.until)}{' '}
        {moment(one.until)}
      </p>
      {one.ending ? <p>{t(words.ending)}</p> : null}
      <p className="faint">
        {count(one.opened, words.opened)}
        {one.lastOpened ? ` · ${moment(one.lastOpened)}` : ''}
      </p>
    </>
  )
}

/** What stands, and below it what is over. */
export function Permissions() {
  const speech = useSpeech()
  const { t, moment, count, pair } = speech
  const read = (opened: number) => `${pair(t(words.truth))} ${count(opened, documentWords)}.`
  const all = useAsked(['permissions'], () => device.permissions())
  const [asked, setAsked] = useState<Permission>()
  // Where copies are is known before it is needed: the own hospital may be down when it is.
  useEffect(() => void device.tellAgain().catch(() => undefined), [])
  const revoke = useDoing((id: string) => device.revoke(id))
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <p className="faint">{t(words.identity)}</p>
      <div>
        <ButtonLink href="#/choices">{t(words.choices)}</ButtonLink>
      </div>
      <Failure error={all.error ?? revoke.error} />
      {revoke.isSuccess ? (
        <Notice tone={revoke.data.homeWaits ? 'warn' : 'good'}>
          {revoke.data.homeWaits ? '' : t(words.taken)} {revoke.data.opened > 0 ? read(revoke.data.opened) : ''}
          <Stopped stores={revoke.data.stores} homeWaits={revoke.data.homeWaits} />
        </Notice>
      ) : null}
      {all.isPending ? <Progress label={t(words.loading)} /> : null}
      {all.data?.standing.length === 0 && !all.error ? <Empty>{t(words.none)}</Empty> : null}
      {all.data?.standing.map((one) => (
        <Card key={one.id} title={nameOf(one.reader, speech)}>
          <Details one={one} />
          <Button
            look="danger"
            onPress={() => setAsked(one)}
            label={`${t(words.revoke)}: ${nameOf(one.reader, speech)}`}
          >
            {t(words.revoke)}
          </Button>
        </Card>
      ))}
      {all.data && all.data.over.length > 0 ? (
        <details>
          <summary>
            {t(words.over)} ({all.data.over.length})
          </summary>
          <div className="stack">
            {all.data.over.map((one) => (
              <Card key={one.id} title={nameOf(one.reader, speech)} tone="quiet">
                <Details one={one} />
                {one.revokedAt ? (
                  <p>
                    {t(words.revokedAt)} {moment(one.revokedAt)}
                  </p>
                ) : null}
              </Card>
            ))}
          </div>
        </details>
      ) : null}
      <Dialog title={t(words.sure)} open={asked !== undefined} onClose={() => setAsked(undefined)}>
        {asked ? (
          <>
            <p>
              {t(words.stops)} {asked.opened === 0 ? t(words.unread) : read(asked.opened)}
            </p>
            <Button
              look="danger"
              wide
              busy={revoke.isPending}
              onPress={() => {
                revoke.mutate(asked.id)
                setAsked(undefined)
              }}
            >
              {t(words.revoke)}
            </Button>
          </>
        ) : null}
      </Dialog>
    </div>
  )
}
