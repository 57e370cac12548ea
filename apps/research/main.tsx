/** The research door: which organisation one trades for decides what is shown. */
import { Frame } from '@salus/ui/web/frame'
import { useSpeech } from '@salus/ui/web/language'
import { Failure, Notice, Progress } from '@salus/ui/web/notice'
import { Retry } from '@salus/ui/web/retry'
import '@salus/ui/web/style.css'
import { mount } from '@salus/web-app/mount'
import { useAsked, useHeard } from '@salus/web-app/page'
import { PageOf, type Pages, page } from '@salus/web-app/pages'
import { lazy, type ReactNode, Suspense, useEffect } from 'react'
import { Router } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import type { Role } from './device/open.ts'
import { device } from './device.ts'
import { ways } from './ways.ts'

const OtherRoots = lazy(async () => ({ default: (await import('@salus/ui/web/otherroots')).OtherRoots }))

const words = {
  name: { en: 'Salus Research', fr: 'Salus Recherche' },
  offline: {
    en: 'No connection. Nothing can be ordered or decided until it is back.',
    fr: 'Pas de connexion. Rien ne peut être commandé ni décidé avant son retour.',
  },
  loading: { en: 'Opening your device', fr: 'Ouverture de votre appareil' },
}

const SignIn = page(() => import('./directory/signin.tsx'), 'SignIn')
const common: Pages = [
  ['/tasks', page(() => import('./lab/tasks.tsx'), 'Tasks')],
  ['/task/:task', page(() => import('./lab/task.tsx'), 'TaskPage')],
  ['/me', page(() => import('./directory/me.tsx'), 'Me')],
]
const pages: Readonly<Record<Role, Pages>> = {
  lab: [
    ['/', page(() => import('./lab/catalogue.tsx'), 'Catalogue')],
    ['/order/:sets', page(() => import('./lab/order.tsx'), 'Order')],
    ['/result/:task', page(() => import('./lab/result.tsx'), 'ResultPage')],
    ['/compare/:a/:b', page(() => import('./lab/compare.tsx'), 'Compare')],
    ...common,
  ],
  hospital: [
    ['/', page(() => import('./hospital/inbox.tsx'), 'Inbox')],
    ['/data', page(() => import('./hospital/data.tsx'), 'Data')],
    ['/rules/:order', page(() => import('./hospital/rules.tsx'), 'RulesPage')],
    ['/audit', page(() => import('./hospital/audit.tsx'), 'Audit')],
    ...common,
  ],
  host: [['/', page(() => import('./host/machines.tsx'), 'Machines')], ...common],
}

function Shell({ as, children }: { as: Role | undefined; children: ReactNode }) {
  const { t } = useSpeech()
  const [at] = useHashLocation()
  const { offline, otherRoots } = useHeard()
  const shown = (as ? ways[as] : []).map((one) => ({
    ...{ href: `#${one.path}`, words: t(one.words), icon: one.icon },
    here: one.path === at || one.also.some((path) => at.startsWith(`${path}/`)),
  }))
  return (
    <Frame name={t(words.name)} home="#/" ways={shown} at={at}>
      <div className="stack">
        {offline ? <Notice tone="warn">{t(words.offline)}</Notice> : null}
        {otherRoots ? (
          <Suspense>
            <OtherRoots />
          </Suspense>
        ) : null}
        <Suspense fallback={<Progress label={t(words.loading)} />}>{children}</Suspense>
      </div>
    </Frame>
  )
}

function Working({ as }: { as: Role }) {
  const { t } = useSpeech()
  useEffect(() => void device.follow(), [])
  return (
    <Shell as={as}>
      <PageOf pages={pages[as]} loading={<Progress label={t(words.loading)} />} />
    </Shell>
  )
}

function App() {
  const { t } = useSpeech()
  const known = useAsked(['profiles'], () => device.profiles())
  if (known.data?.current) return <Working key={known.data.current.id} as={known.data.current.role} />
  return (
    <Shell as={undefined}>
      {known.isPending ? <Progress label={t(words.loading)} /> : null}
      <Failure error={known.error} />
      <Retry error={known.error} />
      {known.data ? <SignIn /> : null}
    </Shell>
  )
}

mount(
  <Router hook={useHashLocation}>
    <App />
  </Router>,
)
