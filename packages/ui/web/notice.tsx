/** What is said besides the page's own words: that something went wrong and what to do, that it takes time, that nothing is here. */
import { lazy, type ReactNode, Suspense } from 'react'
import { ProgressBar } from 'react-aria-components'

const Failed = lazy(async () => ({ default: (await import('./failed.tsx')).Failed }))

type Tone = 'info' | 'good' | 'warn' | 'alarm'

/** A framed sentence. An alarm is read out at once, anything else when there is time. */
export function Notice({ tone = 'info', title, children }: { tone?: Tone; title?: string; children?: ReactNode }) {
  return (
    <div className={`notice ${tone}`} role={tone === 'alarm' ? 'alert' : 'status'}>
      {title ? <strong>{title}</strong> : null}
      {children ? <div>{children}</div> : null}
    </div>
  )
}

/** What went wrong, with the next step; never a code alone. Its words are loaded when something does go wrong. */
export const Failure = ({ error }: { error: unknown }) =>
  error ? (
    <Suspense>
      <Failed error={error} />
    </Suspense>
  ) : null

/** Something takes time: how far it is, where that is known. */
export function Progress({ label, done, of }: { label: string; done?: number; of?: number }) {
  const known = done !== undefined && of !== undefined && of > 0
  return (
    <ProgressBar className="progress" aria-label={label} isIndeterminate={!known} value={known ? (100 * done) / of : 0}>
      <span>{known ? `${label} ${done}/${of}` : label}</span>
      <progress max={1} {...(known ? { value: done / of } : {})} aria-hidden="true" />
    </ProgressBar>
  )
}

/** An empty page says what will come here. */
export const Empty = ({ children }: { children: ReactNode }) => <p className="empty">{children}</p>

/** A framed part of a page. */
export function Card({
  title,
  aside,
  children,
  tone,
}: {
  title?: ReactNode
  aside?: ReactNode
  children?: ReactNode
  tone?: 'alert' | 'quiet'
}) {
  return (
    <section className={`card${tone ? ` ${tone}` : ''}`}>
      {title || aside ? (
        <header>
          {title ? <h2>{title}</h2> : null}
          {aside}
        </header>
      ) : null}
      {children}
    </section>
  )
}

/** Label and text, one under the other. */
export const Facts = ({ facts }: { facts: readonly (readonly [label: string, text: ReactNode])[] }) => (
  <dl className="facts">
    {facts.map(([label, text]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{text}</dd>
      </div>
    ))}
  </dl>
)
