/** About: is this app what the ledger says it is, whom does it trust, does the browser keep it; and its colours. */
import { organisationWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Colours } from '@salus/ui/web/colours'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { About as Told } from './device/about.ts'
import { device } from './device.ts'

const words = {
  title: { en: 'About', fr: 'À propos' },
  app: { en: 'This app', fr: 'Cette application' },
  version: { en: 'Version', fr: 'Version' },
  digest: { en: 'Digest of its files', fr: 'Empreinte de ses fichiers' },
  by: { en: 'On the ledger by', fr: 'Au registre par' },
  since: { en: 'since', fr: 'depuis le' },
  same: { en: 'These files are what the ledger says they are.', fr: 'Ces fichiers sont ceux que dit le registre.' },
  other: {
    en: 'The ledger does not name these files. Ask the organisation, or compare with: salus verify-app.',
    fr: 'Le registre ne nomme pas ces fichiers. Demandez à l’organisme, ou comparez avec : salus verify-app.',
  },
  offline: { en: 'Without a connection this cannot be compared.', fr: 'Sans connexion, on ne peut pas comparer.' },
  honest: {
    en: 'A page tells this about itself. Who wants to be sure compares on another machine.',
    fr: 'Une page le dit d’elle-même. Qui veut en être sûr compare sur une autre machine.',
  },
  trust: { en: 'Whom this device trusts', fr: 'À qui cet appareil se fie' },
  trustMore: {
    en: 'Pinned when it was first opened here. The desk’s printed QR code names the same ledger.',
    fr: 'Fixé à la première ouverture ici. Le code QR imprimé au guichet nomme le même registre.',
  },
  genesis: { en: 'Ledger', fr: 'Registre' },
  journal: { en: 'Log', fr: 'Journal' },
  storage: { en: 'On this device', fr: 'Sur cet appareil' },
  persisted: {
    en: 'The browser keeps your keys until you remove them.',
    fr: 'Le navigateur garde vos clés jusqu’à ce que vous les supprimiez.',
  },
  fleeting: {
    en: 'The browser may drop your keys when space is short. Have a way to come back.',
    fr: 'Le navigateur peut supprimer vos clés s’il manque de place. Ayez un moyen de revenir.',
  },
  ask: { en: 'Ask the browser to keep them', fr: 'Demander au navigateur de les garder' },
  asked: {
    en: 'The browser does not promise it. Installing the app often helps.',
    fr: 'Le navigateur ne le promet pas. Installer l’application aide souvent.',
  },
  licence: {
    en: 'Salus is free software under the Apache licence 2.0. The libraries in it are under MIT, Apache 2.0 or BSD licences.',
    fr: 'Salus est un logiciel libre sous licence Apache 2.0. Les bibliothèques qu’il contient sont sous licences MIT, Apache 2.0 ou BSD.',
  },
  looking: { en: 'Comparing', fr: 'Comparaison' },
}

function App({ told }: { told: Told }) {
  const { t, day } = useSpeech()
  const said = told.releases.filter((one) => one.digest === told.digest)
  return (
    <>
      {told.digest === undefined ? <Notice tone="warn">{t(words.offline)}</Notice> : null}
      {told.digest !== undefined && said.length > 0 ? <Notice tone="good">{t(words.same)}</Notice> : null}
      {told.digest !== undefined && said.length === 0 ? <Notice tone="warn">{t(words.other)}</Notice> : null}
      <Facts
        facts={[
          ...(said[0] ? [[t(words.version), said[0].version] as const] : []),
          ...(told.digest
            ? [
                [
                  t(words.digest),
                  <span className="code small" key="digest">
                    {told.digest}
                  </span>,
                ] as const,
              ]
            : []),
          ...said.map((one) => [t(words.by), `${one.name}, ${t(words.since)} ${day(one.at)}`] as const),
        ]}
      />
      <p className="faint">{t(words.honest)}</p>
    </>
  )
}

function Trust({ told }: { told: Told }) {
  const { t } = useSpeech()
  return (
    <Card title={t(words.trust)}>
      <p>{t(words.trustMore)}</p>
      <ul>
        {told.organisations.map((one) => (
          <li key={one.name}>
            {one.name}
            {organisationWords[one.kind] ? ` (${t(organisationWords[one.kind] as never)})` : ''}
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          [
            t(words.genesis),
            <span className="code small" key="genesis">
              {told.genesis}
            </span>,
          ] as const,
          ...told.journals.map((one) => [t(words.journal), one] as const),
        ]}
      />
    </Card>
  )
}

function Storage() {
  const { t } = useSpeech()
  const kept = useAsked(['persisted'], async () => (await navigator.storage?.persisted?.()) ?? false)
  const ask = useDoing(async () => (await navigator.storage?.persist?.()) ?? false)
  return (
    <Card title={t(words.storage)}>
      <div className="stack">
        {kept.data === true ? <p>{t(words.persisted)}</p> : null}
        {kept.data === false ? (
          <>
            <p>{t(ask.data === false ? words.asked : words.fleeting)}</p>
            <div>
              <Button busy={ask.isPending} onPress={() => ask.mutate(undefined)}>
                {t(words.ask)}
              </Button>
            </div>
          </>
        ) : null}
      </div>
    </Card>
  )
}

/** The page. */
export function About() {
  const { t } = useSpeech()
  const told = useAsked(['about'], () => device.about())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Card title={t(words.app)}>
        <div className="stack">
          <Failure error={told.error} />
          {told.isPending ? <Progress label={t(words.looking)} /> : null}
          {told.data ? <App told={told.data} /> : null}
          <p className="faint">{t(words.licence)}</p>
        </div>
      </Card>
      {told.data ? <Trust told={told.data} /> : null}
      <Storage />
      <Card>
        <Colours />
      </Card>
    </div>
  )
}
