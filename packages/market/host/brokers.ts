/** How a host reaches a hospital's key broker: two POSTs of JSON. */
import { concat } from '@salus/base/bytes'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith, type z } from '@salus/base/schema'
import { challenge, release } from '../broker/endpoints.ts'

export type BrokerLink = {
  challenge(input: z.input<typeof challenge.input>): Promise<z.output<typeof challenge.output>>
  release(input: z.input<typeof release.input>): Promise<z.output<typeof release.output>>
}
export type HostCode = 'broker-unreachable'

/** Longer than a broker works out a cohort (30 s), reads the data and waits its turn: given up earlier, a key could be spent for nothing. */
const PATIENCE = 150_000
const MAX_ANSWER = 64 * 1024

/** What was answered, read no further than an answer can be long. */
async function bounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > MAX_ANSWER) throw new AppError('body-too-large')
    parts.push(part)
  }
  return concat(...parts)
}

async function post<T>(url: string, input: unknown, output: z.ZodType<T>): Promise<T> {
  let status: number
  let said: unknown
  try {
    const response = await fetch(url, {
      ...{ method: 'POST', redirect: 'error', signal: AbortSignal.timeout(PATIENCE) },
      ...{ headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) },
    })
    status = response.status
    said = parseJson(await bounded(response))
  } catch (cause) {
    throw new AppError<HostCode>('broker-unreachable', {}, { cause })
  }
  if (status === 200) return checkWith(output, said)
  const { code = 'broker-unreachable', facts = {} } = (said ?? {}) as { code?: string; facts?: Record<string, string> }
  throw new AppError(String(code), {
    why: String(facts.why ?? ''),
    ...(facts.step ? { step: Number(facts.step) } : {}),
  })
}

/** A broker at `url`; refusals come back as the broker's own codes, anything else as `broker-unreachable`. */
export const brokerAt = (url: string): BrokerLink => ({
  challenge: (input) => post(new URL(challenge.path, url).href, input, challenge.output),
  release: (input) => post(new URL(release.path, url).href, input, release.output),
})
