/** The camera, looked at a few times a second until a code is found; or a picture that somebody has. */
import { useEffect, useRef, useState } from 'react'
import { FileField } from './field.tsx'
import { createFind } from './find.ts'
import { useSpeech } from './language.tsx'
import { Notice, Progress } from './notice.tsx'

const words = {
  hold: { en: 'Hold the code in front of the camera', fr: 'Tenez le code devant la caméra' },
  starting: { en: 'Starting the camera', fr: 'Démarrage de la caméra' },
  none: {
    en: 'The camera cannot be used. Allow it, choose a picture of the code, or type what stands below it.',
    fr: 'La caméra n’est pas utilisable. Autorisez-la, choisissez une photo du code, ou tapez le texte qui l’accompagne.',
  },
  picture: { en: 'Or choose a picture of the code', fr: 'Ou choisissez une photo du code' },
  nothing: { en: 'No QR code was found in this picture.', fr: 'Aucun code QR trouvé dans cette image.' },
}

/** Between two looks, milliseconds. */
const PAUSE = 200
/** For one look at the camera, and for a picture that somebody chose, milliseconds. */
const PATIENCE = { camera: 60, picture: 3_000 } as const

/** Looks until `found`, or until it is stopped. */
async function watch(video: HTMLVideoElement, running: () => boolean, found: (text: string) => void): Promise<void> {
  const find = await createFind()
  while (running()) {
    const size = { width: video.videoWidth, height: video.videoHeight }
    const text = await find(video, size, PATIENCE.camera)
    if (text && running()) return found(text)
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

type State = 'starting' | 'on' | 'none'

/** Shows the camera in `video`; it is let go when the scanner closes. */
function useCamera(found: (text: string) => void) {
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<State>('starting')
  const last = useRef(found)
  last.current = found
  useEffect(() => {
    let running = true
    let stream: MediaStream | undefined
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    const start = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      const place = video.current
      if (!running || !place) return stop()
      place.srcObject = stream
      await place.play()
      setState('on')
      await watch(
        place,
        () => running,
        (text) => last.current(text),
      )
    }
    start().catch(() => running && setState('none'))
    return () => {
      running = false
      stop()
    }
  }, [])
  return { video, state }
}

async function textIn(file: File): Promise<string | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined)
  return image && (await createFind())(image, image, PATIENCE.picture)
}

/** Gives the text of the first code it sees. */
export function Scanner({ onText }: { onText: (text: string) => void }) {
  const { t } = useSpeech()
  const { video, state } = useCamera(onText)
  const [nothing, setNothing] = useState(false)
  const look = async (file: File) => {
    setNothing(false)
    const text = await textIn(file)
    if (text) onText(text)
    else setNothing(true)
  }
  return (
    <div className="stack">
      {state === 'none' ? <Notice tone="warn">{t(words.none)}</Notice> : null}
      {state === 'starting' ? <Progress label={t(words.starting)} /> : null}
      {state === 'none' ? null : <video className="camera" ref={video} muted playsInline aria-label={t(words.hold)} />}
      {state === 'on' ? <p>{t(words.hold)}</p> : null}
      <FileField
        label={t(words.picture)}
        accept="image/png,image/jpeg,image/webp"
        {...(nothing ? { wrong: t(words.nothing) } : {})}
        onChoose={(file) => void look(file)}
      />
    </div>
  )
}
