/**
 * An analysis as one object, named by the SHA-256 of its bytes: a line with the length of the manifest, the manifest (JSON), the
 * WebAssembly module. Whoever reviews, sells, buys or runs it means these bytes.
 */
import { concat, text, utf8 } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { type Manifest, parseManifest } from './analyses/manifest.ts'

export type AnalysisObjectCode = 'analysis-object-invalid'
/** An analysis taken apart. */
export type AnalysisObject = { readonly manifest: Manifest; readonly wasm: Uint8Array }

const HEAD = /^salus-analysis ([1-9]\d{0,6})$/
const MAX_LINE = 32
const invalid = () => new AppError<AnalysisObjectCode>('analysis-object-invalid')

/** The object's bytes; their digest is `analysisDigest` of the same manifest and module. */
export const packAnalysis = (manifest: Uint8Array, wasm: Uint8Array): Uint8Array =>
  concat(utf8(`salus-analysis ${manifest.length}\n`), manifest, wasm)

/** Takes it apart; `analysis-object-invalid`. */
export function readAnalysis(bytes: Uint8Array): AnalysisObject {
  const line = bytes.subarray(0, MAX_LINE).indexOf(0x0a)
  const [, length] = HEAD.exec(line < 0 ? '' : text(bytes.subarray(0, line))) ?? []
  const from = line + 1
  const to = from + Number(length ?? -1)
  if (length === undefined || to >= bytes.length) throw invalid()
  try {
    return { manifest: parseManifest(bytes.subarray(from, to)), wasm: bytes.subarray(to) }
  } catch {
    throw invalid()
  }
}
