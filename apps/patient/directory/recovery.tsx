/** The claim ends when one way of restoring was made and tried: a way that was never tried is a hope. */
import { categoryWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'
import { ScanField } from '@salus/ui/web/scan'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'

const words = {
  title: { en: 'One last thing: a way back', fr: 'Une dernière chose : un moyen de revenir' },
  why: {
    en: 'If this device is lost, this code brings your record back. Nobody else has it. Print it or write it down, and keep it away from the phone.',
    fr: 'Si cet appareil est perdu, ce code ramène votre dossier. Personne d’autre ne l’a. Imprimez-le ou notez-le, loin du téléphone.',
  },
  again: { en: 'A new recovery code', fr: 'Un nouveau code de secours' },
  before: {
    en: 'The code you had before opens nothing any more once this one is made.',
    fr: 'Le code d’avant n’ouvrira plus rien dès que celui-ci sera créé.',
  },
  make: { en: 'Make my recovery code', fr: 'Créer mon code de secours' },
  making: { en: 'Making the code', fr: 'Création du code' },
  code: { en: 'Your recovery code', fr: 'Votre code de secours' },
  qr: { en: 'Recovery code as a QR code', fr: 'Code de secours en QR' },
  print: { en: 'Print', fr: 'Imprimer' },
  kept: { en: 'I kept it', fr: 'Je l’ai gardé' },
  back: { en: 'Type it back, to be sure', fr: 'Retapez-le, pour être sûr' },
  check: { en: 'Check', fr: 'Vérifier' },
  wrong: {
    en: 'That is not the code. Look at what you kept.',
    fr: 'Ce n’est pas ce code. Regardez ce que vous avez gardé.',
  },
  show: { en: 'Show the code again', fr: 'Revoir le code' },
  emergency: { en: 'In an emergency', fr: 'En cas d’urgence' },
  question: {
    en: 'If you cannot answer, may two people who treat you there together open this for two hours?',
    fr: 'Si vous ne pouvez pas répondre, deux soignants de cet établissement peuvent-ils ensemble ouvrir ceci pendant deux heures ?',
  },
  yes: { en: 'Yes, in an emergency', fr: 'Oui, en cas d’urgence' },
  no: { en: 'No', fr: 'Non' },
}

function Question({ onDone }: { onDone: () => void }) {
  const { t } = useSpeech()
  const question = useAsked(['emergency-question'], async () => (await device.emergencyQuestion()) ?? null)
  const choose = useDoing((categories: readonly string[]) => device.chooseForEmergency(categories), onDone)
  if (!question.data) return null
  const { categories, org } = question.data
  return (
    <Card title={t(words.emergency)}>
      <p>
        {org}. {t(words.question)}
      </p>
      <ul>
        {categories.map((one) => (
          <li key={one}>{categoryWords[one] ? t(categoryWords[one]) : one}</li>
        ))}
      </ul>
      <Failure error={choose.error} />
      <div className="row">
        <Button look="main" busy={choose.isPending} onPress={() => choose.mutate(categories)}>
          {t(words.yes)}
        </Button>
        <Button onPress={onDone}>{t(words.no)}</Button>
      </div>
    </Card>
  )
}

/** Makes a code, shows it, has it typed back. */
export function Recovery({ onDone }: { onDone?: () => void }) {
  const { t } = useSpeech()
  const [step, setStep] = useState<'make' | 'show' | 'try'>('make')
  const [typed, setTyped] = useState('')
  const [asked, setAsked] = useState(onDone !== undefined)
  const make = useDoing(
    () => device.newCode(),
    () => setStep('show'),
  )
  const check = useDoing(
    () => device.check({ way: 'code', code: typed }),
    (works) => {
      if (!works) return
      // Asked once, now that there is something to lose: the browser shall not throw it away when space is short.
      void navigator.storage?.persist?.()
      onDone?.()
    },
  )
  if (make.isPending) return <Progress label={t(words.making)} />
  return (
    <div className="stack">
      {asked || step !== 'make' ? null : <Question onDone={() => setAsked(true)} />}
      <Card title={t(step === 'try' ? words.back : step === 'show' ? words.code : onDone ? words.again : words.title)}>
        <div className="stack">
          <p>{t(words.why)}</p>
          {onDone && step === 'make' ? <p>{t(words.before)}</p> : null}
          <Failure error={make.error ?? check.error} />
          {step === 'make' ? (
            <div>
              <Button look="main" onPress={() => make.mutate(undefined)}>
                {t(words.make)}
              </Button>
            </div>
          ) : null}
          {step === 'show' && make.data ? (
            <>
              <div className="paper">
                <p className="code big">{make.data}</p>
                <Qr text={make.data} label={t(words.qr)} />
              </div>
              <div className="row">
                <Button onPress={() => print()}>{t(words.print)}</Button>
                <Button look="main" onPress={() => setStep('try')}>
                  {t(words.kept)}
                </Button>
              </div>
            </>
          ) : null}
          {step === 'try' ? (
            <form
              className="stack"
              onSubmit={(event) => {
                event.preventDefault()
                check.mutate(undefined)
              }}
            >
              <ScanField label={t(words.code)} value={typed} onChange={setTyped} focus />
              {check.data === false ? <Notice tone="alarm">{t(words.wrong)}</Notice> : null}
              <div className="row">
                <Button type="submit" look="main" busy={check.isPending} off={typed.trim() === ''}>
                  {t(words.check)}
                </Button>
                <Button look="quiet" onPress={() => setStep('show')}>
                  {t(words.show)}
                </Button>
              </div>
            </form>
          ) : null}
        </div>
      </Card>
    </div>
  )
}
