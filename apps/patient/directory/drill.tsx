/** The drill: does a way that was made still lead back? Nothing changes by trying. */
import { wayWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Failure, Notice } from '@salus/ui/web/notice'
import { ScanField } from '@salus/ui/web/scan'
import { useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { device } from '../device.ts'
import { askPasskey } from './passkey.ts'

const words = {
  title: { en: 'Check that I can come back', fr: 'Vérifier que je peux revenir' },
  why: {
    en: 'Once a year, take what you kept and try it here. Nothing changes.',
    fr: 'Une fois par an, reprenez ce que vous avez gardé et essayez-le ici. Rien ne change.',
  },
  begin: { en: 'Try it', fr: 'Essayer' },
  which: { en: 'Which way?', fr: 'Quel moyen ?' },
  code: { en: 'Recovery code', fr: 'Code de secours' },
  shares: { en: 'Shares, one on each line', fr: 'Parts, une par ligne' },
  check: { en: 'Check', fr: 'Vérifier' },
  works: { en: 'It works: this brings you back.', fr: 'Cela fonctionne : ce moyen vous ramène.' },
  not: {
    en: 'This does not bring you back. Look again, or make a new way now.',
    fr: 'Ceci ne vous ramène pas. Vérifiez, ou créez maintenant un nouveau moyen.',
  },
}

const known = ['code', 'guardians', 'passkey'] as const
type Way = (typeof known)[number]

async function tried(way: Way, typed: string): Promise<boolean> {
  if (way === 'code') return device.check({ way, code: typed })
  if (way === 'passkey') return device.check({ way, prf: await askPasskey() })
  return device.check({ way, shares: typed.split('\n').filter((line) => line.trim() !== '') })
}

function Trying({ ways }: { ways: readonly Way[] }) {
  const { t } = useSpeech()
  const [way, setWay] = useState<Way>(ways[0] ?? 'code')
  const [typed, setTyped] = useState('')
  const check = useDoing(() => tried(way, typed))
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        check.mutate(undefined)
      }}
    >
      <Radios
        label={t(words.which)}
        value={way}
        onChange={(next) => {
          setWay(next)
          setTyped('')
          check.reset()
        }}
        choices={ways.map((value) => ({ value, words: wayWords[value] ? t(wayWords[value]) : value }))}
      />
      {way === 'code' ? <ScanField label={t(words.code)} value={typed} onChange={setTyped} /> : null}
      {way === 'guardians' ? <ScanField label={t(words.shares)} value={typed} onChange={setTyped} lines={5} /> : null}
      <Failure error={check.error} />
      {check.data === true ? <Notice tone="good">{t(words.works)}</Notice> : null}
      {check.data === false ? <Notice tone="alarm">{t(words.not)}</Notice> : null}
      <div>
        <Button type="submit" look="main" busy={check.isPending} off={way !== 'passkey' && typed.trim() === ''}>
          {t(words.check)}
        </Button>
      </div>
    </form>
  )
}

/** Offers the ways there are. */
export function Drill({ ways }: { ways: readonly string[] }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  const there = known.filter((one) => ways.includes(one))
  return (
    <Card title={t(words.title)}>
      <div className="stack">
        <p>{t(words.why)}</p>
        {open ? (
          <Trying ways={there} />
        ) : (
          <div>
            <Button onPress={() => setOpen(true)}>{t(words.begin)}</Button>
          </div>
        )}
      </div>
    </Card>
  )
}
