/** The sheet a patient takes home: the code, the same as a QR, and what to do with it. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card } from '@salus/ui/web/notice'
import { Qr } from '@salus/ui/web/qr'

const words = {
  title: { en: 'Take your record over', fr: 'Reprenez votre dossier' },
  code: { en: 'Your code, good once and for two weeks', fr: 'Votre code, valable une fois et deux semaines' },
  qr: { en: 'The code as a QR code', fr: 'Le code en QR' },
  one: { en: 'On your phone, open this address:', fr: 'Sur votre téléphone, ouvrez cette adresse :' },
  two: {
    en: 'Under “I have a code from the desk”, scan or type the code.',
    fr: 'Sous « J’ai un code du guichet », scannez ou saisissez le code.',
  },
  three: {
    en: 'Read the fingerprint that appears to the desk.',
    fr: 'Lisez au guichet l’empreinte qui s’affiche.',
  },
  four: {
    en: 'Make your recovery code and keep it away from the phone.',
    fr: 'Créez votre code de secours et gardez-le loin du téléphone.',
  },
  print: { en: 'Print', fr: 'Imprimer' },
  done: { en: 'Done', fr: 'Terminé' },
}

/** Alone on the page, so that printing gives one sheet. */
export function Sheet({ name, code, qr, onDone }: { name: string; code: string; qr: string; onDone: () => void }) {
  const { t } = useSpeech()
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Card title={name}>
        <div className="stack">
          <div>
            <p>{t(words.code)}</p>
            <p className="code big">{code}</p>
          </div>
          <Qr text={qr} label={t(words.qr)} />
          <ol>
            <li>
              {t(words.one)} <span className="code">{`${location.origin}/patient/`}</span>
            </li>
            <li>{t(words.two)}</li>
            <li>{t(words.three)}</li>
            <li>{t(words.four)}</li>
          </ol>
        </div>
      </Card>
      <div className="row">
        <Button look="main" onPress={() => print()}>
          {t(words.print)}
        </Button>
        <Button onPress={onDone}>{t(words.done)}</Button>
      </div>
    </div>
  )
}
