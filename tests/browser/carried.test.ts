/** Two hospitals, a professional's browser at the second: a patient of the first is found, asked and read without leaving the own one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { utf8 } from '@salus/base/bytes'
import { systemRandom } from '@salus/base/clock'
import { newMasterKey, newRecoveryCode, sealKeychain, wrapWithCode } from '@salus/crypto/keychain'
import { setCircle } from '@salus/directory/device/circle'
import { openPort, type TestHospital } from '@salus/node-app/testing'
import { approve, type PatientDevice, sync } from '@salus/records/device/patient'
import { webFolder } from '@salus/web-app/build'
import { launch, noChromium } from '@salus/web-app/testing'
import type { Browser, Page } from 'playwright-core'
import { onPorts, quiet } from '../hospitals.ts'
import { deskAuthor, newPatient, newPro, world, write } from '../people.ts'

const skip = await noChromium()
let browser: Browser
let page: Page
let hospitals: TestHospital[] = []
const ports: (() => Promise<void>)[] = []
let patient: PatientDevice
/** Requests that the browser sent to anybody but its own hospital. */
const elsewhere: string[] = []

before(async () => {
  if (skip) return
  const names = ['saint-roch', 'hopital-nord', 'hopital-est']
  const opened = await onPorts(names, { web: await webFolder() })
  hospitals = opened.all
  ports.push(...opened.ports)
  const [a, b] = hospitals as [TestHospital, TestHospital]
  patient = await newPatient(world(a))
  const note = { resourceType: 'AllergyIntolerance', patient: { display: 'sample' }, code: { text: 'Penicillin' } }
  await write(await deskAuthor(world(a)), patient.keys.handle, 'allergies', note)
  const { keys } = await newPro(world(b), 'physician', 'hopital-nord')
  await quiet(a)
  const [master, code] = [newMasterKey(systemRandom), newRecoveryCode(systemRandom)]
  const content = await sealKeychain(master, utf8(JSON.stringify(keys)), systemRandom)
  const doctor = { kind: 'professional' as const, name: 'Dr Loin (sample)', role: 'physician', org: 'hopital-nord' }
  const kept = { orgName: 'hopital-nord', content, wrap: await wrapWithCode(master, code, systemRandom), code }
  b.node.state.samples = { patients: [], claim: null, staff: [{ ...doctor, ...kept }], research: [] }
  browser = await launch()
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, locale: 'en-GB' })
  context.setDefaultTimeout(30_000)
  page = await context.newPage()
  context.on('request', (one) => {
    if (!one.url().startsWith(b.url)) elsewhere.push(one.url())
  })
  await page.goto(`${b.url}/professional/`)
  await page.getByRole('button', { name: /Dr Loin \(sample\)/ }).click()
})
after(async () => {
  await browser?.close()
  for (const one of ports) await one()
  for (const one of hospitals) await one.node.close()
})

test('N32 a patient whose record is at another hospital is found, asked and read through the own hospital', {
  skip,
}, async () => {
  const { handle } = patient.keys
  await page.getByLabel('Handle').fill(handle)
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await page.getByText('record kept at journal.saint-roch.example').waitFor()
  await page.getByRole('link', { name: 'Ask for access' }).click()
  await page.getByText('Allergies', { exact: true }).click()
  await page.getByRole('button', { name: 'Send the request' }).click()
  await page.getByText('waiting for the patient').waitFor()
  await sync(patient)
  const [request] = Object.values(patient.book.requests)
  assert.ok(request)
  await approve(patient, request.id, {})
  await page.reload()
  await page.getByRole('link', { name: /allowed: open it/ }).click()
  await page.getByText('Penicillin').first().waitFor()
  if (process.env.SALUS_SHOTS) await page.screenshot({ path: `${process.env.SALUS_SHOTS}/carried.png`, fullPage: true })
  await sync(patient)
  assert.equal(patient.book.log.filter(({ type }) => type === 'RecordRead').length, 1)
  assert.deepEqual(elsewhere, [], 'the browser asks nobody but its own hospital')
})

test('N37 the home goes away: the reader is led to the copy, and told so; asking waits in words', {
  skip,
}, async () => {
  const [a, , c] = hospitals as [TestHospital, TestHospital, TestHospital]
  const { handle } = patient.keys
  await setCircle(patient.link, patient.keys, ['hopital-est'] as never)
  await c.node.replica.pull()
  await ports[0]?.()
  await page.goto(page.url().replace(/#.*$/, '#/requests'))
  await page.reload()
  await page.getByRole('link', { name: /allowed: open it/ }).click()
  await page.getByText('This is the copy at journal.hopital-est.example; it may lack the newest.').waitFor()
  await page.getByText('Penicillin').first().waitFor()
  if (process.env.SALUS_SHOTS) await page.screenshot({ path: `${process.env.SALUS_SHOTS}/copied.png`, fullPage: true })
  await page.goto(page.url().replace(/#.*$/, `#/patient/${handle}/ask`))
  await page.getByRole('button', { name: 'Send the request' }).waitFor()
  await page.getByText('Allergies', { exact: true }).click()
  await page.getByRole('button', { name: 'Send the request' }).click()
  await page.getByText('The hospital where this record is at home does not answer.').waitFor()
  ports[0] = await openPort(a)
  await a.node.replica.pull()
  await sync(patient)
  assert.equal(patient.book.log.filter(({ type }) => type === 'RecordRead').length, 2, 'the patient sees both')
  assert.deepEqual(elsewhere, [], 'the browser asks nobody but its own hospital')
})
