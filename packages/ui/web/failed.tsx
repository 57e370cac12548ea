/** The words of an error: what happened, and what to do next. */
import { isAppError } from '@salus/base/errors'
import { unbroken } from '../language.ts'
import { errorWords } from '../words.ts'
import { useSpeech } from './language.tsx'

/** Read out at once. A fault that is none of ours says "internal", and what to do. */
export function Failed({ error }: { error: unknown }) {
  const { language } = useSpeech()
  const { title, next } = errorWords(isAppError(error) ? error.code : 'internal', language)
  return (
    <div className="notice alarm" role="alert">
      <strong>{unbroken(title)}</strong>
      <div>{unbroken(next)}</div>
    </div>
  )
}
