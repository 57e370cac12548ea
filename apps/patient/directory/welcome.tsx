/** An empty device: take the record over, come back to it, or (in the demonstration) be somebody. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Progress } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'
import { Restore } from './restore.tsx'

const words = {
  title: { en: 'Your health record, with you', fr: 'Votre dossier de santé, avec vous' },
  lead: {
    en: 'You hold the keys. Nobody reads anything here that you did not allow, and you see every access.',
    fr: 'Vous avez les clés. Personne ne lit ici ce que vous n’avez pas permis, et vous voyez chaque accès.',
  },
  claim: { en: 'I have a code from the desk', fr: 'J’ai un code du guichet' },
  code: { en: 'Code from the desk', fr: 'Code du guichet' },
  codeHelp: {
    en: 'On the sheet you were given, or in its QR code.',
    fr: 'Sur la feuille remise, ou dans son code QR.',
  },
  go: { en: 'Continue', fr: 'Continuer' },
  back: { en: 'I had Salus on another device', fr: 'J’avais Salus sur un autre appareil' },
  demo: { en: 'Demonstration: be one of these people', fr: 'Démonstration : soyez l’une de ces personnes' },
  demoHelp: {
    en: 'Invented people. Their keychain is opened in this browser with a recovery code, as a lost phone would be replaced.',
    fr: 'Personnes inventées. Leur trousseau est ouvert dans ce navigateur avec un code de secours, comme on remplace un téléphone perdu.',
  },
  unclaimed: { en: 'A code from the desk to try', fr: 'Un code du guichet à essayer' },
  becoming: { en: 'Opening the record', fr: 'Ouverture du dossier' },
}

/** What somebody sees first. */
export function Welcome({ claims }: { claims: boolean }) {
  const { t } = useSpeech()
  const [code, setCode] = useState('')
  const [returning, setReturning] = useState(false)
  const demo = useAsked(['samples'], () => device.samples())
  const present = useDoing((typed: string) => device.present(typed))
  const become = useDoing((typed: string) => device.beSample(typed))
  if (become.isPending) return <Progress label={t(words.becoming)} />
  return (
    <div className="stack">
      <div>
        <h1>{t(words.title)}</h1>
        <p>{t(words.lead)}</p>
      </div>
      {demo.data ? (
        <Card title={t(words.demo)}>
          <p className="faint">{t(words.demoHelp)}</p>
          <Failure error={become.error} />
          <div className="grid">
            {demo.data.patients.map((one) => (
              <Button key={one.name} wide onPress={() => become.mutate(one.code)}>
                {one.name}
              </Button>
            ))}
          </div>
          {demo.data.claim ? (
            <p>
              {t(words.unclaimed)}: <span className="code">{demo.data.claim}</span>
            </p>
          ) : null}
        </Card>
      ) : null}
      <Card title={t(words.claim)}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            present.mutate(code)
          }}
        >
          <ScanField label={t(words.code)} help={t(words.codeHelp)} value={code} onChange={setCode} focus={claims} />
          <Failure error={present.error} />
          <div>
            <Button type="submit" look="main" busy={present.isPending} off={code.trim() === ''}>
              {t(words.go)}
            </Button>
          </div>
        </form>
      </Card>
      <Card title={t(words.back)}>
        {returning ? <Restore /> : <Button onPress={() => setReturning(true)}>{t(words.go)}</Button>}
      </Card>
    </div>
  )
}
