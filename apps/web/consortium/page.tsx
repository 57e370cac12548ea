/** The consortium, live: what this node sees of it, asked of this node alone, every two seconds while somebody looks. */
import { checkWith } from '@salus/base/schema'
import { type Live, type LiveMember, liveEndpoint } from '@salus/ledger/live'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Notice, Progress } from '@salus/ui/web/notice'
import { Caught } from '../mount.tsx'
import { usePolled } from './poll.ts'
import {
  ago,
  alarmOf,
  headOf,
  mirrorsOf,
  nameOf,
  orderOf,
  processOf,
  recordedOf,
  sentenceOf,
  stateOf,
  stateWordOf,
  unheardOf,
  witnessesOf,
} from './told.ts'
import type { MemberState } from './words.ts'

const EVERY = 2_000
/** Blocks that are shown without being asked for. */
const FIRST = 5

const words = {
  title: { en: 'The consortium', fr: 'Le consortium' },
  asked: {
    en: 'Asked of this node, as it sees it. Another hospital’s node may see it otherwise.',
    fr: 'Demandé à ce nœud, tel qu’il le voit. Le nœud d’un autre hôpital peut le voir autrement.',
  },
  loading: { en: 'Asking this node', fr: 'Question à ce nœud' },
  away: {
    title: { en: 'This node does not answer.', fr: 'Ce nœud ne répond pas.' },
    next: {
      en: 'It is asked again by itself. What is shown is what it said last.',
      fr: 'La question lui est reposée. Ce qui est montré est sa dernière réponse.',
    },
  },
  well: { en: 'Nothing is amiss, as far as this node sees.', fr: 'Rien d’anormal, pour autant que ce nœud le voie.' },
  goesOn: {
    en: 'The others go on: more than two thirds of the votes hear each other.',
    fr: 'Les autres continuent : plus des deux tiers des votes s’entendent.',
  },
  hospitals: { en: 'Members', fr: 'Membres' },
  ledger: { en: 'Ledger', fr: 'Registre' },
  order: { en: 'Order', fr: 'Ordre' },
  block: { en: 'Last block', fr: 'Dernier bloc' },
  hash: { en: 'App hash', fr: 'Empreinte d’état' },
  chain: { en: 'Chain', fr: 'Chaîne' },
  process: { en: 'CometBFT here', fr: 'CometBFT ici' },
  own: { en: 'This node’s journal', fr: 'Le journal de ce nœud' },
  recorded: { en: 'On the ledger', fr: 'Sur le registre' },
  cosigned: { en: 'Cosigned', fr: 'Cosigné' },
  mirrors: { en: 'Mirrored here', fr: 'Copié ici' },
  blocks: { en: 'Blocks', fr: 'Blocs' },
  none: { en: 'Nothing has been decided yet.', fr: 'Rien n’a encore été décidé.' },
  roles: {
    controller: { en: 'controller', fr: 'responsable du traitement' },
    processor: { en: 'processor', fr: 'sous-traitant' },
  },
  votes: { en: 'votes on blocks', fr: 'vote sur les blocs' },
  earlier: { en: 'Earlier blocks', fr: 'Blocs précédents' },
} as const

async function ask(): Promise<Live> {
  const response = await fetch(liveEndpoint.path, { credentials: 'omit' })
  return checkWith(liveEndpoint.output, await response.json())
}

/** A shape for each state, so that no colour is needed to tell them apart: disc, ring, cross, question, dash. */
const shapes: Readonly<Record<MemberState, string>> = {
  here: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M8 12l3 3 5-6',
  heard: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18',
  silent: 'M5 5l14 14M19 5L5 19',
  unknown: 'M8 8a4 4 0 1 1 5 4c-1 .4-1 1-1 2.500M12 19v.5',
  without: 'M5 12h14',
}
const tones: Readonly<Record<MemberState, string>> = {
  ...{ here: 'tag good', heard: 'tag good', silent: 'tag alert', unknown: 'tag warn', without: 'tag' },
}

function State({ state }: { state: MemberState }) {
  const { t } = useSpeech()
  return (
    <span className={`${tones[state]} state`} data-state={state}>
      <svg
        viewBox="0 0 24 24"
        width="16"
        height="16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      >
        <path d={shapes[state]} />
      </svg>
      {t(stateWordOf(state))}
    </span>
  )
}

function Tile({ member, now }: { member: LiveMember; now: number }) {
  const { t } = useSpeech()
  const { node, country } = member
  const more = node ? [t(words.votes), t(words.roles[node.role]), country, node.url] : [country]
  return (
    <li>
      <Card title={nameOf(member)} aside={<State state={stateOf(member)} />}>
        <p>{t(headOf(member, now))}</p>
        <small>{more.join(' · ')}</small>
      </Card>
    </li>
  )
}

function Ledger({ live }: { live: Live }) {
  const { t, number } = useSpeech()
  const { height, time, now, appHash, chain } = live
  const own = processOf(live)
  return (
    <Card title={t(words.ledger)}>
      <Facts
        facts={[
          [t(words.order), t(orderOf(live))],
          [t(words.block), `${number(height)}, ${t(ago(now, time))}`],
          ...(own ? ([[t(words.process), t(own)]] as const) : []),
          [t(words.hash), `${appHash}…`],
          [t(words.chain), chain],
        ]}
      />
    </Card>
  )
}

function Own({ live }: { live: Live }) {
  const { t } = useSpeech()
  const mirrors = mirrorsOf(live)
  return (
    <Card title={t(words.own)}>
      <Facts
        facts={[
          [t(words.cosigned), t(witnessesOf(live))],
          [t(words.recorded), t(recordedOf(live))],
          ...(mirrors.length > 0
            ? ([[t(words.mirrors), mirrors.map((one) => <div key={one.en}>{t(one)}</div>)]] as const)
            : []),
        ]}
      />
    </Card>
  )
}

function Block({ live, block: { height, time, txs } }: { live: Live; block: Live['blocks'][number] }) {
  const { t, number } = useSpeech()
  return (
    <li className="line">
      <span>
        {txs.map((tx, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block's transactions never change
          <span key={at}>{t(sentenceOf(live, tx))}</span>
        ))}
      </span>
      <small>
        {number(height)} · {t(ago(live.now, time))}
      </small>
    </li>
  )
}

function Blocks({ live }: { live: Live }) {
  const { t } = useSpeech()
  const { blocks } = live
  if (blocks.length === 0) return <Empty>{t(words.none)}</Empty>
  const list = (shown: Live['blocks']) => (
    <ol className="list">
      {shown.map((one) => (
        <Block key={one.height} live={live} block={one} />
      ))}
    </ol>
  )
  return (
    <>
      {list(blocks.slice(0, FIRST))}
      {blocks.length > FIRST ? (
        <details>
          <summary>{t(words.earlier)}</summary>
          {list(blocks.slice(FIRST))}
        </details>
      ) : null}
    </>
  )
}

function Alarms({ live, away }: { live: Live; away: boolean }) {
  const { t } = useSpeech()
  const all = [...(away ? [words.away] : []), ...live.alarms.map((one) => alarmOf(live, one))]
  const unheard = unheardOf(live)
  if (all.length === 0 && unheard)
    return (
      <Notice tone="warn" title={t(unheard)}>
        {t(words.goesOn)}
      </Notice>
    )
  if (all.length === 0) return <Notice tone="good">{t(words.well)}</Notice>
  return all.map(({ title, next }) => (
    <Notice key={title.en} tone="alarm" title={t(title)}>
      {t(next)}
    </Notice>
  ))
}

function Sight() {
  const { t } = useSpeech()
  const { data: live, away } = usePolled(ask, EVERY)
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <p>{t(words.asked)}</p>
      {live ? (
        <>
          <Alarms live={live} away={away} />
          <h2>{t(words.hospitals)}</h2>
          <ul className="list tiles">
            {live.members.map((one) => (
              <Tile key={one.orgs[0]} member={one} now={live.now} />
            ))}
          </ul>
          <div className="list tiles">
            <Ledger live={live} />
            <Own live={live} />
          </div>
          <h2>{t(words.blocks)}</h2>
          <Blocks live={live} />
        </>
      ) : away ? (
        <Notice tone="alarm" title={t(words.away.title)} />
      ) : (
        <Progress label={t(words.loading)} />
      )}
    </div>
  )
}

/** The page. It pauses where nobody looks, and where it fails the start page goes on. */
export const Consortium = () => (
  <Caught>
    <Sight />
  </Caught>
)
