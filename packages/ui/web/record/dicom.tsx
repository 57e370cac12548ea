/** A DICOM image: drawn here, with window and level, inverted or not, frame by frame, larger and smaller. */
import { useEffect, useId, useMemo, useRef, useState } from 'react'
import type { Both } from '../../language.ts'
import { Tick } from '../field.tsx'
import { useSpeech } from '../language.tsx'
import { Notice } from '../notice.tsx'
import { type Dicom as Image, type Refusal, readDicom, type Window } from './pixels.ts'
import { Zoom } from './zoom.tsx'

const words = {
  level: { en: 'Brightness (level)', fr: 'Luminosité (centre)' },
  width: { en: 'Contrast (window)', fr: 'Contraste (fenêtre)' },
  invert: { en: 'Black and white swapped', fr: 'Noir et blanc inversés' },
  frame: { en: 'Image', fr: 'Image' },
  of: { en: 'of', fr: 'sur' },
  pixels: { en: 'pixels', fr: 'pixels' },
  care: {
    en: 'For looking at, not for reporting: this screen is no diagnostic display.',
    fr: 'Pour regarder, pas pour interpréter : cet écran n’est pas un écran de diagnostic.',
  },
}

const refusals: Readonly<Record<Refusal['problem'], Both>> = {
  damaged: { en: 'This image is damaged or cut off.', fr: 'Cette image est abîmée ou incomplète.' },
  compressed: {
    en: 'This image is compressed in a way that is not shown here. Save it to open it elsewhere.',
    fr: 'Cette image est compressée d’une façon qui ne s’affiche pas ici. Enregistrez-la pour l’ouvrir ailleurs.',
  },
  unknown: {
    en: 'This kind of image is not shown here. Save it to open it elsewhere.',
    fr: 'Ce type d’image ne s’affiche pas ici. Enregistrez-la pour l’ouvrir ailleurs.',
  },
}

function Slider({
  label,
  value,
  least,
  most,
  step,
  onChange,
}: {
  label: string
  value: number
  least: number
  most: number
  step: number
  onChange: (value: number) => void
}) {
  const id = useId()
  const { number } = useSpeech()
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}: {number(value)}
      </label>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        step={step}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
    </div>
  )
}

/** A step that both ends are a whole number of, fine enough for the range. */
const stepFor = (span: number): number => (span > 50 ? 1 : span / 100 || 1)

function Levels({ image, value, onChange }: { image: Image; value: Window; onChange: (next: Window) => void }) {
  const { t } = useSpeech()
  const span = Math.max(1, image.most - image.least)
  const step = stepFor(span)
  return (
    <>
      <Slider
        label={t(words.level)}
        least={Math.floor(Math.min(image.least, value.centre))}
        most={Math.ceil(Math.max(image.most, value.centre))}
        step={step}
        value={value.centre}
        onChange={(centre) => onChange({ ...value, centre })}
      />
      <Slider
        label={t(words.width)}
        least={1}
        most={Math.ceil(Math.max(span * 2, value.width))}
        step={step}
        value={value.width}
        onChange={(width) => onChange({ ...value, width })}
      />
    </>
  )
}

function Shown({ image, title }: { image: Image; title: string }) {
  const { t } = useSpeech()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [window, setWindow] = useState(image.window)
  const [inverted, setInverted] = useState(false)
  const [frame, setFrame] = useState(1)
  const [zoom, setZoom] = useState(1)
  const { columns, rows, frames } = image
  useEffect(() => {
    const pixels = image.frame(frame - 1, window, inverted)
    canvas.current?.getContext('2d')?.putImageData(new ImageData(pixels, columns, rows), 0, 0)
  }, [image, frame, window, inverted, columns, rows])
  const label = [title, image.modality, image.description].filter(Boolean).join(', ')
  return (
    <div className="stack">
      <Zoom zoom={zoom} onZoom={setZoom} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="pan dark" tabIndex={0} aria-label={label}>
        <canvas
          ref={canvas}
          width={columns}
          height={rows}
          role="img"
          aria-label={label}
          style={{ width: `${zoom * 100}%` }}
        />
      </section>
      <p className="faint">
        {columns} × {rows} {t(words.pixels)}. {t(words.care)}
      </p>
      {frames > 1 ? (
        <Slider
          label={`${t(words.frame)} (${t(words.of)} ${frames})`}
          least={1}
          most={frames}
          step={1}
          value={frame}
          onChange={setFrame}
        />
      ) : null}
      <Levels image={image} value={window} onChange={setWindow} />
      <Tick label={t(words.invert)} value={inverted} onChange={setInverted} />
    </div>
  )
}

/** Shows the file, or says why not. */
export function Dicom({ bytes, title }: { bytes: Uint8Array<ArrayBuffer>; title: string }) {
  const { t } = useSpeech()
  const image = useMemo(() => readDicom(bytes), [bytes])
  if ('problem' in image) return <Notice tone="warn">{t(refusals[image.problem])}</Notice>
  return <Shown image={image} title={title} />
}
