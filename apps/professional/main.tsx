/** The professional's app: who one is in this browser decides what is shown. */
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
import { device } from './device.ts'
import { Waiting } from './directory/waiting.tsx'
import { deskWays, ways } from './ways.ts'

const OtherRoots = lazy(async () => ({ default: (await import('@salus/ui/web/otherroots')).OtherRoots }))

const words = {
  name: { en: 'Salus Professional', fr: 'Salus Professionnel' },
  offline: {
    en: 'No connection. Nothing can be asked, read or filed until it is back.',
    fr: 'Pas de connexion. Rien ne peut être demandé, lu ni déposé avant son retour.',
  },
  loading: { en: 'Opening your device', fr: 'Ouverture de votre appareil' },
}

const SignIn = page(() => import('./directory/signin.tsx'), 'SignIn')
const Patients = page(() => import('./directory/patients.tsx'), 'Patients')

const pages: Pages = [
  ['/', Patients],
  ['/patient/:handle', page(() => import('./directory/patient.tsx'), 'PatientPage')],
  ['/patient/:handle/ask', page(() => import('./grants/ask.tsx'), 'Ask')],
  ['/patient/:handle/write', page(() => import('./records/write.tsx'), 'Write')],
  ['/patient/:handle/write/:form/:about?', page(() => import('./records/write.tsx'), 'Write')],
  ['/requests', page(() => import('./grants/requests.tsx'), 'Requests')],
  ['/read/:request', page(() => import('./records/read.tsx'), 'Read')],
  ['/read/:request/:record', page(() => import('./records/one.tsx'), 'One')],
  ['/emergency', page(() => import('./emergency/emergency.tsx'), 'EmergencyPage')],
  ['/corrections', page(() => import('./records/corrections.tsx'), 'Corrections')],
  ['/me', page(() => import('./directory/me.tsx'), 'Me')],
]

const deskPages: Pages = [
  ['/', page(() => import('./desk/home.tsx'), 'DeskHome')],
  ['/consent', page(() => import('./desk/consent.tsx'), 'Consent')],
  ['/people', page(() => import('./desk/people.tsx'), 'DeskPeople')],
  ['/people/new', page(() => import('./desk/newcomer.tsx'), 'Newcomer')],
  ['/people/:handle', page(() => import('./desk/person.tsx'), 'Person')],
  ['/staff', page(() => import('./desk/staff.tsx'), 'Staff')],
  ['/privacy', page(() => import('./desk/privacy.tsx'), 'Privacy')],
  ['/me', page(() => import('./directory/me.tsx'), 'Me')],
]

function Shell({ kind, children }: { kind: 'desk' | 'professional' | undefined; children: ReactNode }) {
  const { t } = useSpeech()
  const [at] = useHashLocation()
  const { offline, otherRoots } = useHeard()
  const rows = kind === 'desk' ? deskWays : kind === 'professional' ? ways : []
  const shown = rows.map((one) => ({
    ...{ href: `#${one.path}`, words: t(one.words), icon: one.icon },
    here: one.path === at || one.also.some((path) => at.startsWith(path)),
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

function Working() {
  const { t } = useSpeech()
  const me = useAsked(['identity'], () => device.identity())
  const kind = me.data?.profile.kind
  const able = kind === 'desk' || me.data?.credential !== undefined
  useEffect(() => {
    if (kind === 'professional') void device.follow()
  }, [kind])
  return (
    <Shell kind={able ? kind : undefined}>
      {me.isPending ? <Progress label={t(words.loading)} /> : null}
      <Failure error={me.error} />
      <Retry error={me.error} />
      {me.data && !able ? <Waiting identity={me.data} /> : null}
      {me.data && able ? (
        <PageOf pages={kind === 'desk' ? deskPages : pages} loading={<Progress label={t(words.loading)} />} />
      ) : null}
    </Shell>
  )
}

function App() {
  const { t } = useSpeech()
  const known = useAsked(['profiles'], () => device.profiles())
  if (known.data?.current) return <Working key={known.data.current} />
  return (
    <Shell kind={undefined}>
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
