/** A real demonstration on a real port, and people in front of real browsers. */

import { launch } from '@salus/web-app/testing'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { createCommands } from '../commands.ts'

export type World = {
  readonly url: string
  /** The node's process, its folder, and commands typed beside the browsers. */
  readonly commands: Awaited<ReturnType<typeof createCommands>>
  readonly browser: Browser
  /** What pages complained of: console errors, refused resources, faults nobody caught. Empty, or something is wrong. */
  readonly complaints: string[]
  /** A browser of one's own: nothing shared with any other. */
  person(options?: BrowserContextOptions): Promise<Someone>
  stop(): Promise<void>
}

/** Somebody in front of a browser. */
export type Someone = { readonly context: BrowserContext; readonly page: Page }

/** A phone, unless something else is said. */
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  locale: 'en-GB',
  timezoneId: 'Europe/Paris',
  reducedMotion: 'reduce',
}

function watch(page: Page, complaints: string[]): void {
  page.on('console', (message) => {
    // A refused request is told by the app itself, in words; the browser's own line says only its number.
    const expected = /Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())
    if (message.type() === 'error' && !expected) complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`))
}

/** Starts everything; `stop` ends it. */
export async function startWorld(
  more: Readonly<Record<string, string>> = {},
  words?: readonly string[],
): Promise<World> {
  const commands = await createCommands('web')
  await commands.start({ SALUS_LOG: 'on', ...more }, words)
  const browser = await launch()
  const complaints: string[] = []
  return {
    ...{ url: commands.url, commands, browser, complaints },
    async person(options = {}) {
      const context = await browser.newContext({ ...phone, ...options })
      // Long enough for a machine on which much else runs: what never comes is missed all the same.
      context.setDefaultTimeout(45_000)
      const page = await context.newPage()
      watch(page, complaints)
      return { context, page }
    },
    async stop() {
      await browser.close()
      await commands.stop()
    },
  }
}

/** Opens the patient's app as a sample patient. */
export async function bePatient(world: World, name: string, options?: BrowserContextOptions): Promise<Someone> {
  const one = await world.person(options)
  await one.page.goto(`${world.url}/patient/`)
  await one.page.getByRole('button', { name }).click()
  await one.page.getByRole('heading', { name: /^(Hello|Bonjour)$/ }).waitFor()
  return one
}

/** Goes to the patient's record, and waits until it is there: the page before it has links of the same names. */
export async function toRecord(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Record', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'My record' }).waitFor()
}

/** Opens the professional's app as a sample professional or desk. */
export async function beStaff(
  world: World,
  name: string,
  options: BrowserContextOptions = { viewport: { width: 1200, height: 900 } },
): Promise<Someone> {
  const one = await world.person(options)
  await one.page.goto(`${world.url}/professional/`)
  await one.page
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .first()
    .click()
  await one.page.getByRole('navigation').waitFor()
  return one
}

/** Opens the research app as a sample organisation; the world was started with a market. */
export async function beTrading(
  world: World,
  name: string,
  options: BrowserContextOptions = { viewport: { width: 1200, height: 900 } },
): Promise<Someone> {
  const one = await world.person(options)
  await one.page.goto(`${world.url}/research/`)
  await one.page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
  await one.page.getByRole('navigation').waitFor()
  return one
}
