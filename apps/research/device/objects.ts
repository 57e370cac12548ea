/** The store as this browser reads it: every object is held against its name; documents and analyses are remembered. */
import { fromBase64url } from '@salus/base/bytes'
import type { Call } from '@salus/base/endpoint'
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { digest } from '@salus/crypto/hash'
import type { Manifest } from '@salus/enclave/analyses/manifest'
import { readAnalysis } from '@salus/enclave/analysis'
import { type DatasetDocument, datasetDocument } from '@salus/market/dataset/contract'
import { marketEndpoints } from '@salus/market/endpoints'

export type Objects = {
  /** Bytes by digest; `object-missing`, `object-changed`. The node is not believed. */
  get(name: string): Promise<Uint8Array>
  put(text: string): Promise<void>
  document(data: string): Promise<DatasetDocument>
  manifest(analysis: string): Promise<Manifest>
}

/** Asks once for what never changes; what failed is asked again. */
function remembered<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const known = new Map<string, Promise<T>>()
  return (name) => {
    const found = known.get(name) ?? ask(name)
    known.set(name, found)
    found.catch(() => known.delete(name))
    return found
  }
}

export function createObjects(call: Call): Objects {
  const get = async (name: string) => {
    const bytes = fromBase64url((await call(marketEndpoints.object, { params: { digest: name } })).bytes)
    if (digest(bytes) !== name) throw new AppError('object-changed')
    return bytes
  }
  return {
    get,
    async put(text) {
      await call(marketEndpoints.put, { input: { text } })
    },
    document: remembered(async (data) => parseWith(datasetDocument, await get(data))),
    manifest: remembered(async (analysis) => readAnalysis(await get(analysis)).manifest),
  }
}
