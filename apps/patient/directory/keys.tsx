/** Keys and devices: the ways back, each tried; the devices; the drill; and what is done when something is lost. */
import type { Both } from '@salus/ui/language'
import { wayWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'
import { Own } from '../own.tsx'
import { Devices } from './devices.tsx'
import { Drill } from './drill.tsx'
import { Forget } from './forget.tsx'
import { Guardians } from './guardians.tsx'
import { Lost } from './lost.tsx'
import { createPasskey } from './passkey.ts'
import { Recovery } from './recovery.tsx'

const words = {
  title: { en: 'Keys and devices', fr: 'Clés et appareils' },
  ways: { en: 'Ways to come back', fr: 'Moyens de revenir' },
  waysMore: {
    en: 'If this device is lost, any one of these brings your record back. Nobody else can do it for you.',
    fr: 'Si cet appareil est perdu, un seul de ces moyens ramène votre dossier. Personne d’autre ne peut le faire pour vous.',
  },
  one: {
    en: 'You have one way only. A second one keeps you safe if the first is lost too.',
    fr: 'Vous n’avez qu’un moyen. Un second vous protège si le premier se perd aussi.',
  },
  of: { en: 'of', fr: 'sur' },
  code: { en: 'New recovery code', fr: 'Nouveau code de secours' },
  passkey: { en: 'Use a passkey', fr: 'Utiliser une clé d’accès' },
  passkeyMore: {
    en: 'A passkey stays in this device’s key store, or on a security key.',
    fr: 'Une clé d’accès reste dans le coffre de cet appareil, ou sur une clé de sécurité.',
  },
  passkeyDone: { en: 'The passkey brings you back from now on.', fr: 'La clé d’accès vous ramène désormais.' },
  guardians: { en: 'Ask guardians', fr: 'Demander à des gardiens' },
  codeDone: {
    en: 'The new code works. Keep it away from this device.',
    fr: 'Le nouveau code fonctionne. Gardez-le loin de cet appareil.',
  },
  looking: { en: 'Looking at your keys', fr: 'Lecture de vos clés' },
} satisfies Record<string, Both>

/** A way as the keyring names it. */
export type Way = { readonly way: string; readonly need: number | undefined; readonly of: number | undefined }

function WayLine({ one }: { one: Way }) {
  const { t } = useSpeech()
  const name = wayWords[one.way]
  return (
    <li className="line">
      <strong className="sentence">{name ? t(name) : one.way}</strong>
      {one.need ? (
        <span className="tag">
          {one.need} {t(words.of)} {one.of}
        </span>
      ) : null}
    </li>
  )
}

function Passkey() {
  const { t } = useSpeech()
  const make = useDoing(async () => device.makePasskey(await createPasskey()))
  if (make.isSuccess) return <Notice tone="good">{t(words.passkeyDone)}</Notice>
  return (
    <div className="stack">
      <p>{t(words.passkeyMore)}</p>
      <Failure error={make.error} />
      <div>
        <Button look="main" busy={make.isPending} onPress={() => make.mutate(undefined)}>
          {t(words.passkey)}
        </Button>
      </div>
    </div>
  )
}

type Making = 'code' | 'passkey' | 'guardians'

function Ways({ ways }: { ways: readonly Way[] }) {
  const { t } = useSpeech()
  const [making, setMaking] = useState<Making>()
  const [done, setDone] = useState(false)
  const begin = (what: Making) => {
    setDone(false)
    setMaking(what)
  }
  const codeDone = () => {
    setDone(true)
    setMaking(undefined)
  }
  return (
    <Card title={t(words.ways)}>
      <div className="stack">
        <p>{t(words.waysMore)}</p>
        <ul className="list">
          {ways.map((one) => (
            <WayLine key={one.way} one={one} />
          ))}
        </ul>
        {ways.length < 2 ? <Notice tone="warn">{t(words.one)}</Notice> : null}
        {done ? <Notice tone="good">{t(words.codeDone)}</Notice> : null}
        <div className="row">
          {(['code', 'guardians', 'passkey'] as const).map((one) => (
            <Button key={one} onPress={() => begin(one)}>
              {t(words[one])}
            </Button>
          ))}
        </div>
        {making === 'code' ? <Recovery onDone={codeDone} /> : null}
        {making === 'passkey' ? <Passkey /> : null}
        {making === 'guardians' ? <Guardians onDone={() => setMaking(undefined)} /> : null}
      </div>
    </Card>
  )
}

/** The page. */
export function Keys() {
  const { t } = useSpeech()
  const keys = useAsked(['keys'], () => device.keys())
  return (
    <Own title={t(words.title)}>
      <Failure error={keys.error} />
      {keys.isPending ? <Progress label={t(words.looking)} /> : null}
      {keys.data ? (
        <>
          <Ways ways={keys.data.ways} />
          <Drill ways={keys.data.ways.map((one) => one.way)} />
          <Devices devices={keys.data.devices} />
          <Lost />
        </>
      ) : null}
      <Forget />
    </Own>
  )
}
