/** Asks again and again while somebody looks at the page. */
import { useEffect, useState } from 'react'

/** The last answer; `away`: the last question had none. */
export type Polled<T> = { readonly data?: T; readonly away: boolean }

/** Asks at once, then every `every` ms after the last answer; nothing is asked while the page is hidden. `ask` stays the same. */
export function usePolled<T>(ask: () => Promise<T>, every: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ away: false })
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let over = false
    const look = async () => {
      clearTimeout(timer)
      if (over || document.visibilityState === 'hidden') return
      const next = await ask().then(
        (data) => () => ({ data, away: false }),
        () => (before: Polled<T>) => ({ ...before, away: true }),
      )
      if (over) return
      setPolled(next)
      clearTimeout(timer)
      timer = setTimeout(() => void look(), every)
    }
    const shown = () => void look()
    shown()
    document.addEventListener('visibilitychange', shown)
    return () => {
      over = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [ask, every])
  return polled
}
