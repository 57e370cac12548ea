/** Every page of the apps with something on it, as data: what is checked for accessibility and what is drawn for the docs. */
import type { Page } from 'playwright-core'
import type { World } from './world.ts'

/** A page: whose app, where, and what is there when it is ready. `open`: what is pressed before it is looked at. */
export type Place = {
  readonly name: string
  readonly app:
    | 'start'
    | 'welcome'
    | 'patient'
    | 'signin'
    | 'professional'
    | 'desk'
    | 'trading'
    | 'lab'
    | 'hospital'
    | 'host'
  readonly hash: string | ((world: Told) => string)
  readonly ready: string
  readonly open?: (page: Page) => Promise<void>
}

/** What addresses need to know. */
export type Told = {
  readonly patient: string
  readonly request: string
  readonly granted: string
  readonly record: string
  /** Where there is a market: a task that was settled, and the data sets of a basket. */
  readonly task?: string
  readonly sets?: string
  /** The hospital's own offer. */
  readonly offer?: string
}

const button = (name: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click()
  await page.getByRole('dialog').waitFor()
}

/** In the order in which a newcomer meets them. `ready` is a CSS selector. */
export const places: readonly Place[] = [
  { name: 'start', app: 'start', hash: '', ready: '.door' },
  { name: 'consortium', app: 'start', hash: '#/consortium', ready: 'main .tiles .card' },
  { name: 'welcome', app: 'welcome', hash: '', ready: '.grid .button' },
  { name: 'home', app: 'patient', hash: '#/', ready: 'main a.line' },
  { name: 'request', app: 'patient', hash: (told) => `#/request/${told.request}`, ready: 'main .facts' },
  {
    ...{ name: 'request-part', app: 'patient', hash: (told) => `#/request/${told.request}`, ready: 'main .facts' },
    open: button(/Allow a part|Autoriser une partie/),
  },
  { name: 'record', app: 'patient', hash: '#/record', ready: 'main a.line' },
  { name: 'category', app: 'patient', hash: '#/record/in/results', ready: 'main a.line' },
  { name: 'document', app: 'patient', hash: (told) => `#/record/one/${told.record}`, ready: 'main details' },
  { name: 'add', app: 'patient', hash: '#/record/add', ready: 'main h1' },
  { name: 'log', app: 'patient', hash: '#/log', ready: 'main .line' },
  {
    ...{ name: 'proof', app: 'patient', hash: '#/log', ready: 'main .line' },
    async open(page) {
      await button(/^(Check the proof|Vérifier la preuve)/)(page)
      await page.locator('.notice.good').waitFor()
    },
  },
  { name: 'permissions', app: 'patient', hash: '#/permissions', ready: 'main .card' },
  { name: 'choices', app: 'patient', hash: '#/choices', ready: 'main h1' },
  { name: 'more', app: 'patient', hash: '#/more', ready: 'main h1' },
  { name: 'keys', app: 'patient', hash: '#/keys', ready: 'main h1' },
  { name: 'people', app: 'patient', hash: '#/people', ready: 'main h1' },
  { name: 'circle', app: 'patient', hash: '#/circle', ready: 'main .line' },
  { name: 'share', app: 'patient', hash: '#/share', ready: 'main h1' },
  { name: 'notify', app: 'patient', hash: '#/notify', ready: 'main .card' },
  { name: 'leave', app: 'patient', hash: '#/leave', ready: 'main h1' },
  { name: 'about', app: 'patient', hash: '#/about', ready: 'main h1' },
  { name: 'signin', app: 'signin', hash: '', ready: '.grid .button' },
  { name: 'patients', app: 'professional', hash: '#/', ready: 'main .grid .button' },
  { name: 'patient', app: 'professional', hash: (told) => `#/patient/${told.patient}`, ready: 'main .line' },
  { name: 'ask', app: 'professional', hash: (told) => `#/patient/${told.patient}/ask`, ready: 'main .choice' },
  { name: 'requests', app: 'professional', hash: '#/requests', ready: 'main .line' },
  { name: 'read', app: 'professional', hash: (told) => `#/read/${told.granted}`, ready: 'main .virtual .line' },
  { name: 'write', app: 'professional', hash: (told) => `#/patient/${told.patient}/write`, ready: 'main .grid' },
  {
    ...{ name: 'prescribe', app: 'professional', ready: 'main form' },
    hash: (told) => `#/patient/${told.patient}/write/prescription`,
  },
  { name: 'emergency', app: 'professional', hash: '#/emergency', ready: 'main form' },
  { name: 'corrections', app: 'professional', hash: '#/corrections', ready: 'main form' },
  { name: 'me', app: 'professional', hash: '#/me', ready: 'main .facts' },
  { name: 'desk', app: 'desk', hash: '#/', ready: 'main h1' },
  { name: 'desk-patients', app: 'desk', hash: '#/people', ready: 'main h1' },
  { name: 'desk-newcomer', app: 'desk', hash: '#/people/new', ready: 'main form' },
  { name: 'desk-person', app: 'desk', hash: (told) => `#/people/${told.patient}`, ready: 'main .facts' },
  { name: 'desk-consent', app: 'desk', hash: '#/consent', ready: 'main form' },
  { name: 'desk-staff', app: 'desk', hash: '#/staff', ready: 'main h1' },
  { name: 'desk-privacy', app: 'desk', hash: '#/privacy', ready: 'main h1' },
]

/** The same of the research door; its world has a market, and one deal was made. */
export const tradingPlaces: readonly Place[] = [
  { name: 'research', app: 'trading', hash: '', ready: '.grid .button' },
  { name: 'catalogue', app: 'lab', hash: '#/', ready: 'main .card' },
  {
    ...{ name: 'dictionary', app: 'lab', hash: '#/', ready: 'main .card' },
    async open(page) {
      for (const one of await page.locator('main details').all()) {
        await one.evaluate((details) => details.setAttribute('open', ''))
      }
    },
  },
  {
    ...{ name: 'order-depth', app: 'lab', hash: (told) => `#/order/${told.sets}`, ready: 'main .facts' },
    async open(page) {
      if (
        (await page
          .locator('.choice[data-selected]')
          .filter({ hasText: /Age|Âge/ })
          .count()) === 0
      ) {
        for (const factor of [/^(Age|Âge)/, /^(Sex|Sexe)/]) {
          await page.locator('label.choice').filter({ hasText: factor }).first().click()
        }
        await page.getByRole('button', { name: /Add a condition|Ajouter une condition/ }).click()
      }
      for (const one of await page.locator('main details').all()) {
        await one.evaluate((details) => details.setAttribute('open', ''))
      }
    },
  },
  { name: 'order', app: 'lab', hash: (told) => `#/order/${told.sets}`, ready: 'main .facts' },
  { name: 'lab-tasks', app: 'lab', hash: '#/tasks', ready: 'main a.line' },
  { name: 'task', app: 'lab', hash: (told) => `#/task/${told.task}`, ready: 'main .facts' },
  { name: 'result', app: 'lab', hash: (told) => `#/result/${told.task}`, ready: 'main table' },
  { name: 'compare', app: 'lab', hash: (told) => `#/compare/${told.task}/${told.task}`, ready: 'main table' },
  { name: 'lab-me', app: 'lab', hash: '#/me', ready: 'main .facts' },
  { name: 'inbox', app: 'hospital', hash: '#/', ready: 'main .card' },
  { name: 'my-data', app: 'hospital', hash: '#/data', ready: 'main .facts' },
  { name: 'rules', app: 'hospital', hash: (told) => `#/rules/${told.offer}`, ready: 'main .choice' },
  {
    ...{ name: 'rules-signed', app: 'hospital', hash: (told) => `#/rules/${told.offer}`, ready: 'main .choice' },
    open: button(/Sign the new rules|Signer les nouvelles règles/),
  },
  { name: 'audit', app: 'hospital', hash: '#/audit', ready: 'main .facts' },
  { name: 'hospital-tasks', app: 'hospital', hash: '#/tasks', ready: 'main a.line' },
  { name: 'machines', app: 'host', hash: '#/', ready: 'main .facts' },
]

const doors = {
  ...{ start: '/', welcome: '/patient/', patient: '/patient/', signin: '/professional/' },
  ...{ trading: '/research/', lab: '/research/', hospital: '/research/', host: '/research/' },
} as const

/** Where a page is. */
export const addressOf = (world: Pick<World, 'url'>, { app, hash }: Place, told: Told): string => {
  const door = app in doors ? doors[app as keyof typeof doors] : '/professional/'
  return `${world.url}${door}${typeof hash === 'string' ? hash : hash(told)}`
}

/** Goes there and waits until it is there; pages of one app are reached without loading it anew. */
export async function visit(world: World, page: Page, place: Place, told: Told): Promise<void> {
  const address = addressOf(world, place, told)
  const [door, hash = ''] = address.split('#')
  if (page.url().split('#')[0] === door && hash !== '') {
    await page.evaluate((to) => {
      location.hash = to
    }, `#${hash}`)
  } else await page.goto(address)
  await page.locator(place.ready).first().waitFor()
  await place.open?.(page)
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}
