/** A drawing of a result as an image of its own, and how it is kept: SVG as it is, PNG by way of a canvas. */
import { Button } from '@salus/ui/web/button'
import { useSpeech } from '@salus/ui/web/language'
import { useEffect, useState } from 'react'
import { saveBlob } from '../save.ts'

const words = {
  svg: { en: 'Save as SVG', fr: 'Enregistrer en SVG' },
  png: { en: 'Save as PNG', fr: 'Enregistrer en PNG' },
}

/** Twice the size of the drawing: sharp on paper. */
const SCALE = 2

async function savePng(svg: string, name: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.naturalWidth * SCALE
    canvas.height = image.naturalHeight * SCALE
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
    if (blob) saveBlob(blob, name)
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** `label` says what is to be seen; the same numbers stand in the table of the page. */
export function Picture({ svg, name, label }: { svg: string; name: string; label: string }) {
  const { t } = useSpeech()
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [svg])
  return (
    <figure className="curve">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="pan" aria-label={label} tabIndex={0}>
        {url ? <img src={url} alt={label} /> : null}
      </section>
      <div className="row">
        <Button
          look="quiet"
          label={`${t(words.svg)}: ${label}`}
          onPress={() => saveBlob(new Blob([svg], { type: 'image/svg+xml' }), `${name}.svg`)}
        >
          {t(words.svg)}
        </Button>
        <Button look="quiet" label={`${t(words.png)}: ${label}`} onPress={() => void savePng(svg, `${name}.png`)}>
          {t(words.png)}
        </Button>
      </div>
    </figure>
  )
}
