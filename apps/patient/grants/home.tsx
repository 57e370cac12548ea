/** Home: who waits for an answer, who reads in an emergency, what is new. */
import { glassWords, purposeWords, statementWords } from '@salus/ui/vocabulary'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { categoriesOf } from '@salus/ui/web/categories'
import { type Speech, useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { nameOf, placeOf, whoOf } from '@salus/ui/web/who'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { Asking } from '../device/grants.ts'
import type { Line } from '../device/log.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Hello', fr: 'Bonjour' },
  waiting: { en: 'Waiting for your answer', fr: 'Attendent votre réponse' },
  asks: { en: 'asks to see', fr: 'demande à voir' },
  for: { en: 'for', fr: 'pour' },
  until: { en: 'until', fr: 'jusqu’au' },
  look: { en: 'Look and answer', fr: 'Voir et répondre' },
  documents: {
    one: { en: 'document named by itself', fr: 'document désigné' },
    other: { en: 'documents named one by one', fr: 'documents désignés un à un' },
  },
  news: { en: 'New', fr: 'Nouveau' },
  nothing: {
    en: 'Nothing new. Here you will see who asks for something, who opened something, and what was added.',
    fr: 'Rien de nouveau. Ici vous verrez qui demande, qui a ouvert et ce qui a été ajouté.',
  },
  emergency: { en: 'Emergency access is open', fr: 'Un accès d’urgence est ouvert' },
  notYet: { en: 'Nothing was opened yet.', fr: 'Rien n’est encore ouvert.' },
  stop: { en: 'Stop it', fr: 'L’arrêter' },
  all: { en: 'All accesses', fr: 'Tous les accès' },
  loading: { en: 'Looking what is new', fr: 'Recherche des nouveautés' },
  stale: {
    en: 'This request can no longer be answered: a key or a credential has changed.',
    fr: 'Cette demande ne peut plus recevoir de réponse : une clé ou une habilitation a changé.',
  },
  fork: { en: 'This node does not show you the whole past', fr: 'Ce nœud ne vous montre pas tout le passé' },
}

/** What a request is about, in one sentence. */
export const askedFor = (asking: Pick<Asking, 'categories' | 'records'>, speech: Speech): string =>
  asking.categories.length > 0
    ? categoriesOf(asking.categories, speech)
    : speech.count(asking.records.length, words.documents)

function RequestCard({ asking }: { asking: Asking }) {
  const speech = useSpeech()
  const { t, day } = speech
  return (
    <Card title={nameOf(asking.asker, speech)} aside={<small>{speech.distance(asking.at)}</small>}>
      <p className="faint">{placeOf(asking.asker, speech)}</p>
      <p>
        {t(words.asks)} <strong>{askedFor(asking, speech)}</strong>, {t(words.for)}{' '}
        {purposeWords[asking.purpose] ? t(purposeWords[asking.purpose] as never) : asking.purpose}, {t(words.until)}{' '}
        {day(asking.until)}.
      </p>
      {asking.problem ? (
        <Notice tone="warn">{t(words.stale)}</Notice>
      ) : (
        <ButtonLink look="main" href={`#/request/${asking.id}`}>
          {t(words.look)}
        </ButtonLink>
      )}
    </Card>
  )
}

function Emergencies() {
  const speech = useSpeech()
  const { t, moment } = speech
  const open = useAsked(['emergencies'], () => device.emergencies())
  const stop = useDoing((id: string) => device.stopEmergency(id))
  return (open.data ?? []).map((one) => (
    <Card key={one.id} tone="alert" title={t(words.emergency)}>
      <p>
        <strong>{whoOf(one.asker, speech)}</strong> ·{' '}
        {glassWords[one.reason] ? t(glassWords[one.reason] as never) : one.reason} · {t(words.until)}{' '}
        {moment(one.until)}
      </p>
      {one.released ? null : <p>{t(words.notYet)}</p>}
      <Failure error={stop.error} />
      <Button look="danger" busy={stop.isPending} onPress={() => stop.mutate(one.id)}>
        {t(words.stop)}
      </Button>
    </Card>
  ))
}

/** What of the log is news: others' acts that mean something to a person. */
const news: ReadonlySet<string> = new Set([
  ...['RecordDeposited', 'RecordRead', 'RecordWithdrawn', 'BreakGlass', 'EmergencyReleased', 'BreakGlassReviewed'],
  ...['IdentityMerged', 'IdentityJoined', 'RetentionHeld', 'AccessRequested'],
])

const NewsLine = ({ line }: { line: Line }) => {
  const speech = useSpeech()
  const { t, distance } = speech
  return (
    <li>
      <a
        className="line"
        href={line.type === 'RecordDeposited' && line.records[0] ? `#/record/one/${line.records[0]}` : '#/log'}
      >
        <span>
          <strong>{nameOf(line.who, speech)}</strong>
          <span>
            {statementWords[line.type] ? t(statementWords[line.type] as never) : line.type}
            {line.categories.length > 0 ? ` · ${categoriesOf(line.categories, speech)}` : ''}
          </span>
        </span>
        <small>{distance(line.at)}</small>
      </a>
    </li>
  )
}

/** The first page. */
export function Home() {
  const { t } = useSpeech()
  const waiting = useAsked(['requests'], () => device.requests())
  const log = useAsked(['log'], () => device.log())
  const fresh = (log.data ?? []).filter((one) => !one.own && news.has(one.type)).slice(0, 6)
  const nothing = waiting.data?.length === 0 && log.data && fresh.length === 0
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={waiting.error ?? log.error} />
      <Emergencies />
      {waiting.isPending ? <Progress label={t(words.loading)} /> : null}
      {waiting.data && waiting.data.length > 0 ? (
        <section className="stack" aria-label={t(words.waiting)}>
          <h2>{t(words.waiting)}</h2>
          {waiting.data.map((one) => (
            <RequestCard key={one.id} asking={one} />
          ))}
        </section>
      ) : null}
      {fresh.length > 0 ? (
        <section className="stack" aria-label={t(words.news)}>
          <h2>{t(words.news)}</h2>
          <ul className="list">
            {fresh.map((one) => (
              <NewsLine key={one.number} line={one} />
            ))}
          </ul>
          <a href="#/log">{t(words.all)}</a>
        </section>
      ) : null}
      {nothing ? <Empty>{t(words.nothing)}</Empty> : null}
    </div>
  )
}
