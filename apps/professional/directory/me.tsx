/** Who one is here, and how to be somebody else. */
import { professionWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { categoriesOf } from '@salus/ui/web/categories'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { device } from '../device.ts'
import { become } from './switch.ts'

const words = {
  title: { en: 'Who you are here', fr: 'Qui vous êtes ici' },
  name: { en: 'Name', fr: 'Nom' },
  role: { en: 'Profession', fr: 'Profession' },
  org: { en: 'Organisation', fr: 'Organisme' },
  until: { en: 'Vouched for until', fr: 'Attesté jusqu’au' },
  teams: { en: 'Teams', fr: 'Équipes' },
  handle: { en: 'Handle', fr: 'Identifiant' },
  print: { en: 'Fingerprint of this device', fr: 'Empreinte de cet appareil' },
  may: { en: 'May ask for', fr: 'Peut demander' },
  others: { en: 'Others in this browser', fr: 'Autres dans ce navigateur' },
  other: { en: 'Be somebody else', fr: 'Être quelqu’un d’autre' },
}

/** The page about oneself; a switch between those this browser knows. */
export function Me() {
  const speech = useSpeech()
  const { t, day } = speech
  const me = useAsked(['identity'], () => device.identity())
  const known = useAsked(['profiles'], () => device.profiles())
  const use = useDoing(become)
  if (!me.data) return <Progress label={t(words.title)} />
  const { profile, credential, teams, handle, fingerprint, may } = me.data
  const others = (known.data?.all ?? []).filter((one) => one.id !== profile.id)
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={me.error ?? use.error} />
      <Card>
        <Facts
          facts={[
            [t(words.name), profile.name] as const,
            [t(words.org), profile.orgName] as const,
            ...(credential
              ? [
                  [
                    t(words.role),
                    professionWords[credential.profession] ? t(professionWords[credential.profession] as never) : '',
                  ] as const,
                  [t(words.until), day(credential.until)] as const,
                  [t(words.may), categoriesOf(may, speech)] as const,
                ]
              : []),
            ...(teams.length > 0 ? [[t(words.teams), teams.map((one) => one.name).join(', ')] as const] : []),
            ...(handle
              ? [
                  [
                    t(words.handle),
                    <span key="handle" className="code">
                      {handle}
                    </span>,
                  ] as const,
                ]
              : []),
            [
              t(words.print),
              <span key="print" className="code">
                {fingerprint}
              </span>,
            ] as const,
          ]}
        />
      </Card>
      {others.length > 0 ? (
        <Card title={t(words.others)}>
          <div className="grid">
            {others.map((one) => (
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
      <div>
        <Button onPress={() => use.mutate(undefined)}>{t(words.other)}</Button>
      </div>
    </div>
  )
}
