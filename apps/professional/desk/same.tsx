/** Two records that are one person: joined, and separated again. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { Joined } from '../device/desk/merge.ts'
import type { Registered } from '../device/desk/register.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'The same person twice', fr: 'La même personne deux fois' },
  help: {
    en: 'Nothing is moved: new documents go to the record that goes on, and both are asked for. It can be taken back. Imports made with the command line keep going where they went until they are joined there.',
    fr: 'Rien n’est déplacé : les nouveaux documents vont au dossier qui continue, et les deux sont demandés. C’est réversible. Les imports en ligne de commande continuent où ils allaient jusqu’à la réunion là-bas.',
  },
  other: { en: 'The record that goes on', fr: 'Le dossier qui continue' },
  choose: { en: 'Choose', fr: 'Choisir' },
  join: { en: 'Join the two', fr: 'Réunir les deux' },
  sure: { en: 'Are these one person?', fr: 'Est-ce une seule personne ?' },
  goesOn: { en: 'goes on in', fr: 'continue dans' },
  from: { en: 'joined with', fr: 'réuni avec' },
  apart: { en: 'Separate again', fr: 'Séparer de nouveau' },
}

const lineOf = ({ name, birthDate, handle }: Registered): string =>
  [name, birthDate, `…${handle.slice(-6)}`].filter(Boolean).join(' · ')

function Standing({ one, away }: { one: Joined; away: boolean }) {
  const { t } = useSpeech()
  const apart = useDoing(() => device.unmerge(one))
  return (
    <>
      <div className="line">
        <span>
          <span>
            {t(away ? words.goesOn : words.from)} <strong>{one.name}</strong>
          </span>
          <small>{away ? one.into : one.from}</small>
        </span>
        <Button busy={apart.isPending} onPress={() => apart.mutate(undefined)}>
          {t(words.apart)}
        </Button>
      </div>
      <Failure error={apart.error} />
    </>
  )
}

/** The card of the person's page. */
export function Same({ person, all }: { person: Registered; all: readonly Registered[] }) {
  const { t } = useSpeech()
  const joined = useAsked(['joined', person.handle], () => device.joined(person.handle))
  const [into, setInto] = useState('')
  const [asked, setAsked] = useState(false)
  const other = all.find((one) => one.handle === into)
  const join = useDoing(
    (one: Registered) => device.merge(person.handle, one.handle),
    () => setInto(''),
  )
  const away = joined.data?.some((one) => one.from === person.handle)
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <p>{t(words.help)}</p>
        <Failure error={joined.error ?? join.error} />
        {joined.data?.map((one) => (
          <Standing key={one.merge} one={one} away={one.from === person.handle} />
        ))}
        {away ? null : (
          <>
            <Select
              label={t(words.other)}
              value={into}
              onChange={setInto}
              choices={[
                { value: '', words: t(words.choose) },
                ...all.filter((one) => one !== person).map((one) => ({ value: one.handle, words: lineOf(one) })),
              ]}
            />
            <div>
              <Button off={!other} busy={join.isPending} onPress={() => setAsked(true)}>
                {t(words.join)}
              </Button>
            </div>
          </>
        )}
      </div>
      <Dialog title={t(words.sure)} open={asked && other !== undefined} onClose={() => setAsked(false)}>
        <ul>{[person, other].map((one) => (one ? <li key={one.handle}>{lineOf(one)}</li> : null))}</ul>
        <Button
          look="main"
          wide
          onPress={() => {
            setAsked(false)
            if (other) join.mutate(other)
          }}
        >
          {t(words.join)}
        </Button>
      </Dialog>
    </Card>
  )
}
