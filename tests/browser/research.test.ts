/** The research door: a lab orders over two hospitals' data, a hospital says yes by hand, the result opens in the lab's browser alone. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { overflows, problems } from './axe.ts'
import { beTrading, type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let lab: Someone
let hospital: Someone
before(async () => {
  if (skip) return
  world = await startWorld({ SALUS_MARKET: 'on' })
  lab = await beTrading(world, 'Cœur Lab')
  hospital = await beTrading(world, 'Hôpital Saint-Roch')
})
after(async () => {
  if (!skip) await world.stop()
})

/** As it stands now, nothing for a machine to find, and nothing wider than the screen. */
async function accessible({ page }: Someone): Promise<void> {
  assert.deepEqual(await problems(page), [])
  assert.equal(await overflows(page), false)
}

/** Puts both data sets into the basket and builds a model; stops before the signature. */
async function prepare({ page }: Someone): Promise<void> {
  await page.getByRole('link', { name: 'Catalogue' }).click()
  const tick = page.getByText(/^Put into the basket: /)
  // The market opens a few seconds after the node: the page hears of each block by itself.
  await tick.nth(1).waitFor({ timeout: 60_000 })
  for (const one of await tick.all()) await one.click()
  await page.getByRole('link', { name: 'Build a model' }).click()
  for (const factor of ['Age', 'Sex', 'Systolic pressure', 'Smokes']) {
    await page
      .locator('.choice')
      .filter({ has: page.getByText(factor, { exact: true }) })
      .click()
  }
  await page.getByText('Price, limits and rules').waitFor()
}

test('a lab sees price, rules and a simulated machine before it signs; a hospital says yes by hand; the result shows the forest plot', {
  skip,
}, async () => {
  await accessible(lab)
  await prepare(lab)
  await accessible(lab)
  const told = (await lab.page.locator('main').innerText()).replaceAll('\u00a0', ' ')
  // 20 and 12 for the data, 10 for the analysis, 8 for the machine.
  for (const word of ['50 credits', 'at least 10 people', 'A hospital decides by hand', 'Simulated machine']) {
    assert.ok(told.includes(word), word)
  }
  await lab.page.getByRole('button', { name: 'Sign and order' }).click()
  await lab.page.getByText('Waiting for a hospital’s yes').first().waitFor()

  // The hospital sees it arrive, without touching anything.
  await hospital.page.getByRole('button', { name: 'Allow: Cœur Lab (sample)' }).waitFor()
  await hospital.page.getByText('The parameters, word for word').click()
  assert.match(await hospital.page.locator('pre').innerText(), /"column": "systolic"/)
  await accessible(hospital)
  await hospital.page.getByRole('button', { name: 'Allow: Cœur Lab (sample)' }).click()
  await hospital.page.getByText('Signed: your decision is on the ledger.').waitFor()

  await lab.page.getByRole('link', { name: 'Open the result' }).click({ timeout: 90_000 })
  const forest = lab.page.getByRole('img', { name: /Forest plot/ })
  await forest.waitFor()
  assert.ok((await forest.evaluate((one) => (one as HTMLImageElement).naturalWidth)) > 500, 'it is drawn')
  for (const name of [/ROC curve/, /Calibration/]) await lab.page.getByRole('img', { name }).waitFor()
  const result = await lab.page.locator('main').innerText()
  assert.match(result, /People\s+800/)
  assert.match(result, /signatures hold/)
  assert.match(result, /Parties, data sets, analysis and parameters are those/)
  assert.match(result, /Simulated machine/)
  await accessible(lab)
})

test('the result is saved as JSON, CSV, SVG and PNG; the figures are those of the table', { skip }, async () => {
  const { page } = lab
  const saved = async (name: string | RegExp) => {
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name }).first().click()
    const download = await saving
    return { name: download.suggestedFilename(), bytes: await readFile((await download.path()) ?? '') }
  }
  const json = await saved('Save as JSON')
  const answer = JSON.parse(json.bytes.toString('utf8'))
  assert.deepEqual([json.name, answer.simulated, answer.result.n], ['result.json', true, 800])
  const csv = await saved('Save as CSV')
  assert.match(csv.bytes.toString('utf8'), /^term,[^\n]*oddsRatio[^\n]*,machine\nage,[^\n]*,simulated\n/)
  const svg = await saved(/^Save as SVG: Forest/)
  assert.match(svg.bytes.toString('utf8'), /^<svg[^>]*role="img"[\s\S]*simulated machine/)
  for (const picture of [/^Save as SVG: ROC/, /^Save as SVG: Calibration/])
    assert.match((await saved(picture)).bytes.toString('utf8'), /simulated machine/)
  const png = await saved(/^Save as PNG: Forest/)
  assert.deepEqual([...png.bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47])
})

test('everybody is paid once: the hospital sees what is left of its data, the host what its machine did', {
  skip,
}, async () => {
  await hospital.page.getByRole('link', { name: 'My data' }).click()
  await hospital.page.getByText('Keys released, of what this version allows').first().waitFor()
  await hospital.page.getByText('1 of 100').waitFor()
  await hospital.page.locator('.facts > div').filter({ hasText: 'On the account' }).filter({ hasText: '20' }).waitFor()
  await accessible(hospital)
  await hospital.page.getByRole('link', { name: 'Tasks' }).click()
  await hospital.page.getByText('+20 credits').waitFor()
  await accessible(hospital)
  const host = await beTrading(world, 'Calcul Sud')
  await host.page.getByText('Credits: 8 credits').waitFor()
  await host.page.getByText('Simulated machine: nothing but a promise').waitFor()
  await accessible(host)
})

test('a no by hand costs the lab nothing, and says who said it', { skip }, async () => {
  await prepare(lab)
  await lab.page.getByRole('button', { name: 'Sign and order' }).click()
  await lab.page.getByText('Waiting for a hospital’s yes').first().waitFor()
  await hospital.page.getByRole('link', { name: 'Decide' }).click()
  await hospital.page.getByRole('button', { name: 'Refuse: Cœur Lab (sample)' }).click()
  await lab.page.getByText('Failed: everything is refunded').first().waitFor()
  await lab.page.getByText(/a hospital said no \(said by Hôpital Saint-Roch/).waitFor()
  await lab.page.getByRole('link', { name: 'Catalogue' }).click()
  await lab.page.getByText('Credits: 950 credits').waitFor()
})

test('no private key of anybody goes through the node, and no page complained', { skip }, async () => {
  const samples = await (await fetch(`${world.url}/samples.json`)).text()
  assert.doesNotMatch(samples, /privateKey/)
  assert.deepEqual(world.complaints, [])
})
