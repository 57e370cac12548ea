/** The patient's app: how far somebody is decides what is shown; then one page each. */
import { Button } from '@salus/ui/web/button'
import { Frame } from '@salus/ui/web/frame'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { Retry } from '@salus/ui/web/retry'
import '@salus/ui/web/style.css'
import { mount } from '@salus/web-app/mount'
import { useAsked, useHeard } from '@salus/web-app/page'
import { PageOf, type Pages, page } from '@salus/web-app/pages'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { Router, useRoute } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { device } from './device.ts'
import { Home } from './grants/home.tsx'
import { ways } from './ways.ts'

const words = {
  loading: { en: 'Opening your device', fr: 'Ouverture de votre appareil' },
  offline: {
    en: 'No connection to the hospital’s node. You see what this device knew before.',
    fr: 'Pas de connexion au nœud de l’hôpital. Vous voyez ce que cet appareil savait.',
  },
  acting: { en: 'You act for somebody else.', fr: 'Vous agissez pour quelqu’un d’autre.' },
  back: { en: 'Back to my own record', fr: 'Revenir à mon dossier' },
}

const Welcome = lazy(async () => ({ default: (await import('./directory/welcome.tsx')).Welcome }))
const Claiming = lazy(async () => ({ default: (await import('./directory/claiming.tsx')).Claiming }))
const Recovery = lazy(async () => ({ default: (await import('./directory/recovery.tsx')).Recovery }))
const OtherRoots = lazy(async () => ({ default: (await import('@salus/ui/web/otherroots')).OtherRoots }))
const Erased = page(() => import('./records/erased.tsx'), 'Erased')

const pages: Pages = [
  ['/', Home],
  ['/request/:id', page(() => import('./grants/request.tsx'), 'Request')],
  ['/record', page(() => import('./records/record.tsx'), 'RecordPage')],
  ['/record/add/:form?', page(() => import('./records/add.tsx'), 'Add')],
  ['/record/in/:category', page(() => import('./records/record.tsx'), 'RecordPage')],
  ['/record/one/:id', page(() => import('./records/entry.tsx'), 'EntryPage')],
  ['/log', page(() => import('./journal/log.tsx'), 'Log')],
  ['/permissions', page(() => import('./grants/permissions.tsx'), 'Permissions')],
  ['/choices', page(() => import('./grants/choices.tsx'), 'Choices')],
  ['/more', page(() => import('./more.tsx'), 'More')],
  ['/keys', page(() => import('./directory/keys.tsx'), 'Keys')],
  ['/people', page(() => import('./directory/people.tsx'), 'People')],
  ['/circle', page(() => import('./directory/circle.tsx'), 'Circle')],
  ['/share', page(() => import('./records/share.tsx'), 'Share')],
  ['/notify', page(() => import('./directory/notify.tsx'), 'Notify')],
  ['/leave', page(() => import('./records/leave.tsx'), 'Leave')],
  ['/about', page(() => import('./about.tsx'), 'About')],
]

/** What of somebody else was on the screen, or open in the worker, ends with the page. */
function backToOwn(): void {
  history.replaceState(null, '', '/patient/#/')
  location.reload()
}

function Ready() {
  const { t } = useSpeech()
  const waiting = useAsked(['requests'], () => device.requests())
  const people = useAsked(['people'], () => device.people())
  const { offline } = useHeard()
  useEffect(() => {
    void device.follow()
    // Whichever way somebody came in: what is kept here is not to be tidied away by the browser.
    void navigator.storage?.persist?.()
  }, [])
  return (
    <Shell count={waiting.data?.length ?? 0}>
      <div className="stack">
        {offline ? <Notice tone="warn">{t(words.offline)}</Notice> : null}
        {people.data?.acting ? (
          <Notice tone="warn" title={t(words.acting)}>
            <Button onPress={backToOwn}>{t(words.back)}</Button>
          </Notice>
        ) : null}
        <PageOf pages={pages} loading={<Progress label={t(words.loading)} />} />
      </div>
    </Shell>
  )
}

function Shell({ count, children }: { count?: number; children: ReactNode }) {
  const { t } = useSpeech()
  const { otherRoots } = useHeard()
  const [at] = useHashLocation()
  const shown =
    count === undefined
      ? []
      : ways.map((one) => ({
          ...{ href: `#${one.path}`, words: t(one.words), icon: one.icon },
          here:
            one.path === '/'
              ? at === '/' || at.startsWith('/request')
              : at.startsWith(one.path) || one.also.some((path) => at.startsWith(path)),
          ...(one.path === '/' ? { count } : {}),
        }))
  return (
    <Frame name="Salus" home="#/" ways={shown} at={at}>
      {otherRoots ? (
        <Suspense>
          <OtherRoots />
        </Suspense>
      ) : null}
      {children}
    </Frame>
  )
}

/** How far somebody is. */
function App() {
  const { t } = useSpeech()
  const [claims] = useRoute('/claim')
  const { data: stage, error } = useAsked(['stage'], () => device.stage())
  if (error) {
    return (
      <Shell>
        <Failure error={error} />
        <Retry error={error} />
      </Shell>
    )
  }
  if (stage === 'ready') return <Ready />
  return (
    <Shell>
      {stage === undefined ? <Progress label={t(words.loading)} /> : null}
      <Suspense fallback={<Progress label={t(words.loading)} />}>
        {stage === 'empty' ? <Welcome claims={claims} /> : null}
        {stage === 'claiming' || stage === 'joining' ? <Claiming stage={stage} /> : null}
        {stage === 'unfinished' ? <Recovery /> : null}
        {stage === 'erased' ? <Erased /> : null}
      </Suspense>
    </Shell>
  )
}

mount(
  <Router hook={useHashLocation}>
    <App />
  </Router>,
)
