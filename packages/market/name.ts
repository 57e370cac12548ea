/** The name of a stream of bytes: their SHA-256. What is long is hashed on a thread of its own, beside the one that makes the bytes. */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { Digest } from '@salus/base/ids'
import type { NameAnswer } from './name.worker.ts'

/** From how many bytes on a thread is worth its start. */
const LONG = 8 << 20
/** Parts that wait for the other thread at most: memory stays flat when it is the slower one. */
const AHEAD = 8

export type Naming = {
  /** Takes the next bytes; resolves when more may come. The caller may change them after that. */
  push(part: Uint8Array): Promise<void>
  end(): Promise<Digest>
  /** Ends it without a name. */
  stop(): void
}

function onThread(): Naming {
  const worker = new Worker(new URL('./name.worker.ts', import.meta.url))
  const named = Promise.withResolvers<Digest>()
  named.promise.catch(() => undefined)
  let ahead = 0
  let room = Promise.withResolvers<void>()
  worker.on('message', (answer: NameAnswer) => {
    if (answer.digest !== undefined) named.resolve(answer.digest as Digest)
    ahead--
    room.resolve()
  })
  worker.once('error', named.reject)
  worker.once('exit', () => named.reject(new Error('the hashing thread ended')))
  return {
    async push(part) {
      // A copy goes over: the bytes here are written to disk meanwhile.
      worker.postMessage(part)
      ahead++
      while (ahead >= AHEAD) {
        room = Promise.withResolvers()
        await Promise.race([room.promise, named.promise])
      }
    },
    end() {
      worker.postMessage(null)
      return named.promise.finally(() => void worker.terminate())
    },
    stop: () => void worker.terminate(),
  }
}

/** Names a stream. */
export function createNaming(): Naming {
  const early: Uint8Array[] = []
  let size = 0
  let thread: Naming | undefined
  return {
    async push(part) {
      if (thread) return thread.push(part)
      early.push(part.slice())
      size += part.length
      if (size < LONG) return
      thread = onThread()
      for (const one of early.splice(0)) await thread.push(one)
    },
    async end() {
      if (thread) return thread.end()
      const hash = createHash('sha256')
      for (const part of early) hash.update(part)
      return hash.digest('base64url') as Digest
    },
    stop: () => thread?.stop(),
  }
}
