/**
 * The enclave's process: one deal, then it ends. It has the task's folder and its two pipes; no network and no other file. What it
 * writes on standard output is the protocol; nothing an analysis says gets there.
 */
import { createInterface } from 'node:readline'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { parseWith } from '@salus/base/schema'
import { newEnclaveKeys } from './keys.ts'
import { type FromEnclave, type RunCause, type ToEnclave, toEnclave } from './messages.ts'
import { type QuotePort, quotePort } from './quote.ts'
import { causeOfRun, runDeal } from './session.ts'

const say = (message: FromEnclave): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

/** Answers by their kind and data set, whichever comes first; one that nobody waits for ends the run (rule N4). */
function createInbox() {
  const waiting = new Map<string, PromiseWithResolvers<ToEnclave>>()
  const end = () => {
    for (const one of waiting.values()) one.reject(new AppError<RunCause>('host-stopped'))
    waiting.clear()
    process.stdin.destroy()
  }
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('close', end)
  lines.on('line', (line) => {
    try {
      const message = parseWith(toEnclave, line)
      const name = message.type === 'begin' ? 'begin' : `${message.type} ${message.order}`
      const waits = waiting.get(name)
      if (!waits) return end()
      waiting.delete(name)
      waits.resolve(message)
    } catch {
      end()
    }
  })
  return <T extends ToEnclave['type']>(type: T, order = ''): Promise<Extract<ToEnclave, { type: T }>> => {
    const waits = Promise.withResolvers<ToEnclave>()
    waiting.set(order === '' ? type : `${type} ${order}`, waits)
    return waits.promise as Promise<Extract<ToEnclave, { type: T }>>
  }
}

async function main(folder: string, source: string, files?: string): Promise<void> {
  const quote = quotePort(source, files)
  const take = createInbox()
  const { deal, params, ms, memoryBytes } = await take('begin')
  const keys = await newEnclaveKeys(systemRandom)
  say({ type: 'keys', ...keys.publicKeys })
  const ports = {
    ...{ folder, keys, random: systemRandom, quote },
    async nonce(order: string) {
      say({ type: 'nonce', order: order as never })
      return (await take('nonce', order)).nonce
    },
    async key(order: string, quote: Awaited<ReturnType<QuotePort>>) {
      say({ type: 'quote', order: order as never, quote })
      return (await take('key', order)).packet
    },
    step: (step: never) => say({ type: 'step', step }),
  }
  const { result, ...end } = await runDeal(ports as never, { deal, params, ms, memoryBytes })
  say({ type: 'done', result: result as never, ...end })
}

try {
  await main(process.argv[2] ?? '', process.argv[3] ?? 'simulated', process.argv[4])
} catch (error) {
  say({ type: 'failed', cause: causeOfRun(error) })
}
process.stdin.destroy()
