/** The way on where only loading the page anew helps: another window held the device. */
import { isAppError } from '@salus/base/errors'
import { Button } from './button.tsx'
import { useSpeech } from './language.tsx'

const words = { again: { en: 'Try again', fr: 'Réessayer' } }

/** A button that loads the page anew, where `error` says that the device is busy; nothing else. */
export function Retry({ error }: { error: unknown }) {
  const { t } = useSpeech()
  if (!isAppError(error) || error.code !== 'device-busy') return null
  return (
    <div>
      <Button look="main" onPress={() => location.reload()}>
        {t(words.again)}
      </Button>
    </div>
  )
}
