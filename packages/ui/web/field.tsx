/** What is typed, ticked and chosen; each with its words, its help and what is wrong with it. */
import { type ReactNode, useId, useState } from 'react'
import {
  Checkbox,
  CheckboxGroup,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components'
import { useSpeech } from './language.tsx'

type Common = { readonly label: string; readonly help?: string; readonly wrong?: string | undefined }
type Typing = Common & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly kind?: 'text' | 'search' | 'date' | 'number' | 'password' | 'datetime-local'
  readonly lines?: number
  readonly must?: boolean
  readonly spell?: boolean
  readonly focus?: boolean
  readonly hint?: string
  /** A keyboard of digits on a phone; what is typed stays text, so that 5.0 stays 5.0. */
  readonly digits?: boolean
}

const Help = ({ help }: { help: string | undefined }) =>
  help ? (
    <Text slot="description" className="help">
      {help}
    </Text>
  ) : null

/** A line, or several, of text. Nothing typed is remembered by the browser. */
export function Field(typing: Typing) {
  const { label, help, wrong, value, onChange, kind = 'text', lines, must, spell, focus, hint, digits } = typing
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      isRequired={must ?? false}
      isInvalid={wrong !== undefined}
      validationBehavior="aria"
      autoComplete="off"
    >
      <Label>{label}</Label>
      {lines ? (
        <TextArea rows={lines} spellCheck={spell ?? true} {...(hint ? { placeholder: hint } : {})} />
      ) : (
        <Input
          type={kind}
          spellCheck={spell ?? false}
          autoFocus={focus ?? false}
          step={kind === 'number' ? 'any' : undefined}
          {...(digits ? { inputMode: 'decimal' as const } : {})}
          {...(hint ? { placeholder: hint } : {})}
        />
      )}
      <Help help={help} />
      {wrong ? <FieldError className="wrong">{wrong}</FieldError> : null}
    </TextField>
  )
}

/** One choice of a group, with a second line where one word is not enough. */
export type Choice<T extends string = string> = {
  readonly value: T
  readonly words: ReactNode
  readonly more?: string
  /** Why it cannot be chosen; it stays visible and says so. */
  readonly off?: string | undefined
}

const Words = ({ words, more, off }: Pick<Choice, 'words' | 'more' | 'off'>) => (
  <span className="choice-words">
    <span>{words}</span>
    {off || more ? <small>{off ?? more}</small> : null}
  </span>
)

/** Any number of them. */
export function Checks<T extends string>({
  label,
  help,
  choices,
  value,
  onChange,
}: Common & { choices: readonly Choice<T>[]; value: readonly T[]; onChange: (value: T[]) => void }) {
  return (
    <CheckboxGroup
      className={`group${choices.length > 6 ? ' many' : ''}`}
      value={[...value]}
      onChange={(next) => onChange(next as T[])}
    >
      <Label>{label}</Label>
      <Help help={help} />
      {choices.map((one) => (
        <Checkbox key={one.value} className="choice" value={one.value} isDisabled={one.off !== undefined}>
          <span className="box" aria-hidden="true" />
          <Words {...one} />
        </Checkbox>
      ))}
    </CheckboxGroup>
  )
}

/** Exactly one of them. */
export function Radios<T extends string>({
  label,
  help,
  choices,
  value,
  onChange,
}: Common & { choices: readonly Choice<T>[]; value: T; onChange: (value: T) => void }) {
  return (
    <RadioGroup className="group" value={value} onChange={(next) => onChange(next as T)}>
      <Label>{label}</Label>
      <Help help={help} />
      {choices.map((one) => (
        <Radio key={one.value} className="choice" value={one.value} isDisabled={one.off !== undefined}>
          <span className="box round" aria-hidden="true" />
          <Words {...one} />
        </Radio>
      ))}
    </RadioGroup>
  )
}

/** Help and what is wrong, under a field that the platform draws; the field names it by `id` (aria-describedby). */
export const Under = ({ id, help, wrong }: { id: string; help: string | undefined; wrong: string | undefined }) => (
  <span className="under" id={id}>
    {help ? <small className="help">{help}</small> : null}
    {wrong ? <span className="wrong">{wrong}</span> : null}
  </span>
)

/** One of many: the platform's own list, which a phone shows best. */
export function Select({
  label,
  help,
  wrong,
  choices,
  value,
  onChange,
  must,
}: Common & {
  choices: readonly { value: string; words: string; off?: boolean }[]
  value: string
  onChange: (value: string) => void
  must?: boolean
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-required={must ?? false}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-under`}
        onChange={(event) => onChange(event.target.value)}
      >
        {choices.map((one) => (
          <option key={one.value} value={one.value} disabled={one.off}>
            {one.words}
          </option>
        ))}
      </select>
      <Under id={`${id}-under`} help={help} wrong={wrong} />
    </div>
  )
}

/** One thing that is so or not. */
export function Tick({
  label,
  value,
  onChange,
}: {
  label: string
  value: boolean
  onChange: (value: boolean) => void
}) {
  return (
    <Checkbox className="choice" isSelected={value} onChange={onChange}>
      <span className="box" aria-hidden="true" />
      <Words words={label} />
    </Checkbox>
  )
}

const choosing = {
  choose: { en: 'Choose a file', fr: 'Choisir un fichier' },
  none: { en: 'none chosen', fr: 'aucun choisi' },
}

/** Takes files from the device. In the app's own words: the platform's would be in the browser's language. */
export function FileField({
  label,
  help,
  wrong,
  accept,
  onChoose,
}: Common & {
  accept: string
  onChoose: (file: File) => void
}) {
  const id = useId()
  const { t } = useSpeech()
  const [name, setName] = useState<string>()
  return (
    <div className="field file">
      <span id={`${id}-label`} className="react-aria-Label">
        {label}
      </span>
      <input
        id={id}
        type="file"
        className="hidden-words"
        accept={accept}
        aria-labelledby={`${id}-label ${id}-choose`}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-name ${id}-under`}
        onChange={(event) => {
          const file = event.target.files?.[0]
          setName(file?.name)
          if (file) onChoose(file)
        }}
      />
      <div className="row">
        <label id={`${id}-choose`} htmlFor={id} className="button">
          {t(choosing.choose)}
        </label>
        <span id={`${id}-name`} className="faint">
          {name ?? t(choosing.none)}
        </span>
      </div>
      <Under id={`${id}-under`} help={help} wrong={wrong} />
    </div>
  )
}
