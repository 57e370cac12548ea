/** The research door for a lab: sample rows, a model in depth, tables of describe, and two results side by side. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { overflows, problems } from './axe.ts'
import { beTrading, type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let lab: Someone
before(async () => {
  if (skip) return
  world = await startWorld({ SALUS_MARKET: 'on' })
  lab = await beTrading(world, 'Cœur Lab')
})
after(async () => {
  if (!skip) await world.stop()
})

/** As it stands now, on a desk and on a small phone: nothing for a machine to find, and nothing wider than the screen. */
async function accessible({ page }: Someone): Promise<void> {
  const before = page.viewportSize()
  for (const size of [{ width: 320, height: 640 }, before ?? { width: 1200, height: 900 }]) {
    await page.setViewportSize(size)
    assert.deepEqual(await problems(page), [])
    assert.equal(await overflows(page), false, `${size.width}`)
  }
}
const tick = (name: string) =>
  lab.page
    .locator('label.choice')
    .filter({ has: lab.page.getByText(name, { exact: true }) })
    .click()
const details = (name: string) => lab.page.locator('summary').filter({ hasText: name }).click()

/** The data set that nobody decides on by hand, in the builder. */
async function build(factors: readonly string[]): Promise<void> {
  const { page } = lab
  await page.getByRole('link', { name: 'Catalogue' }).click()
  const card = page.locator('.card').filter({ hasText: 'Cabinet des Lilas' })
  await card.getByText(/^Put into the basket: /).click({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Build a model' }).click()
  for (const factor of factors) await tick(factor)
}
/** Orders it and opens the result. */
async function ordered(): Promise<void> {
  const { page } = lab
  await page.getByRole('button', { name: 'Sign and order' }).click()
  await page.getByRole('link', { name: 'Open the result' }).click({ timeout: 90_000 })
  await page.getByText('signatures hold').waitFor()
}
const sent = async () => JSON.parse(await lab.page.locator('pre').innerText())

test('the data dictionary shows invented rows, and says that they come from no patient', { skip }, async () => {
  await lab.page.getByRole('link', { name: 'Catalogue' }).click()
  const card = lab.page.locator('.card').filter({ hasText: 'Cabinet des Lilas' })
  await card.locator('summary').filter({ hasText: 'Sample rows' }).click({ timeout: 60_000 })
  const rows = card.getByRole('region', { name: /^Sample rows/ })
  await rows.waitFor()
  await card.locator('p').filter({ hasText: 'Invented rows, from no patient' }).waitFor()
  assert.deepEqual(await rows.locator('thead th').allInnerTexts(), [
    ...['age', 'sex', 'systolic', 'cholesterol', 'smokes', 'diabetes', 'disease'],
  ])
  assert.equal(await rows.locator('tbody tr').count(), 8)
  const [age = '', sex = ''] = await rows.locator('tbody tr').first().locator('td').allInnerTexts()
  assert.ok(Number(age) >= 35 && Number(age) <= 75 && ['f', 'm'].includes(sex), `${age} ${sex}`)
  await accessible(lab)
})

test('a model in depth: units, a transform, bins, a reference, an interaction, a cohort; what is sent is there to read', {
  skip,
}, async () => {
  const { page } = lab
  await build(['Age', 'Sex', 'Systolic pressure', 'Total cholesterol'])
  await details('How each factor stands in the model')
  await page.getByLabel('Age: odds ratio for how many units (a)').fill('10')
  await page.getByLabel('Total cholesterol: transform').selectOption({ label: 'logarithm' })
  await page.getByLabel('Sex: compared with').selectOption({ label: 'male' })
  await page.getByLabel('Systolic pressure stands as').selectOption({ label: 'groups, at cuts of your own' })
  const cuts = page.getByLabel('Systolic pressure: cuts (mm[Hg])')
  await cuts.fill('140 120')
  await page.getByText('each larger than the one before').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Sign and order' }).isDisabled(), true)
  await cuts.fill('120 140')
  await page.getByText('below 120 · from 120 to below 140 · 140 and above').waitFor()
  await details('What acts together (interactions)')
  await page.getByLabel('Second factor').selectOption({ label: 'Sex' })
  await page.getByRole('button', { name: 'Add the interaction' }).click()
  await page.getByText('Age with Sex').waitFor()
  await page.getByRole('button', { name: 'Add a condition' }).click()
  await page.getByLabel('Condition 1: column').selectOption({ label: 'Age' })
  await page.getByLabel('Condition 1: value').fill('40')
  await page.getByRole('button', { name: 'Add a condition' }).click()
  await page.getByLabel('Condition 2: column').selectOption({ label: 'Diabetes' })
  await page.getByLabel('Condition 2: is').selectOption({ label: 'other than' })
  await page.getByLabel('Condition 2: value').selectOption({ label: 'yes' })
  await details('What will be sent, word for word')
  assert.deepEqual(await sent(), {
    outcome: { column: 'disease', op: 'eq', value: '1' },
    filter: [
      { column: 'age', op: 'ge', value: 40 },
      { column: 'diabetes', op: 'ne', value: '1' },
    ],
    terms: [
      { column: 'age', as: 'number', per: 10 },
      { column: 'sex', as: 'factor', reference: 'm' },
      { column: 'systolic', bins: [120, 140] },
      { column: 'cholesterol', as: 'number', transform: 'log' },
      { interaction: ['age', 'sex'] },
    ],
    ...{ site: 'none', missing: 'complete' },
  })
  await accessible(lab)
  await ordered()
  const names = await page.getByRole('region', { name: 'Factors' }).locator('tbody th').allInnerTexts()
  assert.equal(names.length, 6, names.join())
  assert.ok(
    names.some((one) => one.includes(':')),
    'the interaction is among them',
  )
})

test('two results side by side: the smaller lies within the larger; a transformed column does not', {
  skip,
}, async () => {
  const { page } = lab
  await build(['Age', 'Sex'])
  await ordered()
  await build(['Age', 'Sex', 'Smokes'])
  await ordered()
  await page.getByLabel('The other result').waitFor()
  assert.equal(await page.getByLabel('The other result').locator('option').count(), 2)
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByRole('heading', { name: 'Two results side by side' }).waitFor()
  await page.getByText('1 degrees of freedom').waitFor()
  const rows = await page
    .getByRole('region', { name: /^Odds ratios/ })
    .locator('tbody tr')
    .allInnerTexts()
  assert.equal(rows.length, 3)
  assert.match(rows[2] ?? '', /^smokes\s+\d[^—]*\s+—$/, 'the newer has it, the older has it not')
  await accessible(lab)
  await page.goBack()
  await page.getByLabel('The other result').selectOption({ index: 1 })
  await page.getByRole('link', { name: 'Compare', exact: true }).click()
  await page.getByText('No likelihood ratio').waitFor()
  await page.getByText('Change of AUC, A to B').waitFor()
})

test('describe is chosen like Heartify, and comes as tables', { skip }, async () => {
  const { page } = lab
  await build([])
  await page
    .locator('label.choice')
    .filter({ hasText: /(?<!\d)2.credits/ })
    .click()
  for (const column of ['Age', 'Smokes']) await tick(column)
  assert.equal(await page.getByText('Allow each hospital its own level').count(), 0)
  await details('What will be sent, word for word')
  assert.deepEqual(await sent(), {
    outcome: { column: 'disease', op: 'eq', value: '1' },
    ...{ columns: ['age', 'smokes'], k: 10 },
  })
  await ordered()
  const figures = page.getByRole('region', { name: 'Figures' })
  const [age = ''] = await figures.locator('tbody tr').allInnerTexts()
  assert.match(age, /^Age\s+all\s+400\s+0\s+0\s+5\d/)
  const levels = await page.getByRole('region', { name: 'Categories' }).locator('tbody tr').allInnerTexts()
  assert.ok(
    levels.some((one) => /^Smokes\s+1\s+\d+\s+\d+$/.test(one)),
    levels.join(' | '),
  )
  assert.equal(await page.locator('main pre').count(), 0, 'no raw JSON')
  await accessible(lab)
  assert.deepEqual(world.complaints, [])
})
