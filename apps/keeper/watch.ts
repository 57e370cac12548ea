/** The keeper's life: look what waits, answer it, again. It keeps nothing between two looks but how far it has seen each chain. */
import { seconds } from '@salus/base/clock'
import { isAppError } from '@salus/base/errors'
import type { Link } from '@salus/directory/device/link'
import { answer, type KeeperPorts, waiting } from './keeper.ts'

/** A line of the keeper's log: no identifier of anybody. */
export type KeeperLine = {
  readonly event: 'released' | 'refused' | 'node'
  readonly code?: string
  readonly records?: number
}

/** One link for many looks; `drop` has the next look open a new session. */
export function keepLink(open: () => Promise<Link>): { link: () => Promise<Link>; drop: () => void } {
  let kept: Promise<Link> | undefined
  return {
    link: () => {
      kept ??= open()
      return kept
    },
    drop: () => {
      kept = undefined
    },
  }
}

/** How long after a refusal the same emergency is looked at again, seconds: a node may have been behind. */
const AGAIN = 15

/** K7 Another run of this keeper was faster, or the answer to its own submission was lost: released once all the same. */
const answeredAlready: ReadonlySet<string> = new Set(['emergency-released', 'emergency-unknown'])

/** Says nothing of the emergency: the session ended, the node is away or busy. Asked again at the next look. */
const ofTheNode: ReadonlySet<string> = new Set([
  ...['session-invalid', 'session-missing', 'node-unreachable', 'node-answer-unreadable', 'node-busy'],
  ...['journal-closed', 'journal-failed'],
])

/** One look; `refused` remembers what was refused and until when it rests. Throws when the node cannot be asked. */
export async function look(
  ports: KeeperPorts,
  log: (line: KeeperLine) => void,
  refused: Map<string, number>,
): Promise<void> {
  const link = await ports.link()
  for (const one of await waiting(link)) {
    const now = seconds(link.clock())
    if ((refused.get(one.glass) ?? 0) > now) continue
    try {
      const { records } = await answer(ports, one)
      log({ event: 'released', records })
    } catch (error) {
      if (!isAppError(error) || ofTheNode.has(error.code)) throw error
      if (!answeredAlready.has(error.code)) log({ event: 'refused', code: error.code })
      refused.set(one.glass, now + AGAIN)
    }
  }
}

/** Looks every `everyMs` until `signal` says stop; a node out of reach is asked again. */
export async function watch(
  ports: KeeperPorts,
  log: (line: KeeperLine) => void,
  { everyMs = 1_000, signal }: { everyMs?: number; signal: AbortSignal },
): Promise<void> {
  const refused = new Map<string, number>()
  let told = ''
  while (!signal.aborted) {
    try {
      await look(ports, log, refused)
      told = ''
    } catch (error) {
      ports.drop?.()
      const code = isAppError(error) ? error.code : 'internal'
      if (code !== told) log({ event: 'node', code })
      told = code
    }
    await rest(everyMs, signal)
  }
}

const rest = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(end, ms)
    function end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done()
    }
    signal.addEventListener('abort', end)
  })
