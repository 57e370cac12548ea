/** Larger and smaller, by buttons: what two fingers do, for who has a keyboard. */
import { Button } from '../button.tsx'
import { useSpeech } from '../language.tsx'

const words = {
  larger: { en: 'Larger', fr: 'Plus grand' },
  smaller: { en: 'Smaller', fr: 'Plus petit' },
}

const STEPS = [1, 1.5, 2, 3, 4] as const

/** `zoom` 1 fits the width. */
export function Zoom({ zoom, onZoom }: { zoom: number; onZoom: (zoom: number) => void }) {
  const { t } = useSpeech()
  const at = STEPS.findIndex((one) => one === zoom)
  return (
    <div className="row">
      <Button off={at <= 0} onPress={() => onZoom(STEPS[at - 1] ?? 1)} label={t(words.smaller)}>
        −
      </Button>
      <span aria-live="polite">{Math.round(zoom * 100)} %</span>
      <Button off={at >= STEPS.length - 1} onPress={() => onZoom(STEPS[at + 1] ?? 1)} label={t(words.larger)}>
        +
      </Button>
    </div>
  )
}
