/** For tests: small files of the kinds that viewers open, made here so that no binary stands in the sources. */
import { concat, utf8 } from '@salus/base/bytes'

type Bytes = Uint8Array<ArrayBuffer>

/** One object of a PDF: its dictionary, and a stream where it has one. */
type Part = { readonly head: string; readonly stream?: Bytes }

/** A PDF 1.4 of `parts`, numbered from 1; the first is the catalogue (ISO 32000-1 §7.5). */
function pdfOfParts(parts: readonly Part[]): Bytes {
  const out: Bytes[] = [utf8('%PDF-1.4\n')]
  let at = out[0]?.length ?? 0
  const offsets: number[] = []
  for (const [i, { head, stream }] of parts.entries()) {
    offsets.push(at)
    const body = stream
      ? concat(utf8(`${head.replace(/>>$/, `/Length ${stream.length}>>`)}\nstream\n`), stream, utf8('\nendstream'))
      : utf8(head)
    const whole = concat(utf8(`${i + 1} 0 obj\n`), body, utf8('\nendobj\n'))
    out.push(whole)
    at += whole.length
  }
  const rows = offsets.map((one) => `${String(one).padStart(10, '0')} 00000 n \n`).join('')
  const size = parts.length + 1
  out.push(
    utf8(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`,
    ),
  )
  return concat(...out)
}

/** A PDF of pages with a line of text and a black square each. */
export function pdfOf(lines: readonly string[]): Bytes {
  const kids = lines.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')
  return pdfOfParts([
    { head: '<</Type/Catalog/Pages 2 0 R>>' },
    { head: `<</Type/Pages/Kids[${kids}]/Count ${lines.length}>>` },
    { head: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>' },
    ...lines.flatMap((line, i) => [
      {
        head: `<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents ${5 + 2 * i} 0 R/Resources<</Font<</F 3 0 R>>>>>>`,
      },
      { head: '<<>>', stream: utf8(`BT /F 18 Tf 20 150 Td (${line}) Tj ET 0 g 20 20 100 100 re f`) },
    ]),
  ])
}

/** A scanned page: one black picture of 16 by 16, fax-encoded (CCITT group 4: each line "as the one above"). */
export const scannedPdf = (): Bytes =>
  pdfOfParts([
    { head: '<</Type/Catalog/Pages 2 0 R>>' },
    { head: '<</Type/Pages/Kids[3 0 R]/Count 1>>' },
    {
      head: '<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>',
    },
    { head: '<<>>', stream: utf8('q 100 0 0 100 0 0 cm /I Do Q') },
    {
      head: '<</Type/XObject/Subtype/Image/Width 16/Height 16/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 16/Rows 16/BlackIs1 true>>>>',
      stream: Uint8Array.of(0xff, 0xff, 0x00, 0x10, 0x01),
    },
  ])

/** What a DICOM file of `dicomOf` says of itself; each has a usual value. */
export type DicomSample = {
  readonly columns: number
  readonly rows: number
  readonly samples: Uint8Array | Uint16Array | Int16Array
  readonly photometric?: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB' | 'PALETTE COLOR'
  readonly planar?: boolean
  readonly stored?: number
  readonly frames?: number
  readonly slope?: number
  readonly intercept?: number
  readonly window?: readonly [centre: number, width: number]
  /** `1.2.840.10008.1.2.1` (explicit, little endian) when not said. */
  readonly syntax?: string
}

const u16 = (value: number): Bytes => Uint8Array.of(value & 255, (value >> 8) & 255)
const u32 = (value: number): Bytes => concat(u16(value & 65535), u16(value >>> 16))
const even = (bytes: Uint8Array, fill: number): Uint8Array =>
  bytes.length % 2 ? concat(bytes, Uint8Array.of(fill)) : bytes

/** A data element, explicit little endian (PS3.5 §7.1.2). */
function element(group: number, number: number, vr: string, value: Uint8Array): Bytes {
  const long = ['OB', 'OW', 'UN'].includes(vr)
  const padded = even(value, vr === 'UI' || long ? 0 : 0x20)
  const length = long ? concat(u16(0), u32(padded.length)) : u16(padded.length)
  return concat(u16(group), u16(number), utf8(vr), length, padded)
}

/** A DICOM file (PS3.10 §7.1) of one image or several frames. */
export function dicomOf(sample: DicomSample): Bytes {
  const { columns, rows, samples, photometric = 'MONOCHROME2', planar = false, frames = 1, window } = sample
  const { syntax = '1.2.840.10008.1.2.1', slope, intercept } = sample
  const allocated = samples.BYTES_PER_ELEMENT * 8
  const { stored = allocated } = sample
  const text = (group: number, number: number, vr: string, value: string) => element(group, number, vr, utf8(value))
  const short = (group: number, number: number, value: number) => element(group, number, 'US', u16(value))
  const meta = concat(element(2, 1, 'OB', Uint8Array.of(0, 1)), text(2, 0x10, 'UI', syntax))
  const decimals = [
    ...(window ? [text(0x28, 0x1050, 'DS', String(window[0])), text(0x28, 0x1051, 'DS', String(window[1]))] : []),
    ...(intercept === undefined ? [] : [text(0x28, 0x1052, 'DS', String(intercept))]),
    ...(slope === undefined ? [] : [text(0x28, 0x1053, 'DS', String(slope))]),
  ]
  const pixels = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  return concat(
    ...[new Uint8Array(128), utf8('DICM'), element(2, 0, 'UL', u32(meta.length)), meta],
    ...[text(8, 0x60, 'CS', 'OT'), text(8, 0x103e, 'LO', 'Sample (sample)')],
    ...[
      short(0x28, 2, photometric === 'RGB' ? 3 : 1),
      text(0x28, 4, 'CS', photometric),
      short(0x28, 6, planar ? 1 : 0),
    ],
    ...(frames > 1 ? [text(0x28, 8, 'IS', String(frames))] : []),
    ...[short(0x28, 0x10, rows), short(0x28, 0x11, columns), short(0x28, 0x100, allocated), short(0x28, 0x101, stored)],
    ...[short(0x28, 0x102, stored - 1), short(0x28, 0x103, samples instanceof Int16Array ? 1 : 0)],
    ...[...decimals, element(0x7fe0, 0x10, allocated === 8 ? 'OB' : 'OW', pixels)],
  )
}
