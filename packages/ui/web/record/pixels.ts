/** A DICOM file's pixels, uncompressed (PS3.5 A.1 to A.3): what is in it, and one frame as a screen shows it (PS3.3 C.7.6.3, C.11.2). */
import dicomParser, { type DataSet } from 'dicom-parser'

/** An image that can be drawn. */
export type Dicom = {
  readonly columns: number
  readonly rows: number
  readonly frames: number
  readonly colour: boolean
  /** What the modality's values are between: of the first frame, after rescaling; 0 to 255 for a colour image. */
  readonly least: number
  readonly most: number
  /** The window its author proposes, else all of it. */
  readonly window: Window
  readonly modality: string | undefined
  readonly description: string | undefined
  /** Draws frame `at` (from 0): four bytes a pixel. */
  frame(at: number, window: Window, inverted: boolean): Uint8ClampedArray<ArrayBuffer>
}

/** Values from `centre - width / 2` on are grey, up to `centre + width / 2`. */
export type Window = { readonly centre: number; readonly width: number }

/** Why there is none. */
export type Refusal = { readonly problem: 'damaged' | 'compressed' | 'unknown' }

/** Transfer syntaxes without compression (PS3.5 §10, annex A). */
const plain: ReadonlySet<string> = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'])
const BIG_ENDIAN = '1.2.840.10008.1.2.2'
/** Most pixels of one frame: beyond it a phone has no room. */
const MOST = 2 ** 26

const refused = (problem: Refusal['problem']): Refusal => ({ problem })

type Shape = {
  readonly columns: number
  readonly rows: number
  readonly frames: number
  /** Samples a pixel: 1, or 3. */
  readonly samples: number
  readonly planar: boolean
  readonly allocated: 8 | 16
  readonly stored: number
  readonly high: number
  readonly signed: boolean
  readonly photometric: string
  readonly slope: number
  readonly intercept: number
  readonly swapped: boolean
}

const decimal = (set: DataSet, tag: string): number | undefined => {
  const value = Number.parseFloat(set.string(tag)?.split('\\')[0] ?? '')
  return Number.isFinite(value) ? value : undefined
}

function shapeOf(set: DataSet, syntax: string): Shape | undefined {
  const allocated = set.uint16('x00280100') ?? 0
  if (allocated !== 8 && allocated !== 16) return undefined
  const stored = set.uint16('x00280101') ?? allocated
  return {
    columns: set.uint16('x00280011') ?? 0,
    rows: set.uint16('x00280010') ?? 0,
    frames: Math.max(1, Math.trunc(decimal(set, 'x00280008') ?? 1)),
    samples: set.uint16('x00280002') ?? 1,
    planar: set.uint16('x00280006') === 1,
    ...{ allocated, stored, high: set.uint16('x00280102') ?? stored - 1 },
    signed: set.uint16('x00280103') === 1,
    photometric: set.string('x00280004') ?? '',
    slope: decimal(set, 'x00281053') ?? 1,
    intercept: decimal(set, 'x00281052') ?? 0,
    swapped: syntax === BIG_ENDIAN,
  }
}

/** One sample each, as they lie in the file. */
function samplesOf(bytes: Uint8Array, shape: Shape): Uint8Array | Uint16Array {
  if (shape.allocated === 8) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(i * 2, !shape.swapped))
}

/** Raw sample -> the modality's value: stored bits, sign, rescale (PS3.3 C.7.6.3.1, C.11.1). One row for each possible sample. */
function valuesOf({ allocated, stored, high, signed, slope, intercept }: Shape): Float32Array {
  const shift = Math.max(0, high + 1 - stored)
  const mask = 2 ** stored - 1
  const sign = signed ? 2 ** (stored - 1) : 0
  return Float32Array.from({ length: 2 ** allocated }, (_, raw) => {
    const bits = (raw >> shift) & mask
    return (bits >= sign && signed ? bits - 2 ** stored : bits) * slope + intercept
  })
}

/** Value -> grey (PS3.3 C.11.2.1.2.1). */
const greyOf = (value: number, { centre, width }: Window): number =>
  width <= 1 ? (value < centre ? 0 : 255) : ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255

function grey(samples: Uint8Array | Uint16Array, table: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(samples.length * 4)
  for (let i = 0, o = 0; i < samples.length; i += 1, o += 4) {
    const shade = table[samples[i] as number] as number
    out[o] = shade
    out[o + 1] = shade
    out[o + 2] = shade
    out[o + 3] = 255
  }
  return out
}

function colour(
  samples: Uint8Array,
  pixels: number,
  planar: boolean,
  table: Uint8ClampedArray,
): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(pixels * 4)
  for (let i = 0; i < pixels; i += 1) {
    for (let c = 0; c < 3; c += 1) {
      out[i * 4 + c] = table[samples[planar ? c * pixels + i : i * 3 + c] as number] as number
    }
    out[i * 4 + 3] = 255
  }
  return out
}

/** Least and most of the values that the first frame holds. */
function rangeOf(samples: Uint8Array | Uint16Array, values: Float32Array): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const one of samples) {
    const value = values[one] as number
    if (value < least) least = value
    if (value > most) most = value
  }
  return { least, most }
}

function proposed(set: DataSet, { least, most }: { least: number; most: number }): Window {
  const [centre, width] = [decimal(set, 'x00281050'), decimal(set, 'x00281051')]
  if (centre !== undefined && width !== undefined && width >= 1) return { centre, width }
  return { centre: (least + most + 1) / 2, width: Math.max(1, most - least + 1) }
}

function imageOf(set: DataSet, shape: Shape, bytes: Uint8Array): Dicom {
  const { columns, rows, frames, samples, planar, photometric, allocated } = shape
  const pixels = columns * rows
  const each = pixels * samples * (allocated / 8)
  const frameAt = (at: number) => samplesOf(bytes.subarray(at * each, (at + 1) * each), shape)
  const isColour = samples === 3
  const values = isColour ? Float32Array.from({ length: 256 }, (_, i) => i) : valuesOf(shape)
  const range = isColour ? { least: 0, most: 255 } : rangeOf(frameAt(0), values)
  // MONOCHROME1: the least value is white (PS3.3 C.7.6.3.1.2).
  const dark = photometric === 'MONOCHROME1'
  return {
    ...{
      columns,
      rows,
      frames,
      colour: isColour,
      ...range,
      window: isColour ? { centre: 128, width: 256 } : proposed(set, range),
    },
    ...{ modality: set.string('x00080060'), description: set.string('x0008103e') ?? set.string('x00081030') },
    frame(at, window, inverted) {
      const turned = dark !== inverted
      const table = Uint8ClampedArray.from(values, (value) => {
        const shade = Math.min(255, Math.max(0, greyOf(value, window)))
        return turned ? 255 - shade : shade
      })
      const found = frameAt(at)
      return isColour ? colour(found as Uint8Array, pixels, planar, table) : grey(found, table)
    },
  }
}

const drawable = ({ samples, photometric, allocated, columns, rows }: Shape): boolean =>
  columns > 0 &&
  rows > 0 &&
  columns * rows <= MOST &&
  (samples === 1 ? /^MONOCHROME[12]$/.test(photometric) : samples === 3 && photometric === 'RGB' && allocated === 8)

/** Reads a file (PS3.10). What it cannot show it says, and never guesses. */
export function readDicom(file: Uint8Array): Dicom | Refusal {
  let set: DataSet
  try {
    set = dicomParser.parseDicom(file)
  } catch {
    return refused('damaged')
  }
  const syntax = set.string('x00020010') ?? '1.2.840.10008.1.2'
  const found = set.elements.x7fe00010
  if (!plain.has(syntax) || found?.encapsulatedPixelData) return refused('compressed')
  const shape = shapeOf(set, syntax)
  if (!shape || !found || !drawable(shape)) return refused('unknown')
  const { columns, rows, samples, allocated, frames } = shape
  const length = columns * rows * samples * (allocated / 8) * frames
  if (found.length < length || found.dataOffset + length > file.length) return refused('damaged')
  return imageOf(set, shape, file.subarray(found.dataOffset, found.dataOffset + length))
}
