/** A text that stands in a QR code somewhere: typed, scanned by the camera, or read from a picture. */
import { lazy, Suspense, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Field } from './field.tsx'
import { useSpeech } from './language.tsx'

// What finds a code in a picture is loaded when somebody scans.
const Scanner = lazy(async () => ({ default: (await import('./scanner.tsx')).Scanner }))

const words = { scan: { en: 'Scan a QR code', fr: 'Scanner un code QR' } }

/** A field with a button that scans; with `lines`, each scan adds one. */
export function ScanField({
  label,
  help,
  value,
  onChange,
  lines,
  focus,
  hidden,
}: {
  label: string
  help?: string
  value: string
  onChange: (value: string) => void
  lines?: number
  focus?: boolean
  /** Not shown as it is typed: somebody else looks at this screen too. */
  hidden?: boolean
}) {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  const take = (text: string) => {
    setOpen(false)
    const before = value.trim()
    onChange(lines && before ? `${before}\n${text}` : text)
  }
  return (
    <div className="scan">
      <Field
        label={label}
        value={value}
        onChange={onChange}
        spell={false}
        must
        focus={focus ?? false}
        {...(help ? { help } : {})}
        {...(lines ? { lines } : {})}
        {...(hidden ? { kind: 'password' as const } : {})}
      />
      <Button onPress={() => setOpen(true)}>{t(words.scan)}</Button>
      <Dialog title={t(words.scan)} open={open} onClose={() => setOpen(false)}>
        <Suspense>
          <Scanner onText={take} />
        </Suspense>
      </Dialog>
    </div>
  )
}
