/**
 * apps.*: the patient's app in a real Chromium on a phone's profile (a small screen, the processor slowed down four times),
 * against a real node. What is slowed down is the page; the device's worker has a core of its own, as on a phone.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@salus/base/clock'
import { readBundle } from '@salus/fhir/bundle'
import { listenNode } from '@salus/node-app/listen'
import { webFolder } from '@salus/web-app/build'
import { launch } from '@salus/web-app/testing'
import type { Browser, Page } from 'playwright-core'
import { foundDemo, seedDemo } from '../demo/demo.ts'
import { HOSPITAL } from '../demo/organisations.ts'
import { samplePatients } from '../demo/records.ts'
import { openDeskStore } from '../desk.store.ts'
import { importResources } from '../import.ts'
import { openDesk } from '../people.ts'
import { type BenchLine, line, roundsOf, type Scale, sized } from './line.ts'

const SLOWER = 4
const quiet = { language: 'en', json: false, say() {}, progress() {}, ask: async () => '' } as never

/** Observations of one sample patient, one a day. */
function* measurements(patient: string, count: number) {
  for (let i = 0; i < count; i++) {
    yield {
      resource: {
        ...{ resourceType: 'Observation', id: `bench-${i}`, status: 'final' },
        category: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
        ],
        code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }], text: `Potassium ${i}` },
        subject: { reference: `Patient/${patient}` },
        effectiveDateTime: new Date(Date.UTC(2020, 0, 1) + i * 86_400_000).toISOString(),
        valueQuantity: {
          value: 3.5 + (i % 16) / 10,
          unit: 'mmol/L',
          system: 'http://unitsofmeasure.org',
          code: 'mmol/L',
        },
      },
    }
  }
}

/** A demonstration whose first patient has `count` results more. */
async function startFull(dir: string, count: number) {
  process.env.SALUS_DATA = dir
  await foundDemo(dir)
  const running = await listenNode({ dir, host: '127.0.0.1', port: 0, preparing: true, web: await webFolder() })
  const people = await seedDemo(dir, running, quiet)
  running.node.state.ready = true
  const [first] = samplePatients
  if (!first) throw new Error('no sample patient')
  const desk = await openDesk(join(dir, 'devices', `desk-${HOSPITAL}`), {
    base: running.url,
    fetch: async (url, init) => running.node.app.fetch(new Request(url, init)),
  })
  const store = openDeskStore(desk)
  const patient = { resource: { resourceType: 'Patient', id: first.id, gender: first.gender } }
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: [patient, ...measurements(first.id, count)] }
  const all = async function* () {
    for (const one of readBundle(bundle as never)) yield one
  }
  await importResources({ at: desk, store, validate: () => {}, progress: () => {} }, all())
  await store.close()
  return { running, code: people.recovery[first.file] ?? '' }
}

async function phone(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  return page
}

/** Milliseconds until `ready` can be seen after `work` began. */
async function until(page: Page, work: () => Promise<unknown>, ready: string): Promise<number> {
  const start = systemClock()
  await work()
  await page.locator(ready).first().waitFor({ timeout: 120_000 })
  return systemClock() - start
}

/** A phone that has never been here, and the least that this browser needs to show anything: a drawing of one kilobyte. */
async function oneRound(browser: Browser, url: string) {
  const cold = await phone(browser)
  const first = await until(cold, () => cold.goto(`${url}/patient/`), 'form .button')
  const blank = await until(cold, () => cold.goto(`${url}/icon.svg`), 'svg')
  await cold.goto(`${url}/patient/`)
  return { cold, first, blank }
}

/** First usable paint, a return, and a category of a thousand. */
export async function benchApps(scale: Scale): Promise<BenchLine[]> {
  const dir = await mkdtemp(join(tmpdir(), 'salus-bench-apps-'))
  const count = sized(scale, 1_000, 20)
  const { running, code } = await startFull(dir, count)
  const browser = await launch()
  const took: Record<'first' | 'blank' | 'again' | 'category' | 'document', number[]> = {
    ...{ first: [], blank: [], again: [], category: [], document: [] },
  }
  try {
    running.node.state.samples = { patients: [{ name: 'Bench (sample)', code, handle: '' }], claim: null, staff: [] }
    for (let round = 0; round < roundsOf(scale); round++) {
      const { cold: page, first, blank } = await oneRound(browser, running.url)
      took.first.push(first)
      took.blank.push(blank)
      await page.getByRole('button', { name: 'Bench (sample)' }).click()
      await page.locator('nav').waitFor({ timeout: 120_000 })
      await page.waitForTimeout(sized(scale, 12_000, 1_000))
      took.again.push(await until(page, () => page.reload(), 'main a.line'))
      await page.waitForTimeout(sized(scale, 12_000, 1_000))
      await page.getByRole('link', { name: 'Record', exact: true }).click()
      const category = page.locator('a.line[href="#/record/in/results"]')
      await category.waitFor({ timeout: 120_000 })
      took.category.push(await until(page, () => category.click(), '.virtual a.line'))
      took.document.push(await until(page, () => page.locator('.virtual a.line').first().click(), 'main details'))
      await page.context().close()
    }
  } finally {
    await browser.close()
    await running.stop()
    await rm(dir, { recursive: true, force: true })
  }
  const beside = (name: string, values: readonly number[]) => line(`apps.${name}`, 'ms', values, took.blank)
  return [
    beside('first', took.first),
    beside('again', took.again),
    beside(`category${count}`, took.category),
    beside('document', took.document),
  ]
}
