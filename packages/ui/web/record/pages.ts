/** A PDF opened in this browser: parsed in a worker of its own, drawn here page by page; no script in it ever runs. */
import { getDocument, type PDFDocumentProxy, type PDFPageProxy, PDFWorker } from 'pdfjs-dist'
import address from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { scriptUrl } from '../trusted.ts'
import { decoders } from './decoders.ts'

/** An opened file; `close` ends its worker. */
export type Opened = { readonly pages: number; page(number: number): Promise<PDFPageProxy>; close(): void }

/** Most pixels of one image inside, and of one drawn page: a small file may ask for more memory than a phone has. */
const MOST_PIXELS = 2 ** 26
const MOST_DRAWN = 2 ** 24

/** Asked for nothing outside of the bundle: fonts that a file does not bring are the system's. */
class Nothing {
  fetch(): Promise<never> {
    return Promise.reject(new Error('not in this bundle'))
  }
}

/** Opens `bytes`; rejects when they are no PDF, are damaged, or want a password. */
export async function openPdf(bytes: Uint8Array): Promise<Opened> {
  const port = new Worker(scriptUrl(address), { type: 'module', name: 'pdf' })
  const worker = PDFWorker.create({ port } as never)
  const task = getDocument({
    // Its buffer goes over to the worker: the caller keeps its own.
    ...{ data: bytes.slice(), worker, verbosity: 0 },
    ...{ useWasm: false, wasmUrl: decoders, maxImageSize: MOST_PIXELS, enableXfa: false, disableWorkerRendering: true },
    BinaryDataFactory: Nothing,
  } as never)
  const close = () => {
    void task.destroy().finally(() => port.terminate())
  }
  try {
    const found: PDFDocumentProxy = await task.promise
    return { pages: found.numPages, page: (number) => found.getPage(number), close }
  } catch (error) {
    close()
    throw error
  }
}

/** Draws a page so that it is `width` CSS pixels wide; gives what stops it. */
export function drawPage(page: PDFPageProxy, canvas: HTMLCanvasElement, width: number): () => void {
  const whole = page.getViewport({ scale: 1 })
  const wanted = (width / whole.width) * Math.min(devicePixelRatio, 3)
  const scale = Math.min(wanted, Math.sqrt(MOST_DRAWN / (whole.width * whole.height)))
  const viewport = page.getViewport({ scale })
  canvas.width = Math.floor(viewport.width)
  canvas.height = Math.floor(viewport.height)
  const task = page.render({ canvas, viewport })
  task.promise.catch(() => undefined)
  return () => task.cancel()
}

/** The words of a page, line by line, for who does not see it. */
export async function textOf(page: PDFPageProxy): Promise<string> {
  const { items } = await page.getTextContent()
  return items.map((one) => ('str' in one ? `${one.str}${one.hasEOL ? '\n' : ''}` : '')).join('')
}
