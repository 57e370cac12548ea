/** Nobody is signed in: in the demonstration one press is an organisation to be. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Failure, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import type { SampleTrading } from '@salus/web-app/samples'
import { device } from '../device.ts'
import { roleWords } from '../words.ts'
import { become, beginAnew } from './switch.ts'

const words = {
  title: { en: 'Which organisation are you?', fr: 'Quelle organisation êtes-vous ?' },
  lead: {
    en: 'Hospitals keep their data and their keys. Laboratories order an analysis and get its result, and nothing else.',
    fr: 'Les hôpitaux gardent leurs données et leurs clés. Les laboratoires commandent une analyse et reçoivent son résultat, rien d’autre.',
  },
  demo: { en: 'Demonstration: be one of these organisations', fr: 'Démonstration : soyez l’une de ces organisations' },
  demoHelp: {
    en: 'Invented organisations. The sample key of their desk is opened in this browser with its code.',
    fr: 'Organisations inventées. La clé d’exemple de leur guichet est ouverte dans ce navigateur avec son code.',
  },
  known: { en: 'In this browser already', fr: 'Déjà dans ce navigateur' },
  empty: {
    en: 'This node has no demonstration of the market. An organisation’s own desk trades with the command line: salus market.',
    fr: 'Ce nœud n’a pas de démonstration du marché. Le guichet d’une organisation commerce en ligne de commande : salus market.',
  },
  opening: { en: 'Opening the keychain', fr: 'Ouverture du trousseau' },
}

function Demo({ all }: { all: readonly SampleTrading[] }) {
  const { t } = useSpeech()
  const be = useDoing((one: SampleTrading) => device.becomeWith(one), beginAnew)
  if (be.isPending) return <Progress label={t(words.opening)} />
  return (
    <Card title={t(words.demo)}>
      <p className="faint">{t(words.demoHelp)}</p>
      <Failure error={be.error} />
      <div className="grid">
        {all.map((one) => (
          <Button key={one.org} wide onPress={() => be.mutate(one)}>
            <span className="choice-words">
              {one.name}
              <small>{t(roleWords[one.role])}</small>
            </span>
          </Button>
        ))}
      </div>
    </Card>
  )
}

/** The first page. */
export function SignIn() {
  const { t } = useSpeech()
  const demo = useAsked(['samples'], () => device.samples())
  const known = useAsked(['profiles'], () => device.profiles())
  const use = useDoing(become)
  const research = demo.data?.research ?? []
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
      </div>
      {known.data && known.data.all.length > 0 ? (
        <Card title={t(words.known)}>
          <div className="grid">
            {known.data.all.map((one) => (
              <Button key={one.id} wide onPress={() => use.mutate(one.id)}>
                <span className="choice-words">
                  {one.name}
                  <small>{t(roleWords[one.role])}</small>
                </span>
              </Button>
            ))}
          </div>
        </Card>
      ) : null}
      {research.length > 0 ? <Demo all={research} /> : null}
      {demo.isFetched && research.length === 0 ? <Empty>{t(words.empty)}</Empty> : null}
    </div>
  )
}
