/** Something to pick from a short list, or to type: a list never closes a form. The platform's own list, as it shows one best. */
import { useId } from 'react'
import { Under } from '../field.tsx'
import { useSpeech } from '../language.tsx'
import { foundIn, type Pickable, shownOf } from './row.ts'

const words = { list: { en: 'From the list, or in your own words.', fr: 'Dans la liste, ou avec vos mots.' } }

/** `onChange` gets what stands in the field, and the choice where it is one. */
export function PickField({
  label,
  help,
  wrong,
  must,
  choices,
  value,
  onChange,
}: {
  label: string
  help?: string | undefined
  wrong?: string | undefined
  must?: boolean
  choices: readonly Pickable[]
  value: string
  onChange: (typed: string, choice: Pickable | undefined) => void
}) {
  const { t, language } = useSpeech()
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        list={`${id}-list`}
        value={value}
        autoComplete="off"
        spellCheck={false}
        aria-required={must ?? false}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-under`}
        onChange={({ target }) => onChange(target.value, foundIn(choices, target.value, language))}
      />
      <datalist id={`${id}-list`}>
        {choices.map((one) => (
          <option key={shownOf(one, language)} value={shownOf(one, language)} />
        ))}
      </datalist>
      <Under id={`${id}-under`} help={help ?? t(words.list)} wrong={wrong} />
    </div>
  )
}
