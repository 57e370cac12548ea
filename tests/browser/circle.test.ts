/** Two hospitals and one patient's browser: a copy is added, and what is taken back is told to both by the browser itself. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { changeWays } from '@salus/directory/device/keychain'
import { openPort, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { webFolder } from '@salus/web-app/build'
import { launch, noChromium } from '@salus/web-app/testing'
import type { Browser, Page } from 'playwright-core'
import { quiet } from '../hospitals.ts'
import { newPatient, newPro, request, world } from '../people.ts'
import { freePort } from '../ports.ts'

const skip = await noChromium()
let browser: Browser
let page: Page
let hospitals: TestHospital[] = []
const ports: (() => Promise<void>)[] = []
let patient: PatientDevice
/** Who was asked what, beside the own hospital; and what the page complained of. */
const asked: string[] = []
const complaints: string[] = []

const both = () => hospitals as [TestHospital, TestHospital]
const to = (hash: string) => page.evaluate((next) => location.assign(next), hash)

/** A permission that stands in the record, given on another device of the same person. */
async function grant(): Promise<void> {
  const [a] = both()
  const pro = await newPro(world(a))
  await sync(patient)
  await approve(patient, await request(world(a), pro, patient.keys.handle, ['allergies']), {})
}

/** Takes the first permission that stands back. */
async function takeBack(): Promise<void> {
  await to('#/permissions')
  await page
    .getByRole('button', { name: /^Take it back/ })
    .first()
    .click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
  await page.locator('.notice.good').waitFor()
}

before(async () => {
  if (skip) return
  const urls: Record<string, string> = {}
  const names = ['saint-roch', 'hopital-nord']
  for (const one of names) urls[one] = `http://127.0.0.1:${await freePort()}`
  hospitals = await startConsortium(names, { urls, reach: fetch, web: await webFolder() })
  for (const one of hospitals) ports.push(await openPort(one))
  const [a] = both()
  patient = await newPatient(world(a))
  const code = newRecoveryCode(systemRandom)
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep: () => true }, patient.save)
  const { handle } = patient.keys
  const listed = [{ name: 'Ada (sample)', code, handle }]
  a.node.state.samples = { patients: listed, claim: null, staff: [], research: [] }
  await grant()
  await grant()
  browser = await launch()
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
  context.setDefaultTimeout(30_000)
  page = await context.newPage()
  context.on('request', (one) => {
    if (!one.url().startsWith(a.url)) asked.push(`${one.method()} ${one.url()}`)
  })
  page.on('console', (one) => {
    if (one.type() === 'error' && !/ERR_CONNECTION_REFUSED/.test(one.text())) complaints.push(one.text())
  })
  await page.goto(`${a.url}/patient/`)
  await page.getByRole('button', { name: 'Ada (sample)' }).click()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
})
after(async () => {
  await browser?.close()
  for (const one of ports) await one()
  for (const one of hospitals) await one.node.close()
})

test('D40 the screen shows who keeps a copy, and has another hospital keep one', { skip }, async () => {
  const [, b] = both()
  await to('#/more')
  await page.getByRole('link', { name: /Who keeps a copy/ }).click()
  await page.getByText('your hospital; keeps your record').waitFor()
  await page.getByRole('button', { name: 'Have it keep a copy' }).click()
  await page.getByText('you named it · no copy yet; it fetches one by itself').waitFor()
  await quiet(b)
  await to('#/more')
  await page.getByRole('link', { name: /Who keeps a copy/ }).click()
  await page.getByText('you named it · keeps a copy').waitFor()
})

test('D41 the browser tells the other hospital itself what was taken back, and shows that it has stopped', {
  skip,
}, async () => {
  const [, b] = both()
  await takeBack()
  await page.getByText(/hopital-nord: has stopped \(/).waitFor()
  const stopped = await b.node.sources.tx((s) => s.all('SELECT 1 FROM stop'))
  assert.equal(stopped.length, 1)
  assert.ok(
    asked.length > 0 && asked.every((one) => /^(POST|OPTIONS) /.test(one) && one.endsWith(`${b.url}/replica/stop`)),
  )
})

test('D41 a hospital that is down is shown as not reached, and told when the app is opened again', {
  skip,
}, async () => {
  const [, b] = both()
  await ports[1]?.()
  await takeBack()
  await page.getByText('hopital-nord: not reached yet; tried again by itself').waitFor()
  ports[1] = await openPort(b)
  await to('#/')
  await page.reload()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
  await to('#/circle')
  await page
    .getByText(/has stopped/)
    .nth(1)
    .waitFor()
  assert.equal(await page.getByText(/not reached yet/).count(), 0)
  if (process.env.SALUS_SHOTS) await page.screenshot({ path: `${process.env.SALUS_SHOTS}/circle.png`, fullPage: true })
})

test('D41 the page itself may ask nobody but its own hospital; its worker asks the hospitals that the ledger names, and no other', {
  skip,
}, async () => {
  const [a, b] = both()
  const html = await page.evaluate(async () => (await fetch('/patient/')).headers.get('content-security-policy'))
  assert.match(html ?? '', /connect-src 'self';/)
  const worker = page.workers()[0]
  assert.ok(worker)
  assert.match(worker.url(), /patient-worker/)
  const reaches = (url: string) =>
    worker.evaluate(
      (at) =>
        fetch(at, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }).then(
          () => true,
          () => false,
        ),
      url,
    )
  assert.equal(await reaches(`${b.url}/replica/stop`), true)
  assert.equal(await reaches('http://127.0.0.1:9/replica/stop'), false)
  assert.equal(await reaches(`${b.url}/statements`), false, 'no other row answers another origin')
  for (const path of ['/patient/', '/professional/'])
    assert.match((await fetch(`${a.url}${path}`)).headers.get('content-security-policy') ?? '', /connect-src 'self';/)
  await page.evaluate((at) => fetch(at).catch(() => undefined), `${b.url}/health`)
  assert.ok(
    complaints.some((one) => one.includes('connect-src')),
    'the page was refused',
  )
})

test('D41 an erasure is told to the other hospital too, and the last page shows that it stopped', {
  skip,
}, async () => {
  await to('#/leave')
  await page.getByRole('button', { name: 'I want to erase everything' }).click()
  await page.getByLabel('Type ERASE to go on').fill('ERASE')
  await page.getByRole('button', { name: 'Erase everything' }).click()
  await page.getByRole('heading', { name: 'Everything was erased' }).waitFor()
  await page.getByText(/hopital-nord: has stopped \(/).waitFor()
  if (process.env.SALUS_SHOTS) await page.screenshot({ path: `${process.env.SALUS_SHOTS}/erased.png`, fullPage: true })
})
