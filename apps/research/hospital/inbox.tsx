/** What waits for this hospital's yes or no: orders before they run, results before they leave. */
import { heldWords, purposeWords, ruleWords, stateWords, unreadWords } from '@salus/ui/market'
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { Waiting } from '../device/inbox.ts'
import { device } from '../device.ts'
import { market } from '../words.ts'

const words = {
  title: { en: 'Waiting for your decision', fr: 'En attente de votre décision' },
  lead: {
    en: 'Nothing of these runs, or leaves, before you have said yes. No answer is a no: an order is refunded whole; of a held result who computed is paid, and the price of the data goes back.',
    fr: 'Rien de ceci ne tourne, ni ne sort, avant votre oui. Sans réponse, c’est non : une commande est remboursée en entier ; pour un résultat retenu, le calcul est payé et le prix des données rendu.',
  },
  analysis: { en: 'Analysis', fr: 'Analyse' },
  purpose: { en: 'Purpose', fr: 'Usage' },
  due: { en: 'Decide before', fr: 'Décider avant le' },
  model: { en: 'The parameters, word for word', fr: 'Les paramètres, mot pour mot' },
  reasons: { en: 'Held because', fr: 'Retenu parce que' },
  about: { en: 'where', fr: 'où' },
  gate: {
    en: 'The result is not clearly safe. You have not seen it, and the laboratory cannot open it without you.',
    fr: 'Le résultat n’est pas clairement sûr. Vous ne l’avez pas vu, et le laboratoire ne peut l’ouvrir sans vous.',
  },
  yes: { en: 'Allow', fr: 'Autoriser' },
  no: { en: 'Refuse', fr: 'Refuser' },
  unread: { en: 'Nobody can tell what is asked for', fr: 'Nul ne peut dire ce qui est demandé' },
  done: { en: 'Signed: your decision is on the ledger.', fr: 'Signé : votre décision est au registre.' },
  empty: { en: 'Nothing waits.', fr: 'Rien n’attend.' },
}

/** What each answer does, before it is given. */
const effects = {
  deciding: {
    yes: {
      en: 'Allow: the analysis runs when every hospital agrees; you are paid when the laboratory can open the result.',
      fr: 'Autoriser : l’analyse tourne quand chaque hôpital est d’accord ; vous êtes payé quand le laboratoire peut ouvrir le résultat.',
    },
    no: {
      en: 'Refuse: nothing runs, and the laboratory has everything back at once.',
      fr: 'Refuser : rien ne tourne, et le laboratoire est remboursé aussitôt.',
    },
  },
  held: {
    yes: {
      en: 'Allow: when every hospital of the deal agrees, your share of the key goes to the laboratory. It can open the result, and everybody is paid.',
      fr: 'Autoriser : quand chaque hôpital du marché est d’accord, votre part de la clé va au laboratoire. Il peut ouvrir le résultat, et chacun est payé.',
    },
    no: {
      en: 'Refuse: nobody ever opens this result. The machine and the analysis are paid; the price of the data goes back.',
      fr: 'Refuser : personne n’ouvrira ce résultat. La machine et l’analyse sont payées ; le prix des données est rendu.',
    },
  },
} as const

/** Why a result was held, by rule: what it says, and what that may give away. Never a value. */
function Held({ reasons }: Pick<Waiting, 'reasons'>) {
  const { t } = useSpeech()
  return (
    <Notice tone="warn" title={t(words.gate)}>
      <ul>
        {reasons.map(({ rule, about }) => (
          <li key={`${rule} ${about}`}>
            {t(words.reasons)} {ruleWords[rule] ? t(ruleWords[rule]) : rule}
            {about ? ` (${t(words.about)}: ${about})` : ''}
            {heldWords[rule] ? <p>{t(heldWords[rule])}</p> : null}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

/** What an order asks for, word for word. */
function Asked({ model }: { model: string }) {
  const { t } = useSpeech()
  return (
    <details>
      <summary>{t(words.model)}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <pre tabIndex={0}>{model}</pre>
    </details>
  )
}

type Deciding = { one: Waiting; busy: boolean; decide: (allow: boolean) => void }

function Order({ one, busy, decide }: Deciding) {
  const { t, moment } = useSpeech()
  const effect = effects[one.state === 'held' ? 'held' : 'deciding']
  return (
    <Card
      title={one.lab}
      aside={one.simulated ? <span className="tag warn">{t(market.simulated)}</span> : undefined}
      tone="alert"
    >
      <Facts
        facts={[
          [t(market.state), t(stateWords[one.state] ?? market.state)],
          ...(one.title ? [[t(words.analysis), t(one.title)] as const] : []),
          [t(words.purpose), t(purposeWords[one.purpose])],
          [t(market.data), one.data.map(({ name }) => name).join(', ')],
          [t(market.host), one.host],
          [t(words.due), moment(one.due)],
        ]}
      />
      {one.state === 'held' ? <Held reasons={one.reasons} /> : null}
      {one.readable ? null : (
        <Notice tone="warn" title={t(words.unread)}>
          {t(unreadWords)}
        </Notice>
      )}
      {one.model === undefined ? null : <Asked model={one.model} />}
      {one.readable ? <p>{t(effect.yes)}</p> : null}
      <p>{t(effect.no)}</p>
      <div className="row">
        {one.readable ? (
          <Button look="main" busy={busy} label={`${t(words.yes)}: ${one.lab}`} onPress={() => decide(true)}>
            {t(words.yes)}
          </Button>
        ) : null}
        <Button look="danger" busy={busy} label={`${t(words.no)}: ${one.lab}`} onPress={() => decide(false)}>
          {t(words.no)}
        </Button>
      </div>
    </Card>
  )
}

/** The page. */
export function Inbox() {
  const { t } = useSpeech()
  const known = useAsked(['inbox'], () => device.inbox())
  const decide = useDoing(({ task, allow }: { task: string; allow: boolean }) => device.decide(task, allow))
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
      </div>
      <Failure error={known.error ?? decide.error} />
      {decide.isSuccess ? <Notice tone="good">{t(words.done)}</Notice> : null}
      {known.isPending ? <Progress label={t(market.loading)} /> : null}
      {known.data?.length === 0 ? <Empty>{t(words.empty)}</Empty> : null}
      {(known.data ?? []).map((one) => (
        <Order
          key={one.task}
          one={one}
          busy={decide.isPending}
          decide={(allow) => decide.mutate({ task: one.task, allow })}
        />
      ))}
    </div>
  )
}
