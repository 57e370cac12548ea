/** Writing into a patient's record: which kind, then its form. Before a test is ordered, what is known of it is shown. */

import type { Profession } from '@salus/directory/matrix'
import { type FormInput, type FormName, forms } from '@salus/fhir/forms'
import type { Reference } from '@salus/fhir/forms/types'
import { viewOf } from '@salus/fhir/view'
import type { View } from '@salus/fhir/view/types'
import { named } from '@salus/records/names'
import { Button, ButtonLink } from '@salus/ui/web/button'
import { Dialog } from '@salus/ui/web/dialog'
import { Form } from '@salus/ui/web/form/form'
import type { Values } from '@salus/ui/web/form/row'
import { formWords } from '@salus/ui/web/form/rows'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { useAsked, useDoing } from '@salus/web-app/page'
import { useState } from 'react'
import { useParams } from 'wouter'
import type { Done } from '../device/reading.ts'
import { device } from '../device.ts'
import { Band } from '../directory/band.tsx'
import { formsOf, writable } from './forms.ts'

const words = {
  title: { en: 'What do you write?', fr: 'Qu’écrivez-vous ?' },
  sign: { en: 'Sign and file', fr: 'Signer et déposer' },
  done: {
    en: 'Signed, sealed to the patient, and filed.',
    fr: 'Signé, chiffré pour le patient, et déposé.',
  },
  more: { en: 'Write something else', fr: 'Écrire autre chose' },
  patient: { en: 'Back to the patient', fr: 'Retour au patient' },
  known: { en: 'This was done already', fr: 'Cela a déjà été fait' },
  today: { en: 'today', fr: 'aujourd’hui' },
  notYours: { en: 'Your profession does not write these.', fr: 'Votre profession n’écrit pas ceux-ci.' },
  near: { en: '(another method or specimen)', fr: '(autre méthode ou prélèvement)' },
  anyway: { en: 'Order it anyway', fr: 'Le prescrire quand même' },
  leave: { en: 'Do not order it', fr: 'Ne pas le prescrire' },
  loading: { en: 'Preparing the form', fr: 'Préparation du formulaire' },
}

/** Every form; those of other professions greyed, with the reason. */
function Choose({ handle, profession }: { handle: string; profession: Profession | undefined }) {
  const { t } = useSpeech()
  const mine = formsOf(profession)
  const others = writable.filter((one) => !mine.includes(one))
  return (
    <>
      <h1>{t(words.title)}</h1>
      <div className="grid">
        {mine.map((one) => (
          <ButtonLink key={one} href={`#/patient/${handle}/write/${one}`}>
            {t(formWords[one])}
          </ButtonLink>
        ))}
      </div>
      {others.length > 0 ? (
        <section className="stack">
          <p className="faint">{t(words.notYours)}</p>
          <div className="grid">
            {others.map((one) => (
              <Button key={one} off>
                {t(formWords[one])}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
    </>
  )
}

/** What stands behind the last part of the address: the prescription that is dispensed, or the dispute that is answered. */
type About = { readonly kind: 'answers' | 'prescription'; readonly request: string; readonly record: string }
const aboutOf = (text: string | undefined): About | undefined => {
  const [first = '', record = ''] = (text ?? '').split('.')
  if (record === '') return undefined
  return { kind: first === 'answers' ? 'answers' : 'prescription', request: first, record }
}

const startOf = (view: View | undefined): Values =>
  view?.kind === 'prescription' ? { medication: view.medication, dosage: view.dosage.join('\n') } : {}

type Input = FormInput<FormName>

/** Makes the resource here and has the device sign it. */
async function file(
  handle: string,
  form: FormName,
  input: Input,
  about: About | undefined,
  language: 'en' | 'fr',
): Promise<void> {
  const context = { ...(await device.formContext(handle)), language }
  const reference =
    about?.kind === 'prescription' ? (named('record', about.record, 'MedicationRequest') as Reference) : undefined
  const whole = form === 'dispense' && reference ? { ...input, prescription: reference } : input
  const { fhir, filing } = forms[form](whole as never, context as never)
  await device.write(handle, { fhir, filing }, about?.kind === 'answers' ? about.record : undefined)
}

const codesOf = (input: Input, context: object) =>
  viewOf(forms.testOrder(input as never, context as never).resource, 'en').codes

function Known({ known, onAnyway, onLeave }: { known: readonly Done[]; onAnyway: () => void; onLeave: () => void }) {
  const { t, distance } = useSpeech()
  return (
    <Dialog title={t(words.known)} open={known.length > 0} onClose={onLeave}>
      <ul>
        {known.slice(0, 5).map((one) => (
          <li key={one.record}>
            <strong>{one.title}</strong> {one.value},{' '}
            {one.days === 0 ? t(words.today) : distance(Date.now() / 1000 - one.days * 86_400)}{' '}
            {one.exact ? '' : t(words.near)}
          </li>
        ))}
      </ul>
      <div className="row">
        <Button look="main" onPress={onLeave}>
          {t(words.leave)}
        </Button>
        <Button onPress={onAnyway}>{t(words.anyway)}</Button>
      </div>
    </Dialog>
  )
}

function Filling({ handle, form, about }: { handle: string; form: FormName; about: About | undefined }) {
  const { t, language } = useSpeech()
  const [known, setKnown] = useState<readonly Done[]>([])
  const [held, setHeld] = useState<Input>()
  const source = useAsked(['source', about?.request, about?.record], async () =>
    about?.kind === 'prescription' ? (await device.openedRecord(about.request, about.record, language)).view : null,
  )
  const send = useDoing((input: Input) => file(handle, form, input, about, language))
  const look = useDoing(async (input: Input) => {
    const codes = codesOf(input, await device.formContext(handle))
    const found = await device.doneAlready(handle, codes, language)
    setHeld(input)
    setKnown(found)
    if (found.length === 0) send.mutate(input)
  })
  if (source.isPending) return <Progress label={t(words.loading)} />
  if (send.isSuccess) {
    return (
      <Notice tone="good" title={t(words.done)}>
        <div className="row">
          <a href={`#/patient/${handle}`}>{t(words.patient)}</a>
          <a href={`#/patient/${handle}/write`}>{t(words.more)}</a>
        </div>
      </Notice>
    )
  }
  return (
    <>
      <h1>{t(formWords[form])}</h1>
      <Form
        form={form}
        start={startOf(source.data ?? undefined)}
        busy={send.isPending || look.isPending}
        error={send.error ?? look.error}
        submit={words.sign}
        beside={<Band handle={handle} />}
        onSubmit={(input) => (form === 'testOrder' ? look : send).mutate(input as Input)}
      />
      <Known
        known={known}
        onLeave={() => setKnown([])}
        onAnyway={() => {
          setKnown([])
          if (held) send.mutate(held)
        }}
      />
      <Failure error={source.error} />
    </>
  )
}

/** The page: without a kind, or with one the profession does not write, one chooses it. */
export function Write() {
  const { t } = useSpeech()
  const { handle = '', form, about } = useParams<{ handle: string; form?: string; about?: string }>()
  const me = useAsked(['identity'], () => device.identity())
  const profession = me.data?.credential?.profession
  const known = formsOf(profession).find((one) => one === form)
  if (me.isPending) return <Progress label={t(words.loading)} />
  return (
    <div className="stack">
      <Band handle={handle} />
      <Failure error={me.error} />
      {known ? (
        <Filling key={`${known}${about ?? ''}`} handle={handle} form={known} about={aboutOf(about)} />
      ) : (
        <Choose handle={handle} profession={profession} />
      )}
    </div>
  )
}
