/** A PDF, page by page: drawn when it comes into view; its words stand below it for who does not see it. */
import type { PDFPageProxy } from 'pdfjs-dist'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../button.tsx'
import { useSpeech } from '../language.tsx'
import { Notice, Progress } from '../notice.tsx'
import { drawPage, type Opened, openPdf, textOf } from './pages.ts'
import { Zoom } from './zoom.tsx'

const words = {
  opening: { en: 'Opening the PDF', fr: 'Ouverture du PDF' },
  broken: {
    en: 'This PDF cannot be shown here: it is damaged, or wants a password. Save it to open it elsewhere.',
    fr: 'Ce PDF ne peut pas être affiché ici : il est abîmé, ou demande un mot de passe. Enregistrez-le pour l’ouvrir ailleurs.',
  },
  page: { en: 'page', fr: 'page' },
  of: { en: 'of', fr: 'sur' },
  text: { en: 'The words of this page', fr: 'Le texte de cette page' },
  more: { en: 'More pages', fr: 'Plus de pages' },
  none: { en: 'No words: this page is a picture.', fr: 'Pas de texte : cette page est une image.' },
}

/** Pages that are there at first, and that each press adds: a file of a few bytes may say that it has thousands. */
const AT_ONCE = 50

/** A4, until the page is known: so that not every page is in view at first. */
const SHAPE = 297 / 210

/** True from the moment it comes near the window. */
function useSeen() {
  const place = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    const watcher = new IntersectionObserver((all) => all.some((one) => one.isIntersecting) && setSeen(true), {
      rootMargin: '400px',
    })
    if (place.current) watcher.observe(place.current)
    return () => watcher.disconnect()
  }, [])
  return { place, seen }
}

function Words({ page }: { page: PDFPageProxy }) {
  const { t } = useSpeech()
  const [text, setText] = useState<string>()
  const open = () => {
    if (text === undefined)
      void textOf(page).then(
        (found) => setText(found.trim()),
        () => setText(''),
      )
  }
  return (
    <details onToggle={open}>
      <summary>{t(words.text)}</summary>
      {text === undefined ? null : <p className="lines">{text || t(words.none)}</p>}
    </details>
  )
}

function Page({ pdf, number, zoom, title }: { pdf: Opened; number: number; zoom: number; title: string }) {
  const { t } = useSpeech()
  const { place, seen } = useSeen()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [page, setPage] = useState<PDFPageProxy>()
  useEffect(() => {
    if (seen) void pdf.page(number).then(setPage, () => undefined)
  }, [pdf, number, seen])
  useEffect(() => {
    if (!page || !canvas.current || !place.current) return
    return drawPage(page, canvas.current, place.current.clientWidth * zoom)
  }, [page, zoom, place])
  const { width, height } = page?.getViewport({ scale: 1 }) ?? { width: 1, height: SHAPE }
  const label = `${title}, ${t(words.page)} ${number} ${t(words.of)} ${pdf.pages}`
  return (
    <div ref={place}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard (WCAG 2.1.1) */}
      <section className="pan" tabIndex={0} aria-label={label}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={label}
          style={{ width: `${zoom * 100}%`, aspectRatio: `${width} / ${height}` }}
        />
      </section>
      {page ? <Words page={page} /> : null}
    </div>
  )
}

/** Shows the file. */
export function Pdf({ bytes, title }: { bytes: Uint8Array<ArrayBuffer>; title: string }) {
  const { t } = useSpeech()
  const [pdf, setPdf] = useState<Opened | 'broken'>()
  const [zoom, setZoom] = useState(1)
  useEffect(() => {
    let over = false
    let opened: Opened | undefined
    openPdf(bytes).then(
      (one) => {
        opened = one
        if (over) one.close()
        else setPdf(one)
      },
      () => over || setPdf('broken'),
    )
    return () => {
      over = true
      opened?.close()
    }
  }, [bytes])
  if (pdf === undefined) return <Progress label={t(words.opening)} />
  if (pdf === 'broken') return <Notice tone="warn">{t(words.broken)}</Notice>
  return (
    <div className="stack pages">
      <Zoom zoom={zoom} onZoom={setZoom} />
      <Pages pdf={pdf} zoom={zoom} title={title} />
    </div>
  )
}

/** The first pages, then as many more at each press. */
function Pages({ pdf, zoom, title }: { pdf: Opened; zoom: number; title: string }) {
  const { t } = useSpeech()
  const [most, setMost] = useState(AT_ONCE)
  const shown = Math.min(most, pdf.pages)
  return (
    <>
      {Array.from({ length: shown }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a page's number is its name
        <Page key={i} pdf={pdf} number={i + 1} zoom={zoom} title={title} />
      ))}
      {shown < pdf.pages ? (
        <Button onPress={() => setMost(shown + AT_ONCE)}>
          {`${t(words.more)} (${shown} ${t(words.of)} ${pdf.pages})`}
        </Button>
      ) : null}
    </>
  )
}
