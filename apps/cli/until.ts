/** How long a command that serves goes on. */

/** In the environment of a command that another one starts beside itself, over a channel. */
export const BESIDE = { SALUS_BESIDE: 'on' } as const

/**
 * Aborts when asked to (SIGINT, SIGTERM), or when the command that started this one beside itself is gone, however that
 * ended. Its channel may have closed before this is asked, while the sources were still being loaded: then it aborts at once.
 */
export function untilAsked(): AbortSignal {
  const stop = new AbortController()
  const abort = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, abort)
  process.once('disconnect', abort)
  if (process.env.SALUS_BESIDE && !process.connected) abort()
  return stop.signal
}

/** Lets go of whoever started this command, so that it can end. */
export function letGo(): void {
  if (process.connected) process.disconnect()
}
