/** The frame around every page: name, language, ways to go, and what is true of the whole app (offline, acting for somebody). */
import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from './button.tsx'
import { useSpeech } from './language.tsx'

const words = {
  skip: { en: 'Go to the content', fr: 'Aller au contenu' },
  other: { en: 'Français', fr: 'English' },
  otherLabel: { en: 'Afficher en français', fr: 'Show in English' },
  ways: { en: 'Pages', fr: 'Pages' },
}

export type Way = {
  readonly href: string
  readonly words: string
  /** A drawing of 24 by 24, as the path of its lines. */
  readonly icon: string
  readonly count?: number
  readonly here: boolean
}

const Icon = ({ path }: { path: string }) => (
  <svg
    viewBox="0 0 24 24"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="2"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={path} />
  </svg>
)

/** The other of the two languages, named in itself. */
export function LanguageSwitch() {
  const { t, language, change } = useSpeech()
  return (
    <Button look="quiet" label={t(words.otherLabel)} onPress={() => change(language === 'fr' ? 'en' : 'fr')}>
      {t(words.other)}
    </Button>
  )
}

/** A whole page. Going somewhere puts the focus on the new content, so that a screen reader begins there. */
export function Frame({
  name,
  home,
  ways = [],
  at,
  aside,
  children,
}: {
  name: string
  home: string
  ways?: readonly Way[]
  at: string
  aside?: ReactNode
  children: ReactNode
}) {
  const { t } = useSpeech()
  const main = useRef<HTMLElement>(null)
  const before = useRef(at)
  useEffect(() => {
    if (before.current !== at) {
      main.current?.focus({ preventScroll: true })
      scrollTo(0, 0)
    }
    before.current = at
  }, [at])
  return (
    <div className={`frame${ways.length === 0 ? ' bare' : ''}`}>
      <header className="top">
        <button type="button" className="skip" onClick={() => main.current?.focus()}>
          {t(words.skip)}
        </button>
        <a className="name" href={home}>
          <img src="/icon.svg" alt="" />
          {name}
        </a>
        {aside}
        <LanguageSwitch />
      </header>
      <main id="content" tabIndex={-1} ref={main}>
        {children}
      </main>
      {ways.length > 0 ? (
        <nav className="ways" aria-label={t(words.ways)}>
          {ways.map((one) => (
            <a key={one.href} href={one.href} {...(one.here ? { 'aria-current': 'page' as const } : {})}>
              <Icon path={one.icon} />
              <span>
                {one.words} {one.count ? <span className="badge">{one.count}</span> : null}
              </span>
            </a>
          ))}
        </nav>
      ) : null}
    </div>
  )
}
