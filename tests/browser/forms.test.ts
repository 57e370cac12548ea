/** What a profession writes, what a dialog says of the way out, and what a reader is told when the patient took it back. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { type Lived, startLived } from './told.ts'
import { beStaff } from './world.ts'

const skip = await noChromium()
let lived: Lived
before(async () => {
  if (!skip) lived = await startLived()
})
after(async () => {
  if (!skip) await lived.world.stop()
})

test('a form of another profession is greyed with the reason, and its address does not open it', { skip }, async () => {
  const { page } = await beStaff(lived.world, 'Eli Lindqvist')
  await page.goto(`${lived.world.url}/professional/#/patient/${lived.told.patient}/write/prescription`)
  await page.getByText('Your profession does not write these.').waitFor()
  assert.equal(await page.locator('main form').count(), 0)
  assert.ok(await page.getByRole('button', { name: 'Prescription' }).isDisabled())
  await page.getByRole('link', { name: 'Dispensing' }).click()
  await page.locator('main form').waitFor()
  // Whose record it is stands on top and right before the signature.
  assert.equal(await page.locator('.whose').getByText(lived.told.patient).count(), 2)
})

test('what is no handle is called so', { skip }, async () => {
  const { page } = lived.professional
  await page.goto(`${lived.world.url}/professional/#/`)
  await page.getByLabel('Handle', { exact: true }).fill('hello')
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await page.getByRole('alert').getByText('This is no handle').waitFor()
})

test('a dialog has a button that closes it, and says so with one word; a reader is told first that it was taken back', {
  skip,
}, async () => {
  const { page } = lived.patient
  const reader = lived.professional.page
  await reader.goto(`${lived.world.url}/professional/#/read/${lived.told.granted}`)
  await reader.getByText('It was made on').waitFor()
  await page.goto(`${lived.world.url}/patient/#/permissions`)
  const back = page.getByRole('button', { name: /^Take it back/ }).first()
  await back.click()
  assert.equal(await page.getByRole('button', { name: 'Dismiss' }).count(), 0)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await back.click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click()
  await reader.getByText('The patient took this back; nothing more opens.').waitFor()
  assert.match(await reader.locator('main').innerText(), /^\s*The patient took this back/)
  assert.deepEqual(lived.world.complaints, [])
})
