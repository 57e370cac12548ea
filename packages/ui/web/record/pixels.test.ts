import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DicomSample, dicomOf } from '../../testing.ts'
import { type Dicom, readDicom, type Window } from './pixels.ts'

const opened = (sample: DicomSample): Dicom => {
  const image = readDicom(dicomOf(sample))
  assert.ok(!('problem' in image))
  return image
}
const problemOf = (sample: DicomSample) => {
  const image = readDicom(dicomOf(sample))
  return 'problem' in image ? image.problem : undefined
}
/** The first of each pixel's four bytes, for a grey image. */
const shades = (image: Dicom, window: Window = image.window, inverted = false, at = 0): number[] =>
  [...image.frame(at, window, inverted)].filter((_, i) => i % 4 === 0)
const whole = { centre: 128, width: 256 }

test('U10 eight bits of grey are drawn as they are, opaque, by a window of all of them', () => {
  const image = opened({ columns: 2, rows: 2, samples: Uint8Array.of(0, 100, 200, 255) })
  assert.deepEqual([image.columns, image.rows, image.frames, image.colour], [2, 2, 1, false])
  assert.deepEqual([image.modality, image.description], ['OT', 'Sample (sample)'])
  assert.deepEqual(shades(image, whole), [0, 100, 200, 255])
  assert.deepEqual(
    [...image.frame(0, whole, false)].filter((_, i) => i % 4 === 3),
    [255, 255, 255, 255],
  )
})

test('U10 MONOCHROME1 has its least value white; inverting turns either round', () => {
  const sample = { columns: 2, rows: 1, samples: Uint8Array.of(10, 240) }
  const image = opened({ ...sample, photometric: 'MONOCHROME1' })
  assert.deepEqual(shades(image, whole), [245, 15])
  assert.deepEqual(shades(image, whole, true), [10, 240])
  assert.deepEqual(shades(opened(sample), whole, true), [245, 15])
})

test('U10 twelve stored bits with a sign are rescaled: a window in Hounsfield units as its author proposes it', () => {
  const samples = Int16Array.of(-1000, 24, 64, 2000)
  const image = opened({ columns: 4, rows: 1, samples, stored: 12, intercept: -24, slope: 1, window: [20, 80] })
  assert.deepEqual(image.window, { centre: 20, width: 80 })
  // PS3.3 C.11.2.1.2.1: at or below c - 0.5 - (w - 1) / 2 black, above c - 0.5 + (w - 1) / 2 white.
  const shown = shades(image)
  assert.deepEqual([shown[0], shown[3]], [0, 255])
  assert.equal(shown[1], Math.round(((0 - 19.5) / 79 + 0.5) * 255))
  assert.equal(shown[2], Math.round(((40 - 19.5) / 79 + 0.5) * 255))
  assert.deepEqual([image.least, image.most], [-1024, 1976])
})

test('U10 bits above the stored ones are none of the picture', () => {
  const image = opened({ columns: 2, rows: 1, samples: Uint16Array.of(0xf001, 0x0fff), stored: 12 })
  assert.deepEqual([image.least, image.most], [1, 4095])
})

test('U10 without a proposed window all that the image holds is shown', () => {
  const image = opened({ columns: 3, rows: 1, samples: Uint16Array.of(1000, 1500, 2000) })
  const [first, middle, last] = shades(image)
  assert.deepEqual([first, last], [0, 255])
  assert.ok(middle === 127 || middle === 128)
})

test('U10 colour is the same pixel by pixel and plane by plane', () => {
  const pixel = { columns: 2, rows: 1, photometric: 'RGB' } as const
  const one = opened({ ...pixel, samples: Uint8Array.of(10, 20, 30, 40, 50, 60) })
  const two = opened({ ...pixel, samples: Uint8Array.of(10, 40, 20, 50, 30, 60), planar: true })
  const expected = [10, 20, 30, 255, 40, 50, 60, 255]
  assert.deepEqual([...one.frame(0, one.window, false)], expected)
  assert.deepEqual([...two.frame(0, two.window, false)], expected)
})

test('U10 each frame is its own picture', () => {
  const image = opened({ columns: 2, rows: 1, frames: 2, samples: Uint8Array.of(1, 2, 3, 4) })
  assert.equal(image.frames, 2)
  assert.deepEqual(
    [shades(image, whole), shades(image, whole, false, 1)],
    [
      [1, 2],
      [3, 4],
    ],
  )
})

test('U11 what is compressed, of another kind, cut off or no DICOM is said to be so, and nothing is guessed', () => {
  const sample = { columns: 2, rows: 2, samples: Uint8Array.of(1, 2, 3, 4) }
  assert.equal(problemOf({ ...sample, syntax: '1.2.840.10008.1.2.4.50' }), 'compressed')
  assert.equal(problemOf({ ...sample, photometric: 'PALETTE COLOR' }), 'unknown')
  assert.equal(problemOf({ ...sample, rows: 4 }), 'damaged')
  assert.equal(problemOf({ ...sample, frames: 9 }), 'damaged')
  assert.equal(problemOf({ ...sample, columns: 0 }), 'unknown')
  const file = dicomOf(sample)
  assert.deepEqual(readDicom(file.subarray(0, file.length - 3)), { problem: 'damaged' })
  assert.deepEqual(readDicom(new TextEncoder().encode('%PDF-1.7 sample')), { problem: 'damaged' })
  assert.deepEqual(readDicom(new Uint8Array(0)), { problem: 'damaged' })
})
