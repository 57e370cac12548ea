/** A secret in parts: each guardian gets one, some of them together bring the record back, fewer learn nothing. */
import { Button } from '@salus/ui/web/button'
import { Select } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  how: {
    en: 'Choose people you trust who do not all know each other. Each gets one share; a share alone opens nothing.',
    fr: 'Choisissez des personnes de confiance qui ne se connaissent pas toutes. Chacune reçoit une part ; une part seule n’ouvre rien.',
  },
  many: { en: 'How many', fr: 'Combien' },
  '2/3': { en: '2 of 3 bring me back', fr: '2 sur 3 me ramènent' },
  '3/5': { en: '3 of 5 bring me back', fr: '3 sur 5 me ramènent' },
  '4/7': { en: '4 of 7 bring me back', fr: '4 sur 7 me ramènent' },
  make: { en: 'Make the shares', fr: 'Créer les parts' },
  making: { en: 'Making the shares', fr: 'Création des parts' },
  share: { en: 'Share', fr: 'Part' },
  of: { en: 'of', fr: 'sur' },
  qr: { en: 'Share as a QR code', fr: 'Part en code QR' },
  each: {
    en: 'For one guardian alone. Keep it safe; hand it over only to the person you got it from, in person.',
    fr: 'Pour un seul gardien. À garder en lieu sûr ; à ne rendre qu’à la personne qui vous l’a confiée, en main propre.',
  },
  print: { en: 'Print all shares', fr: 'Imprimer toutes les parts' },
  done: { en: 'I handed them out', fr: 'Je les ai remises' },
  gone: {
    en: 'They are shown this once. Check afterwards that they bring you back.',
    fr: 'Elles ne sont montrées qu’ici. Vérifiez ensuite qu’elles vous ramènent.',
  },
}

type Set = '2/3' | '3/5' | '4/7'

function Shares({ shares, onDone }: { shares: readonly string[]; onDone: () => void }) {
  const { t } = useSpeech()
  return (
    <div className="stack">
      <p>{t(words.gone)}</p>
      {shares.map((share, i) => (
        <div className="paper" key={share}>
          <Card title={`Salus · ${t(words.share)} ${i + 1} ${t(words.of)} ${shares.length}`}>
            <p>{t(words.each)}</p>
            <p className="code">{share}</p>
            <Qr text={share} label={`${t(words.qr)} ${i + 1}`} />
          </Card>
        </div>
      ))}
      <div className="row">
        <Button onPress={() => print()}>{t(words.print)}</Button>
        <Button look="main" onPress={onDone}>
          {t(words.done)}
        </Button>
      </div>
    </div>
  )
}

/** Makes a set of shares and shows each once. */
export function Guardians({ onDone }: { onDone: () => void }) {
  const { t } = useSpeech()
  const [set, setSet] = useState<Set>('3/5')
  const make = useDoing(() => {
    const [need = 3, of = 5] = set.split('/').map(Number)
    return device.makeGuardians(need, of)
  })
  if (make.isPending) return <Progress label={t(words.making)} />
  if (make.data) return <Shares shares={make.data} onDone={onDone} />
  return (
    <div className="stack">
      <p>{t(words.how)}</p>
      <Select
        label={t(words.many)}
        value={set}
        onChange={(next) => setSet(next as Set)}
        choices={(['2/3', '3/5', '4/7'] as const).map((value) => ({ value, words: t(words[value]) }))}
      />
      <Failure error={make.error} />
      <div>
        <Button look="main" onPress={() => make.mutate(undefined)}>
          {t(words.make)}
        </Button>
      </div>
    </div>
  )
}
