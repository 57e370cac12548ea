/** Two hospitals and one patient's browser: a copy is added, and what is taken back is told to both by the browser itself. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPort, type TestHospital } from '@salus/node-app/testing'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { noChromium } from '@salus/web-app/testing'
import type { Page } from 'playwright-core'
import { quiet } from '../hospitals.ts'
import { newPro, request, world } from '../people.ts'
import { openTwo, type Two } from './two.ts'

const skip = await noChromium()
let two: Two
let page: Page
/** Who was asked what, beside the own hospital. */
const asked: string[] = []

const both = () => two.both
const to = (hash: string) => two.to(hash)

/** A permission that stands in the record, given on another device of the same person. */
async function grant(patient: PatientDevice, a: TestHospital): Promise<void> {
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
  two = await openTwo(
    async (patient, [a]) => {
      await grant(patient, a)
      await grant(patient, a)
    },
    (context, { url }) =>
      context.on('request', (one) => {
        if (!one.url().startsWith(url)) asked.push(`${one.method()} ${one.url()}`)
      }),
  )
  page = two.page
})
after(() => two?.close())

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
  await two.ports[1]?.()
  await takeBack()
  await page.getByText('hopital-nord: not reached yet; tried again by itself').waitFor()
  two.ports[1] = await openPort(b)
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
    two.complaints.some((one) => one.includes('connect-src')),
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
