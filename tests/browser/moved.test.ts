/** Two hospitals and one patient's browser: the record moves from the one to the other, and the page that is open works on. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemRandom } from '@salus/base/clock'
import { newRecoveryCode } from '@salus/crypto/keychain'
import { changeWays } from '@salus/directory/device/keychain'
import { openPort, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { nameStores } from '@salus/records/device/circle'
import { type PatientDevice, sync } from '@salus/records/device/patient'
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
let rounds: ReturnType<typeof setInterval> | undefined
const complaints: string[] = []

const both = () => hospitals as [TestHospital, TestHospital]
const to = (hash: string) => page.evaluate((next) => location.assign(next), hash)

before(async () => {
  if (skip) return
  const urls: Record<string, string> = {}
  const names = ['saint-roch', 'hopital-nord']
  for (const one of names) urls[one] = `http://127.0.0.1:${await freePort()}`
  hospitals = await startConsortium(names, { urls, reach: fetch, web: await webFolder() })
  for (const one of hospitals) ports.push(await openPort(one))
  const [a, b] = both()
  patient = await newPatient(world(a))
  const code = newRecoveryCode(systemRandom)
  await changeWays(patient.link, patient.keys, { add: [{ way: 'code', code }], keep: () => true }, patient.save)
  const listed = [{ name: 'Ada (sample)', code, handle: patient.keys.handle }]
  a.node.state.samples = { patients: listed, claim: null, staff: [], research: [] }
  await sync(patient)
  await nameStores(patient, ['hopital-nord'] as never)
  await quiet(b)
  browser = await launch()
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB' })
  context.setDefaultTimeout(30_000)
  page = await context.newPage()
  page.on('console', (one) => {
    if (one.type() === 'error') complaints.push(one.text())
  })
  await page.goto(`${a.url}/patient/`)
  await page.getByRole('button', { name: 'Ada (sample)' }).click()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
})
after(async () => {
  clearInterval(rounds)
  await browser?.close()
  for (const one of ports) await one()
  for (const one of hospitals) await one.node.close()
})

test('D46 the record moves to the other hospital in the page that is open, and works on there', { skip }, async () => {
  const [a, b] = both()
  await to('#/more')
  await page.getByRole('link', { name: /Who keeps a copy/ }).click()
  await page.getByRole('button', { name: 'Move my record here: hopital-nord' }).click()
  rounds = setInterval(() => {
    for (const one of both()) void one.node.replica.pull().catch(() => undefined)
  }, 300)
  await page.getByRole('dialog').getByRole('button', { name: 'Move it' }).click()
  await page
    .getByRole('listitem')
    .filter({ hasText: 'hopital-nord' })
    .getByText('your hospital; keeps your record')
    .waitFor()
  const { handle } = patient.keys
  const kept = async (one: TestHospital) =>
    (await one.node.sources.tx((s) => s.all('SELECT origin FROM stay WHERE chain = ?', handle))).map(
      (row) => row.origin,
    )
  assert.deepEqual([await kept(b), await kept(a)], [[''], [b.origin]])
  await to('#/')
  await page.reload()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()
  await to('#/log')
  await page.getByLabel('Show').selectOption('own')
  await page.getByText('moved the record to another hospital').first().waitFor()
  // Whoever asks at the new home is answered in the same page.
  const pro = await newPro(world(b), 'physician', 'hopital-nord')
  await request(world(b), pro, handle, ['allergies'])
  await to('#/')
  await page.getByText('Dr Sample (sample)').first().waitFor()
  assert.deepEqual(
    complaints.filter((one) => !/409/.test(one)),
    [],
  )
})
