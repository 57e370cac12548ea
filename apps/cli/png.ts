/** Pictures of results as PNG, for reports and slides that take no SVG. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Resvg } from '@resvg/resvg-wasm'

const fileOf = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)))

/** Points of a picture for each of its units: sharp on paper. */
const SCALE = 2

/** Loaded once, and only by who draws: two megabytes of WebAssembly, and the one font that all pictures are set in (Liberation Sans). */
async function load(): Promise<(svg: string) => InstanceType<typeof Resvg>> {
  const { initWasm, Resvg: Picture } = await import('@resvg/resvg-wasm')
  const [wasm, font] = await Promise.all(
    ['@resvg/resvg-wasm/index_bg.wasm', 'pdfjs-dist/standard_fonts/LiberationSans-Regular.ttf'].map(fileOf),
  )
  await initWasm(wasm as Buffer<ArrayBuffer>)
  const fonts = { fontBuffers: [new Uint8Array(font as Buffer)], defaultFontFamily: 'Liberation Sans' }
  const sans = { ...fonts, sansSerifFamily: 'Liberation Sans' }
  return (svg) => new Picture(svg, { font: sans, fitTo: { mode: 'zoom', value: SCALE }, background: '#ffffff' })
}

let loaded: ReturnType<typeof load> | undefined

/** Draws an SVG of our own; the same bytes on every machine. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  loaded ??= load()
  const drawing = (await loaded)(svg)
  try {
    return drawing.render().asPng()
  } finally {
    drawing.free()
  }
}
