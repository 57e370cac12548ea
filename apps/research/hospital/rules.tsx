/** The rules of one data set: who may ask, for what, at what price, and whether the hospital is asked each time. */

import { wrongRule } from '@salus/market/offer'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useParams } from 'wouter'
import type { Offered } from '../device/hospital.ts'
import { device } from '../device.ts'
import { market } from '../words.ts'
import { type Draft, draftOf, Form, rulesIn } from './form.tsx'
import { sentenceOf } from './sentence.ts'

const words = {
  title: { en: 'Rules', fr: 'Règles' },
  version: { en: 'version', fr: 'version' },
  does: { en: 'What this will do', fr: 'Ce que cela fera' },
  open: {
    en: 'You marked this data synthetic or public when you encrypted it; that stays. Simulated machines may run on it, and protect nothing.',
    fr: 'Vous avez marqué ces données synthétiques ou publiques en les chiffrant ; cela reste. Une machine simulée peut y tourner, et ne protège rien.',
  },
  private: {
    en: 'This data is not marked public; that stays. Only machines that prove themselves may run on it.',
    fr: 'Ces données ne sont pas marquées publiques ; cela reste. Seules des machines qui font leurs preuves peuvent y tourner.',
  },
  sign: { en: 'Sign the new rules', fr: 'Signer les nouvelles règles' },
  withdraw: { en: 'Withdraw the offer', fr: 'Retirer l’offre' },
  askSign: { en: 'Sign these rules?', fr: 'Signer ces règles ?' },
  askWithdraw: { en: 'Withdraw this offer?', fr: 'Retirer cette offre ?' },
  kept: {
    en: 'Deals already made keep the price and the rules they were made with, and go on.',
    fr: 'Les marchés déjà conclus gardent leur prix et leurs règles, et continuent.',
  },
  running: { en: 'Deals under way', fr: 'Marchés en cours' },
  gone: {
    en: 'Nobody can order this data any more. The encrypted file stays in the store; its key stays with you.',
    fr: 'Plus personne ne peut commander ces données. Le fichier chiffré reste au dépôt ; sa clé reste chez vous.',
  },
  closed: {
    en: 'This offer is closed, or a newer one took its place.',
    fr: 'Cette offre est fermée, ou une plus récente l’a remplacée.',
  },
  back: { en: 'My data', fr: 'Mes données' },
}

type Asking = 'sign' | 'withdraw' | undefined

function Confirm({ one, sentence, asking, end }: { one: Offered; sentence: string; asking: Asking; end: () => void }) {
  const { t, number } = useSpeech()
  return (
    <>
      <p>{asking === 'sign' ? sentence : t(words.gone)}</p>
      <p>{t(words.kept)}</p>
      <Facts facts={[[t(words.running), number(one.running)]]} />
      <div>
        <Button look={asking === 'sign' ? 'main' : 'danger'} onPress={end}>
          {t(asking === 'sign' ? words.sign : words.withdraw)}
        </Button>
      </div>
    </>
  )
}

function Changing({ one }: { one: Offered }) {
  const { t, language, number } = useSpeech()
  const [draft, setDraft] = useState<Draft>(() => draftOf(one))
  const [asking, setAsking] = useState<Asking>()
  const rules = rulesIn(draft)
  const wrong = wrongRule(rules, { open: one.public, now: one.now })
  const nobody = draft.some && draft.labs.length === 0
  const names = rules.labs.map((org) => one.others.find((other) => other.org === org)?.name ?? org)
  const sentence = wrong || nobody ? '' : sentenceOf(rules, names, language)
  const done = () => {
    location.hash = '#/data'
  }
  const doing = useDoing(
    async (what: Asking) =>
      void (what === 'sign' ? await device.change(one.order, rules) : await device.withdraw(one.order)),
    done,
  )
  const end = () => {
    doing.mutate(asking)
    setAsking(undefined)
  }
  return (
    <>
      <p>
        {t(one.title)}, {t(words.version)} {number(one.version)}
      </p>
      <Notice tone={one.public ? 'warn' : 'info'}>{t(one.public ? words.open : words.private)}</Notice>
      <Form one={one} draft={draft} wrong={wrong} change={(to) => setDraft({ ...draft, ...to })} />
      {sentence ? (
        <Card title={t(words.does)}>
          <p>{sentence}</p>
        </Card>
      ) : null}
      <Failure error={doing.error} />
      <div className="row">
        <Button look="main" busy={doing.isPending} off={sentence === ''} onPress={() => setAsking('sign')}>
          {t(words.sign)}
        </Button>
        <Button look="danger" busy={doing.isPending} onPress={() => setAsking('withdraw')}>
          {t(words.withdraw)}
        </Button>
      </div>
      <Dialog
        title={t(asking === 'withdraw' ? words.askWithdraw : words.askSign)}
        open={asking !== undefined}
        onClose={() => setAsking(undefined)}
      >
        <Confirm one={one} sentence={sentence} asking={asking} end={end} />
      </Dialog>
    </>
  )
}

/** The page. What is being typed stays while the ledger moves on. */
export function RulesPage() {
  const { t } = useSpeech()
  const { order = '' } = useParams<{ order: string }>()
  const known = useAsked(['offered', order], () => device.offered(order))
  const one = known.data
  return (
    <div className="stack">
      <h1>{t(words.title)}</h1>
      <Failure error={known.error} />
      {known.isPending ? <Progress label={t(market.loading)} /> : null}
      {one?.closed ? (
        <>
          <Empty>{t(words.closed)}</Empty>
          <div>
            <ButtonLink href="#/data">{t(words.back)}</ButtonLink>
          </div>
        </>
      ) : null}
      {one && !one.closed ? <Changing key={one.order} one={one} /> : null}
    </div>
  )
}
