/** The thread that hashes: bytes come in order, `null` asks for the name. */
import { createHash } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** Says that a part was taken; with the last one, the digest. */
export type NameAnswer = { readonly digest?: string }

const hash = createHash('sha256')
parentPort?.on('message', (part: Uint8Array | null) => {
  const answer: NameAnswer = part === null ? { digest: hash.digest('base64url') } : {}
  if (part !== null) hash.update(part)
  parentPort?.postMessage(answer)
})
