/**
 * Where the decoders of scanned pages (JBIG2, CCITT fax, JPEG 2000) stand in the bundle: plain scripts of pdfjs-dist, without
 * WebAssembly, fetched only by a file that needs one. The folder bears the version: what stands there never changes.
 */
export const decoders = '/assets/pdfjs-6.5.438/'
export const decoderFiles: readonly string[] = ['jbig2_nowasm_fallback.js', 'openjpeg_nowasm_fallback.js']
