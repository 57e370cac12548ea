/** What is shown after everything was erased: the receipt, for as long as the person wants it here. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice } from '@salus/ui/web/notice'
import { save } from '@salus/ui/web/record/files'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useEffect } from 'react'
import { device } from '../device.ts'
import { Stopped } from '../directory/stopped.tsx'

const words = {
  title: { en: 'Everything was erased', fr: 'Tout a été effacé' },
  nothing: {
    en: 'Nothing of you is left here but this receipt, and nothing at the hospital’s node.',
    fr: 'Il ne reste rien de vous ici, sauf ce reçu, et rien sur le nœud de l’hôpital.',
  },
  kept: {
    en: 'Nothing of you is left here but this receipt. At the node only what the law has organisations keep is left, sealed to them alone.',
    fr: 'Il ne reste rien de vous ici, sauf ce reçu. Sur le nœud ne reste que ce que la loi fait garder, scellé pour les seuls organismes concernés.',
  },
  receipt: { en: 'The receipt', fr: 'Le reçu' },
  receiptMore: {
    en: 'It proves that the erasure stands in the hospital’s log. Save it now: it is the only copy.',
    fr: 'Il prouve que l’effacement figure dans le journal de l’hôpital. Enregistrez-le maintenant : c’est le seul exemplaire.',
  },
  others: { en: 'At other hospitals', fr: 'Dans les autres hôpitaux' },
  othersMore: {
    en: 'This device tells each that had a copy. Until all have stopped it keeps the signed erasure for that: keep this page.',
    fr: 'Cet appareil prévient chacun de ceux qui avaient une copie. Jusque-là il garde l’effacement signé : gardez cette page.',
  },
  save: { en: 'Save the receipt', fr: 'Enregistrer le reçu' },
  anew: { en: 'Forget the receipt and begin anew', fr: 'Oublier le reçu et recommencer' },
}

/** The last page. */
export function Erased() {
  const { t } = useSpeech()
  const left = useAsked(['erased'], () => device.erased())
  const tell = useDoing(() => device.tellErased())
  const { mutate } = tell
  useEffect(() => mutate(undefined), [mutate])
  const anew = useDoing(() => device.beginAnew())
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={left.error ?? anew.error} />
      {left.data ? (
        <>
          <Notice tone="good">{t(left.data.kept > 0 ? words.kept : words.nothing)}</Notice>
          {left.data.stores && left.data.stores.length > 0 ? (
            <Card title={t(words.others)}>
              <p>{t(words.othersMore)}</p>
              <Stopped stores={left.data.stores} />
            </Card>
          ) : null}
          <Card title={t(words.receipt)}>
            <p>{t(words.receiptMore)}</p>
            <div className="row">
              <Button
                look="main"
                onPress={() => save(left.data.receipt, 'salus-erasure-receipt.json', 'application/json')}
              >
                {t(words.save)}
              </Button>
              <Button busy={anew.isPending} onPress={() => anew.mutate(undefined)}>
                {t(words.anew)}
              </Button>
            </div>
          </Card>
        </>
      ) : null}
    </div>
  )
}
