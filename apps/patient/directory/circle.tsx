/** Who keeps a copy of the record, whom else one wants to keep one, and who has stopped what was taken back. */
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect, useState } from 'react'
import { device } from '../device.ts'
import { Own } from '../own.tsx'
import { Stopped } from './stopped.tsx'

const words = {
  title: { en: 'Who keeps a copy', fr: 'Qui garde une copie' },
  why: {
    en: 'When your hospital is down or attacked, whom you allowed still reads at a hospital that has a copy. Copies are sealed: a hospital that keeps one cannot read it without your permission.',
    fr: 'Si votre hôpital tombe en panne ou est attaqué, qui vous avez autorisé lit encore dans un hôpital qui a une copie. Les copies sont scellées : illisibles sans votre autorisation.',
  },
  home: { en: 'your hospital; keeps your record', fr: 'votre hôpital ; garde votre dossier' },
  part: { en: 'wrote part of your record', fr: 'a écrit une partie de votre dossier' },
  named: { en: 'you named it', fr: 'vous l’avez désigné' },
  left: { en: 'gets nothing more; keeps what it had', fr: 'ne reçoit plus rien ; garde ce qu’il avait' },
  given: { en: 'keeps a copy', fr: 'garde une copie' },
  notYet: { en: 'no copy yet; it fetches one by itself', fr: 'pas encore de copie ; il la prendra de lui-même' },
  nowhere: { en: 'has no server of its own: nothing is copied', fr: 'n’a pas de serveur à lui : rien n’est copié' },
  add: { en: 'Add a hospital', fr: 'Ajouter un hôpital' },
  addMore: {
    en: 'It gets a sealed copy of all there is and of what comes. It learns who asked you for what, who wrote and who read, and when; not what the documents say.',
    fr: 'Il reçoit une copie scellée de tout ce qui existe et de ce qui viendra. Il apprend qui vous a demandé quoi, qui a écrit et qui a lu, et quand ; pas ce que disent les documents.',
  },
  which: { en: 'Which one', fr: 'Lequel' },
  go: { en: 'Have it keep a copy', fr: 'Lui faire garder une copie' },
  remove: { en: 'Remove', fr: 'Retirer' },
  sure: { en: 'Give this hospital no more copies?', fr: 'Ne plus rien copier à cet hôpital ?' },
  sureMore: {
    en: 'It gets nothing from now on. What it has it keeps, sealed; end a permission, or erase everything, and it stops giving that out.',
    fr: 'Il ne reçoit plus rien. Il garde, scellé, ce qu’il a ; retirez une autorisation, ou effacez tout, et il ne le donnera plus.',
  },
  move: { en: 'Move my record here', fr: 'Déplacer mon dossier ici' },
  moveSure: { en: 'Move your record to this hospital?', fr: 'Déplacer votre dossier dans cet hôpital ?' },
  moveMore: {
    en: 'From then on this hospital keeps your record: requests reach you through it, new documents go there. Permissions stay. Your hospital of today keeps a sealed copy; remove it here later if you wish.',
    fr: 'Cet hôpital tient alors votre dossier : les demandes passent par lui, les nouveaux documents y vont. Les autorisations restent. Votre hôpital actuel garde une copie scellée ; retirez-le ici plus tard si vous voulez.',
  },
  moveAfter: {
    en: 'Afterwards, choose again what an emergency may open, and turn notifications on again. After a loss you restore your record at either hospital’s page.',
    fr: 'Ensuite, choisissez à nouveau l’accès d’urgence et réactivez les notifications. Après une perte, vous restaurez votre dossier sur la page de l’un ou l’autre hôpital.',
  },
  moveGo: { en: 'Move it', fr: 'Déplacer' },
  moving: { en: 'On its way; this takes up to a minute', fr: 'En route ; cela prend jusqu’à une minute' },
  ended: { en: 'What you took back', fr: 'Ce que vous avez retiré' },
  endedMore: {
    en: 'This device told each hospital with a copy itself.',
    fr: 'Cet appareil a prévenu lui-même chaque hôpital qui a une copie.',
  },
  onlyHome: { en: 'No other hospital had a copy.', fr: 'Aucun autre hôpital n’avait de copie.' },
  again: { en: 'Try again now', fr: 'Réessayer maintenant' },
  looking: { en: 'Looking who keeps a copy', fr: 'Recherche de qui garde une copie' },
}

type Circle = Awaited<ReturnType<typeof device.circle>>
type Row = Circle['stores'][number]

function whyOf({ home, part, named, given, url }: Row): (keyof typeof words)[] {
  if (home) return ['home']
  if (!part && !named) return ['left']
  const why = part ? 'part' : 'named'
  if (url === undefined) return [why, 'nowhere']
  return [why, given ? 'given' : 'notYet']
}

function Moving({ to, onClose }: { to: Row | undefined; onClose: () => void }) {
  const { t } = useSpeech()
  const move = useDoing((org: string) => device.moveTo(org), onClose)
  return (
    <Dialog title={t(words.moveSure)} open={to !== undefined} onClose={onClose}>
      <p>
        <strong>{to?.name}</strong>
      </p>
      <p>{t(words.moveMore)}</p>
      <p>{t(words.moveAfter)}</p>
      <Failure error={move.error} />
      {move.isPending ? <Progress label={t(words.moving)} /> : null}
      <Button look="main" wide busy={move.isPending} onPress={() => to && move.mutate(to.org)}>
        {t(words.moveGo)}
      </Button>
    </Dialog>
  )
}

/** A copy is there, and a node that can keep the record. */
const canMove = ({ home, given, named, part, url }: Row): boolean =>
  !home && given && (named || part) && url !== undefined

const isAwaited = ({ named, given, url }: Row): boolean => named && !given && url !== undefined
/** How often a copy that is to come is looked for, ms. */
const OFTEN = 4_000

function Stores({ all, own }: { all: readonly Row[]; own: boolean }) {
  const { t } = useSpeech()
  const [asked, setAsked] = useState<Row>()
  const [moving, setMoving] = useState<Row>()
  const close = () => setAsked(undefined)
  const drop = useDoing((org: string) => device.dropStore(org), close)
  return (
    <>
      <ul className="list">
        {all.map((one) => (
          <li className="line" key={one.org}>
            <span>
              <strong>{one.name}</strong>
              <small>
                {whyOf(one)
                  .map((key) => t(words[key]))
                  .join(' · ')}
              </small>
            </span>
            {own && canMove(one) ? (
              <Button label={`${t(words.move)}: ${one.name}`} onPress={() => setMoving(one)}>
                {t(words.move)}
              </Button>
            ) : null}
            {one.named && !one.home ? (
              <Button look="danger" label={`${t(words.remove)}: ${one.name}`} onPress={() => setAsked(one)}>
                {t(words.remove)}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      <Moving to={moving} onClose={() => setMoving(undefined)} />
      <Dialog title={t(words.sure)} open={asked !== undefined} onClose={close}>
        <p>
          <strong>{asked?.name}</strong>
        </p>
        <p>{t(words.sureMore)}</p>
        <Failure error={drop.error} />
        <Button look="danger" wide busy={drop.isPending} onPress={() => asked && drop.mutate(asked.org)}>
          {t(words.remove)}
        </Button>
      </Dialog>
    </>
  )
}

function Adding({ others }: { others: Circle['others'] }) {
  const { t } = useSpeech()
  const [typed, setTyped] = useState<string>()
  const add = useDoing((org: string) => device.nameStore(org))
  // What was chosen may have been added meanwhile.
  const org = others.find((one) => one.org === typed)?.org ?? others[0]?.org
  if (org === undefined) return null
  return (
    <Card title={t(words.add)}>
      <div className="stack">
        <p>{t(words.addMore)}</p>
        <Select
          label={t(words.which)}
          value={org}
          onChange={setTyped}
          choices={others.map((one) => ({ value: one.org, words: one.name }))}
        />
        <Failure error={add.error} />
        <div>
          <Button look="main" busy={add.isPending} onPress={() => add.mutate(org)}>
            {t(words.go)}
          </Button>
        </div>
      </div>
    </Card>
  )
}

function TakenBack({ all }: { all: Circle['ended'] }) {
  const { t, moment } = useSpeech()
  const again = useDoing(() => device.tellAgain())
  const waits = all.some((one) => one.homeWaits || one.stores.some(({ at, nothing }) => at === undefined && !nothing))
  return (
    <Card title={t(words.ended)}>
      <div className="stack">
        <p>{t(words.endedMore)}</p>
        <Failure error={again.error} />
        {all.map((one) => (
          <Notice key={one.id} title={[one.reader, moment(one.at)].filter(Boolean).join(', ')}>
            {one.stores.length === 0 ? <p>{t(words.onlyHome)}</p> : null}
            <Stopped stores={one.stores} homeWaits={one.homeWaits} />
          </Notice>
        ))}
        {waits ? (
          <div>
            <Button busy={again.isPending} onPress={() => again.mutate(undefined)}>
              {t(words.again)}
            </Button>
          </div>
        ) : null}
      </div>
    </Card>
  )
}

/** The page. */
export function Circle() {
  const { t } = useSpeech()
  const circle = useAsked(['circle'], () => device.circle())
  const { refetch } = circle
  const awaited = circle.data?.stores.some(isAwaited) ?? false
  // A copy is fetched without a word to this device: it is asked for as long as one is to come, and whoever waits is told.
  useEffect(() => {
    const timer = awaited ? setInterval(() => void refetch(), OFTEN) : undefined
    return () => clearInterval(timer)
  }, [awaited, refetch])
  const { mutate } = useDoing(() => device.tellAgain())
  useEffect(() => mutate(undefined), [mutate])
  return (
    <Own title={t(words.title)}>
      <p>{t(words.why)}</p>
      <Failure error={circle.error} />
      {circle.isPending ? <Progress label={t(words.looking)} /> : null}
      {circle.data ? (
        <>
          <Stores all={circle.data.stores} own={circle.data.own} />
          <Adding others={circle.data.others} />
          {circle.data.ended.length > 0 ? <TakenBack all={circle.data.ended} /> : null}
        </>
      ) : null}
    </Own>
  )
}
