/** Heartify in a browser: the lab orders the reference's model over the four hospitals, and reads the reference's odds ratios. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needsShared, sharedFolder } from '@salus/base/testing'
import { noChromium } from '@salus/web-app/testing'
import { beTrading, startWorld, type World } from './world.ts'

const skip = needsShared('data/cardio').skip || (await noChromium())
const cardio = sharedFolder('data/cardio') ?? ''
let world: World
before(async () => {
  if (!skip) world = await startWorld({ SALUS_SHARED: join(cardio, '../..') }, ['heartify', '--browser'])
})
after(async () => {
  if (!skip) await world.stop()
})

// What the page calls the columns of the reference's model.
const factors = {
  age: /^Age/,
  sex: /^Sex/,
  trestbps: /^Resting blood pressure/,
  thalach: /^Highest heart rate/,
  exang: /^Angina/,
  oldpeak: /^ST/,
} as const

test('the lab ticks six factors of four hospitals’ data, orders, and the odds ratios of its table are the reference’s', {
  skip,
}, async () => {
  const { page } = await beTrading(world, 'Cœur Lab')
  const tick = page.getByText(/^Put into the basket: /)
  await tick.nth(3).waitFor()
  for (const one of await tick.all()) await one.click()
  await page.getByRole('link', { name: 'Build a model' }).click()
  await page.getByText('Price, limits and rules').waitFor()
  await page.getByLabel('What is to be explained').selectOption('num')
  await page.getByLabel(/^It counts as an event above/).fill('0')
  for (const title of Object.values(factors)) {
    await page
      .locator('.choice')
      .filter({ has: page.getByText(title) })
      .first()
      .click()
  }
  await page.getByRole('button', { name: 'Sign and order' }).click()
  await page.getByRole('link', { name: 'Open the result' }).click({ timeout: 60_000 })
  await page.getByRole('img', { name: /Forest plot/ }).waitFor()
  const rows = await page.locator('table tbody tr').allInnerTexts()
  const reference = JSON.parse(readFileSync(join(cardio, 'reference/uci_pooled_site.json'), 'utf8'))
  for (const name of Object.keys(factors)) {
    const wanted = reference.coefficients.find(({ term }: { term: string }) => term === name).or
    const row = rows.find((one) => one.startsWith(name))?.split('\t') ?? []
    assert.equal(row[1], String(Number(wanted.toPrecision(4))), `${name}: ${row.join(' | ')}`)
  }
  assert.match(await page.locator('main').innerText(), /People\s+853\s+Events\s+464/)
  assert.deepEqual(world.complaints, [])
})
