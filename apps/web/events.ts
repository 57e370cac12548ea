/** Server-sent events over a signed request: "something is new". What it is is fetched and checked like anything else. */

import type { SessionLink } from '@salus/directory/device/reach'
import { sessionHeaders } from '@salus/directory/device/session'
import { way } from './device.ts'
import { tell } from './rpc.ts'

const PATH = '/events'
/** How long to wait before asking again, milliseconds: doubled each time nobody answered. */
const AGAIN = { first: 1_000, most: 60_000 }

/** A device that is open: who listens. */
type Listening = { readonly link: SessionLink }

async function listen({ link }: Listening, heard: () => void, changed: () => void): Promise<void> {
  const headers = await sessionHeaders(link.session(), { method: 'GET', path: PATH }, link)
  const response = await way.fetch(`${link.base}${PATH}`, { headers })
  if (!response.ok || !response.body) throw new TypeError('no stream')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    heard()
    const lines = `${rest}${value}`.split('\n')
    // A line may come in two pieces.
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('event: ') || line === 'event: alive') continue
      changed()
    }
  }
}

/** Listens for as long as this worker lives; after a break it looks once, for what it may have missed. */
export async function followEvents<D extends Listening>(
  open: () => Promise<D>,
  stale: (device: D) => void,
): Promise<never> {
  let pause = AGAIN.first
  for (;;) {
    try {
      const device = await open()
      const changed = () => {
        stale(device)
        tell({ news: 'changed' })
      }
      const heard = () => {
        pause = AGAIN.first
      }
      await listen(device, heard, changed)
    } catch {
      pause = Math.min(pause * 2, AGAIN.most)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
    const device = await open().catch(() => undefined)
    if (device) stale(device)
    tell({ news: 'changed' })
  }
}
