/** Questions of patients about accesses, and the answer to each. */
import { type Answer, answers } from '@salus/records/questions/contract'
import type { Both } from '@salus/ui/language'
import { answerWords, questionWords, statementWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Card, Empty, Facts, Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { Complaint } from '../device/desk/questions.ts'
import { device } from '../device.ts'

const words = {
  title: { en: 'Accesses that surprise patients', fr: 'Accès qui étonnent des patients' },
  none: {
    en: 'No question. Patients ask from their log, about what people of this organisation opened.',
    fr: 'Aucune question. Les patients en posent depuis leur journal, sur ce que des personnes d’ici ont ouvert.',
  },
  unproven: {
    en: 'questions were left out: what the node showed of them does not prove itself.',
    fr: 'questions omises : ce que le nœud en montre ne se prouve pas.',
  },
  patient: { en: 'Patient', fr: 'Patient' },
  about: { en: 'About', fr: 'À propos de' },
  said: { en: 'In the patient’s words', fr: 'Avec les mots du patient' },
  asked: { en: 'Asked', fr: 'Posée' },
  answer: { en: 'Answer', fr: 'Répondre' },
  found: { en: 'What did you find?', fr: 'Que constatez-vous ?' },
  text: { en: 'What the patient will read', fr: 'Ce que le patient lira' },
  sealed: { en: 'Sealed: only the patient opens it.', fr: 'Chiffré : seul le patient l’ouvre.' },
  send: { en: 'Send the answer', fr: 'Envoyer la réponse' },
  loading: { en: 'Looking', fr: 'Recherche' },
}

const said = (table: Readonly<Record<string, Both>>, word: string, t: (both: Both) => string): string =>
  table[word] ? t(table[word]) : word

function Answering({ one, onDone }: { one: Complaint; onDone: () => void }) {
  const { t } = useSpeech()
  const [found, setFound] = useState<Answer>('explained')
  const [text, setText] = useState('')
  const answer = useDoing(() => device.answerComplaint(one, found, text), onDone)
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        answer.mutate(undefined)
      }}
    >
      <Radios
        label={t(words.found)}
        value={found}
        onChange={setFound}
        choices={answers.map((value) => ({ value, words: said(answerWords, value, t) }))}
      />
      <Field label={t(words.text)} help={t(words.sealed)} value={text} onChange={setText} lines={4} />
      <Failure error={answer.error} />
      <Button type="submit" look="main" wide busy={answer.isPending}>
        {t(words.send)}
      </Button>
    </form>
  )
}

function Row({ one, onAnswer }: { one: Complaint; onAnswer: () => void }) {
  const { t, moment } = useSpeech()
  return (
    <Card
      title={said(questionWords, one.reason, t)}
      aside={one.found ? <span className="tag">{said(answerWords, one.found, t)}</span> : null}
    >
      <Facts
        facts={[
          [t(words.patient), one.name] as const,
          [t(words.about), `${one.who} · ${said(statementWords, one.type, t)} · ${moment(one.aboutAt)}`] as const,
          ...(one.words ? [[t(words.said), <q key="said">{one.words}</q>] as const] : []),
          [t(words.asked), moment(one.at)] as const,
        ]}
      />
      {one.found ? null : (
        <Button label={`${t(words.answer)}: ${one.name}, ${moment(one.at)}`} onPress={onAnswer}>
          {t(words.answer)}
        </Button>
      )}
    </Card>
  )
}

/** The part of the privacy page about them. */
export function Complaints() {
  const { t } = useSpeech()
  const list = useAsked(['complaints'], () => device.complaints())
  const [open, setOpen] = useState<Complaint>()
  const { all = [], unproven = 0 } = list.data ?? {}
  return (
    <>
      <h2>{t(words.title)}</h2>
      <Failure error={list.error} />
      {list.isPending ? <Progress label={t(words.loading)} /> : null}
      {list.data && all.length === 0 ? <Empty>{t(words.none)}</Empty> : null}
      {unproven > 0 ? (
        <Notice tone="warn">
          {unproven} {t(words.unproven)}
        </Notice>
      ) : null}
      {all.map((one) => (
        <Row key={one.question} one={one} onAnswer={() => setOpen(one)} />
      ))}
      <Dialog title={t(words.answer)} open={open !== undefined} onClose={() => setOpen(undefined)}>
        {open ? <Answering one={open} onDone={() => setOpen(undefined)} /> : null}
      </Dialog>
    </>
  )
}
