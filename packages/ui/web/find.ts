/** Finds a QR code in a picture: by the platform's detector where there is one, else by a library. Nothing leaves the device. */
import { decodeQR } from 'qr/decode.js'

type Detector = { detect(image: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]> }
type Detectors = {
  new (options: { formats: readonly string[] }): Detector
  getSupportedFormats(): Promise<readonly string[]>
}

async function platform(): Promise<Detector | undefined> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: Detectors }
  const formats: readonly string[] = (await BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? []
  return BarcodeDetector && formats.includes('qr_code') ? new BarcodeDetector({ formats: ['qr_code'] }) : undefined
}

/** A larger picture is made smaller first: a code that fills a part of it is found all the same. */
const LARGEST = 1_600

function pixelsOf(image: CanvasImageSource, width: number, height: number): ImageData | undefined {
  const scale = Math.min(1, LARGEST / Math.max(width, height))
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  const context = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true })
  context?.drawImage(image, 0, 0, w, h)
  return context?.getImageData(0, 0, w, h)
}

/** `patience`: milliseconds that one picture may take. Undefined where there is no code, or none that can be read. */
export type Find = (
  image: HTMLVideoElement | ImageBitmap,
  size: { readonly width: number; readonly height: number },
  patience: number,
) => Promise<string | undefined>

/** Ready to look at pictures one after the other. */
export async function createFind(): Promise<Find> {
  const detector = await platform()
  return async (image, { width, height }, patience) => {
    if (width === 0 || height === 0) return undefined
    const [seen] = (await detector?.detect(image).catch(() => [])) ?? []
    if (seen?.rawValue) return seen.rawValue
    const pixels = pixelsOf(image, width, height)
    try {
      return pixels && decodeQR(pixels, { timeLimit: patience })
    } catch {
      // The library throws where it finds nothing.
      return undefined
    }
  }
}
