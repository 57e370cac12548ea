/** "This surprises me": asking the organisation whose member acted, and what it answered. */
import type { OwnQuestion } from '@salus/records/device/said'
import { type QuestionReason, questionReasons } from '@salus/records/questions/contract'
import { answerWords, questionWords } from '@salus/ui/vocabulary'
import { Button } from '@salus/ui/web/button'
import { Field, Radios } from '@salus/ui/web/field'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import type { Line } from '../device/log.ts'
import { device } from '../device.ts'

const words = {
  surprises: { en: 'This surprises me', fr: 'Cela m’étonne' },
  why: { en: 'What surprises you?', fr: 'Qu’est-ce qui vous étonne ?' },
  text: { en: 'In your own words (optional)', fr: 'Avec vos mots (facultatif)' },
  sealed: {
    en: 'Only the privacy officer of that organisation can read it.',
    fr: 'Seul le délégué à la protection des données de cet organisme peut le lire.',
  },
  alone: {
    en: 'This organisation takes the closed choice above; write to it for anything more.',
    fr: 'Cet organisme reçoit seulement le choix ci-dessus ; écrivez-lui pour tout le reste.',
  },
  send: { en: 'Ask the organisation', fr: 'Demander à l’organisme' },
  asked: { en: 'You asked about this.', fr: 'Vous avez posé une question.' },
  waits: { en: 'not answered yet', fr: 'pas encore de réponse' },
  answer: { en: 'Answer:', fr: 'Réponse :' },
  waiting: { en: 'asked, not answered yet', fr: 'question posée, sans réponse' },
  looking: { en: 'Looking', fr: 'Recherche' },
}

/** The state of a question, beside its line. */
export function QuestionTag({ question: { answer } }: { question: OwnQuestion }) {
  const { t } = useSpeech()
  const found = answer && answerWords[answer.found]
  const tone = !answer ? 'warn' : answer.found === 'explained' ? 'good' : 'alert'
  return <span className={`tag ${tone}`}>{found ? t(found) : t(words.waiting)}</span>
}

function Asked({ question }: { question: OwnQuestion }) {
  const { t, moment } = useSpeech()
  const { answer, id, reason } = question
  const texts = useAsked(['answer-texts', id], () => device.answerTexts())
  const why = questionWords[reason]
  return (
    <Notice tone={answer && answer.found !== 'explained' ? 'warn' : 'info'} title={t(words.asked)}>
      <p>
        {why ? t(why) : reason} · {moment(question.at)}
      </p>
      <p>
        {t(words.answer)} {answer ? `${t(answerWords[answer.found] as never)} · ${moment(answer.at)}` : t(words.waits)}
      </p>
      {texts.data?.[id] ? <blockquote className="lines">{texts.data[id]}</blockquote> : null}
      <Failure error={texts.error} />
    </Notice>
  )
}

function Asking({ line }: { line: Line }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState<QuestionReason>('surprised')
  const [text, setText] = useState('')
  const takes = useAsked(['takes-question', line.who.id], () => device.takesQuestion(line.who.id))
  const ask = useDoing(() => device.askAbout(line.number, reason, text))
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        ask.mutate(undefined)
      }}
    >
      <Radios
        label={t(words.why)}
        value={reason}
        onChange={setReason}
        choices={questionReasons.map((value) => ({ value, words: t(questionWords[value] as never) }))}
      />
      {takes.isPending ? <Progress label={t(words.looking)} /> : null}
      {takes.data ? (
        <Field label={t(words.text)} help={t(words.sealed)} value={text} onChange={setText} lines={3} />
      ) : null}
      {takes.data === false ? <p className="faint">{t(words.alone)}</p> : null}
      <Failure error={takes.error ?? ask.error} />
      <div>
        <Button type="submit" look="main" busy={ask.isPending} off={takes.isPending}>
          {t(words.send)}
        </Button>
      </div>
    </form>
  )
}

/** Below the proof of a line that somebody else made. */
export function Questioning({ line }: { line: Line }) {
  const { t } = useSpeech()
  const [asking, setAsking] = useState(false)
  if (line.question) return <Asked question={line.question} />
  if (asking) return <Asking line={line} />
  return (
    <div>
      <Button look="danger" onPress={() => setAsking(true)}>
        {t(words.surprises)}
      </Button>
    </div>
  )
}
