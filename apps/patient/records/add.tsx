/** Adding something of one's own: a document, an allergy, a measurement; marked as the patient's own word. */
import type { FormInput, FormName } from '@salus/fhir/forms'
import type { Both } from '@salus/ui/language'
import { ButtonLink } from '@salus/ui/web/button'
import { Form } from '@salus/ui/web/form/form'
import { formWords } from '@salus/ui/web/form/rows'
import { useSpeech } from '@salus/ui/web/language'
import { Notice } from '@salus/ui/web/notice'
import { useDoing } from '@salus/web-app/page'
import { useParams } from 'wouter'
import { device } from '../device.ts'

const words = {
  title: { en: 'Add something', fr: 'Ajouter' },
  lead: {
    en: 'You sign what you add. Whoever reads it sees that you said it yourself.',
    fr: 'Vous signez ce que vous ajoutez. Qui le lit voit que vous l’avez déclaré vous-même.',
  },
  added: { en: 'Added to your record', fr: 'Ajouté à votre dossier' },
  look: { en: 'Look at it', fr: 'Voir' },
  again: { en: 'Add something else', fr: 'Ajouter autre chose' },
  back: { en: 'Something else', fr: 'Autre chose' },
  diagnosis: { en: 'Health problem', fr: 'Problème de santé' },
}

/** What a patient may add, and the fields that are not for a patient to say. */
const offered = [
  { form: 'document', more: { en: 'A letter, a report, a picture', fr: 'Un courrier, un compte rendu, une image' } },
  { form: 'homeReading', more: { en: 'Weight, blood pressure, sugar …', fr: 'Poids, tension, glycémie …' } },
  { form: 'allergy', more: { en: 'What you cannot stand', fr: 'Ce que vous ne supportez pas' } },
  {
    form: 'diagnosis',
    words: words.diagnosis,
    more: { en: 'An illness you have or had', fr: 'Une maladie que vous avez ou avez eue' },
    without: ['certainty'],
  },
  { form: 'immunization', more: { en: 'As it stands in your booklet', fr: 'Comme dans votre carnet' } },
  { form: 'procedure', more: { en: 'What was done, and when', fr: 'Ce qui a été fait, et quand' } },
] as const satisfies readonly { form: FormName; words?: Both; more: Both; without?: readonly string[] }[]

type Offered = (typeof offered)[number]
const nameOf = (one: Offered): Both => ('words' in one ? one.words : formWords[one.form])

function Menu() {
  const { t } = useSpeech()
  return (
    <ul className="list">
      {offered.map((one) => (
        <li key={one.form}>
          <a className="line" href={`#/record/add/${one.form}`}>
            <span>
              <strong>{t(nameOf(one))}</strong>
              <small>{t(one.more)}</small>
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

function Adding({ one }: { one: Offered }) {
  const { t, language } = useSpeech()
  const add = useDoing((input: FormInput<Offered['form']>) => device.add(one.form, input as never, language))
  if (add.isSuccess) {
    return (
      <Notice tone="good" title={t(words.added)}>
        <div className="row">
          <ButtonLink look="main" href={`#/record/one/${add.data}`}>
            {t(words.look)}
          </ButtonLink>
          <ButtonLink href="#/record/add">{t(words.again)}</ButtonLink>
        </div>
      </Notice>
    )
  }
  return (
    <Form
      form={one.form}
      without={'without' in one ? one.without : []}
      busy={add.isPending}
      error={add.error}
      onSubmit={(input) => add.mutate(input)}
    />
  )
}

/** The list, or one form. */
export function Add() {
  const { t } = useSpeech()
  const { form } = useParams<{ form?: string }>()
  const one = offered.find((each) => each.form === form)
  return (
    <div className="stack">
      {one ? (
        <p>
          <a href="#/record/add">{t(words.back)}</a>
        </p>
      ) : null}
      <h1>{t(one ? nameOf(one) : words.title)}</h1>
      <p>{t(words.lead)}</p>
      {one ? <Adding key={one.form} one={one} /> : <Menu />}
    </div>
  )
}
