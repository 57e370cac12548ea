/** The research door for a hospital: what happened with its data, what that earned, its rules, and a result that was held. */
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { overflows, problems } from './axe.ts'
import { orderAll } from './told.ts'
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

/** As it stands now, on a desk and on a small phone: nothing for a machine to find, and nothing wider than the screen. */
async function accessible({ page }: Someone): Promise<void> {
  const before = page.viewportSize()
  for (const size of [{ width: 320, height: 640 }, before ?? { width: 1200, height: 900 }]) {
    await page.setViewportSize(size)
    assert.deepEqual(await problems(page), [])
    assert.equal(await overflows(page), false, `${size.width}`)
  }
}
const textOf = async ({ page }: Someone) => (await page.locator('main').innerText()).replaceAll('\u00a0', ' ')
/** The hospital's page in another language. */
async function speak(language: 'en' | 'fr'): Promise<void> {
  await hospital.page.evaluate((chosen) => localStorage.setItem('salus-language', chosen), language)
  await hospital.page.reload()
  await hospital.page.locator('main .card').nth(1).waitFor()
}
/** What a page saves, as text. */
async function saved({ page }: Someone, name: string): Promise<string> {
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name }).click()
  return readFile((await (await saving).path()) ?? '', 'utf8')
}

test('revenue is live: what was earned comes to the page without anybody touching it', { skip }, async () => {
  await orderAll(lab)
  await hospital.page.getByRole('button', { name: /^Allow: / }).click()
  await hospital.page.getByRole('link', { name: 'My data' }).click()
  await hospital.page.evaluate(() => Object.assign(globalThis, { untouched: true }))
  await hospital.page.getByText('live', { exact: true }).waitFor()
  const earned = hospital.page.locator('.facts > div').filter({ hasText: 'Earned by the data' })
  await earned.first().filter({ hasText: '20' }).waitFor({ timeout: 90_000 })
  assert.equal(await hospital.page.evaluate(() => 'untouched' in globalThis), true, 'the page was not loaded anew')
  assert.match(await earned.nth(1).innerText(), /20.credits/, 'and by data set')
  await accessible(hospital)
})

test('what happened: every use with its terms and its end, by data set, saved as CSV and JSON', { skip }, async () => {
  await orderAll(lab)
  await hospital.page.getByRole('link', { name: 'Decide' }).click()
  await hospital.page.getByRole('button', { name: /^Refuse: / }).click()
  await hospital.page.getByText('Signed: your decision is on the ledger.').waitFor()
  await hospital.page.getByRole('link', { name: 'What happened' }).click()
  await hospital.page.locator('main .card').nth(1).waitFor()
  const told = await textOf(hospital)
  const first = told.indexOf('a hospital said no (said by Hôpital Saint-Roch')
  const second = told.indexOf('Done: everybody is paid')
  assert.ok(first > 0 && second > first, 'newest first')
  for (const word of ['Cœur Lab', 'Heartify', 'health research', 'at least 10 people', 'Calcul Sud', 'simulated'])
    assert.ok(told.includes(word), word)
  assert.match(told, /1 key released, 99 left for this version/)
  assert.match(told, /0 keys released, 99 left for this version/)
  await speak('fr')
  const dit = await textOf(hospital)
  assert.match(dit, /0 clé remise, 99 restantes pour cette version[\s\S]*1 clé remise, 99 restantes/)
  await speak('en')
  await accessible(hospital)
  const csv = await saved(hospital, 'Save as CSV')
  assert.match(
    csv,
    /^when,laboratory,analysis,[^\n]*\n[^\n]*a hospital said no[^\n]*\n[^\n]*Done: everybody is paid[^\n]*\n$/,
  )
  const json = JSON.parse(await saved(hospital, 'Save as JSON'))
  assert.deepEqual(
    json.map(({ state, units, paid }: { state: string; units: number; paid: number }) => [state, units, paid]),
    [
      ['refunded', 0, 0],
      ['settled', 1, 20],
    ],
  )
  assert.doesNotMatch(hospital.page.url(), /roch|coeur/i)
})

test('an order that nobody can read is a row of its own: it can be refused, and nothing else', { skip }, async () => {
  const store = join(world.commands.data, 'store')
  const before = new Set(await readdir(store))
  const model = join(world.commands.root, 'other.json')
  await writeFile(
    model,
    JSON.stringify({ outcome: { column: 'disease', op: 'eq', value: '1' }, terms: [{ column: 'smokes' }] }),
  )
  const words = ['--datasets', 'hopital-saint-roch', '--analysis', 'heartify@1', '--host-kind', 'simulated']
  const own = ['--params', model, '--max-price', '50', '--device', world.commands.device('desk-coeur-lab')]
  await world.commands.done(['order', 'place', ...words, ...own])
  const [params = '', ...more] = (await readdir(store)).filter((one) => !before.has(one))
  assert.equal(more.length, 0, 'the parameters are all that an order puts there')
  await rm(join(store, params))
  await orderAll(lab)
  const { page } = hospital
  await page.getByRole('link', { name: 'Decide' }).click()
  const unread = page.locator('.card').filter({ hasText: 'its description is not in the store: refuse it' })
  await unread.waitFor()
  const other = page.getByRole('button', { name: /^Allow: / })
  await other.waitFor()
  assert.equal(await page.locator('.card').count(), 2)
  assert.equal(await unread.getByRole('button', { name: /^Allow: / }).count(), 0)
  await accessible(hospital)
  await unread.getByRole('button', { name: /^Refuse: / }).click()
  await unread.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: /^Refuse: / }).click()
  await page.getByText('Nothing waits.').waitFor()
})

test('changed rules: said in one sentence, confirmed, signed; what nobody may sign is named; the lab sees them at once', {
  skip,
}, async () => {
  const { page } = hospital
  await page.getByRole('link', { name: 'My data' }).click()
  await page.getByRole('link', { name: 'Change the rules' }).click()
  await page.getByText('Simulated machines may run on it, and protect nothing.').waitFor()
  await page.getByText('each order waits for your yes.').waitFor()
  const sign = page.getByRole('button', { name: 'Sign the new rules' })
  const k = page.getByLabel('Fewest people behind any figure')
  await k.fill('2')
  await page.getByText('Too few people for this data, or no whole number.').waitFor()
  assert.equal(await sign.isDisabled(), true)
  await k.fill('12')
  await page.getByLabel('Price of one use, credits').fill('0')
  await page.getByText('Ask me each time').click()
  await page.getByText('only those chosen').click()
  assert.equal(await sign.isDisabled(), true, 'nobody is chosen yet')
  await page.locator('.choice').filter({ hasText: 'Cœur Lab' }).click()
  await page
    .getByText(
      /^Only Cœur Lab \(sample\) may order for nothing, for health research, .*; you are not asked each time\.$/,
    )
    .waitFor()
  await accessible(hospital)
  await sign.click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Deals already made keep the price and the rules they were made with').waitFor()
  await accessible(hospital)
  await dialog.getByRole('button', { name: 'Sign the new rules' }).click()
  await page.getByRole('heading', { name: 'My data sets' }).waitFor()
  await page.locator('.card').filter({ hasText: 'closed' }).waitFor()
  const changed = page.locator('.card').filter({ has: page.locator('.tag').filter({ hasText: /^0.credits$/ }) })
  assert.match(await changed.innerText(), /0 of 1,000[\s\S]*1 of 100/, 'orders are counted anew, the budget is not')
  await lab.page.getByRole('link', { name: 'Catalogue' }).click()
  const card = lab.page.locator('.card').filter({ hasText: 'Hôpital Saint-Roch' })
  await card
    .locator('.tag')
    .filter({ hasText: /^0.credits$/ })
    .waitFor()
  assert.doesNotMatch(await card.innerText(), /decides by hand/)
  await page.getByRole('link', { name: 'What happened' }).click()
  await page.getByText(/20.credits, paid 20.credits/).waitFor()
})

test('a withdrawn offer cannot be ordered any more; the page says what stays', { skip }, async () => {
  const other = await beTrading(world, 'Cabinet des Lilas')
  await other.page.getByRole('link', { name: 'My data' }).click()
  await other.page.getByRole('link', { name: 'Change the rules' }).click()
  await other.page.getByRole('button', { name: 'Withdraw the offer' }).click()
  const dialog = other.page.getByRole('dialog')
  await dialog.getByText('Nobody can order this data any more.').waitFor()
  await dialog.getByText('Deals already made keep').waitFor()
  await dialog.getByRole('button', { name: 'Withdraw the offer' }).click()
  await other.page.getByText('closed', { exact: true }).waitFor()
  await lab.page.locator('.card').filter({ hasText: 'Cabinet des Lilas' }).waitFor({ state: 'detached' })
})

/** Visits of invented people; one of them has nearly all. */
const contract = {
  format: 'salus-contract/1',
  title: { en: 'Visits (sample)', fr: 'Visites (exemple)' },
  description: { en: 'Invented.', fr: 'Inventé.' },
  file: { header: true, separator: ',', decimal: '.', encoding: 'utf-8' },
  columns: [
    { name: 'visits', title: { en: 'Visits', fr: 'Visites' }, kind: 'number', unit: '1', min: 0, max: 1_000_000 },
    {
      ...{ name: 'sick', title: { en: 'Sick', fr: 'Malade' }, kind: 'category' },
      levels: ['0', '1'].map((code) => ({ code, title: { en: code, fr: code } })),
    },
  ],
}

/** Offers it by the command line. */
async function offerVisits(): Promise<void> {
  const { commands } = world
  const device = (org: string) => ['--device', commands.device(`desk-${org}`)]
  const own = device('hopital-saint-roch')
  const shown = await commands.done(['market', 'show', 'hopital-saint-roch', ...own])
  const rows = Array.from({ length: 60 }, (_, i) => `${i === 0 ? 900_000 : i % 4},${i % 2}`)
  const [file, schema, terms] = ['visits.csv', 'visits.json', 'terms.txt'].map((name) => join(commands.root, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(file, `visits,sick\n${rows.join('\n')}\n`)
  await writeFile(schema, JSON.stringify(contract))
  await writeFile(terms, 'Invented. (sample)\n')
  const { broker } = shown.document as { broker: string }
  const words = ['--schema', schema, '--price', '3', '--terms', terms, '--broker', broker, '--public']
  await commands.done(['dataset', 'publish', file, ...words, ...own])
}

async function describeVisits(): Promise<void> {
  const { page } = lab
  await page.getByRole('link', { name: 'Catalogue' }).click()
  const card = page.locator('.card').filter({ hasText: 'Visits (sample)' })
  await card.getByText(/^Put into the basket: /).click()
  await page.getByRole('link', { name: 'Build a model' }).click()
  await page.locator('.choice').filter({ hasText: 'describe' }).click()
  await page
    .locator('.choice')
    .filter({ has: page.getByText('Visits', { exact: true }) })
    .click()
  await page.getByRole('button', { name: 'Sign and order' }).click()
  await page.getByText('Result held: the hospitals look at it').first().waitFor({ timeout: 90_000 })
}

test('a held result: the hospital reads the rule, what it means and what each answer does; its yes lets it go, its no ends it', {
  skip,
}, async () => {
  await offerVisits()
  await describeVisits()
  const { page } = hospital
  await page.getByRole('link', { name: 'Decide' }).click()
  await page.getByText('Held because one person carries most of a figure').waitFor()
  const told = await textOf(hospital)
  for (const word of [
    'visits hopital-saint-roch',
    'One person’s value makes up most of a sum',
    'your share of the key',
  ])
    assert.ok(told.includes(word), word)
  assert.match(told, /Refuse: nobody ever opens this result/)
  assert.doesNotMatch(told, /900.?000/, 'never a value')
  await accessible(hospital)
  await page.getByRole('button', { name: /^Allow: / }).click()
  await page.getByText('Signed: your decision is on the ledger.').waitFor()
  await lab.page.getByRole('link', { name: 'Open the result' }).click({ timeout: 60_000 })
  await lab.page.getByRole('region', { name: 'Figures' }).waitFor()

  await describeVisits()
  await page.getByRole('button', { name: /^Refuse: / }).click()
  await lab.page.getByText('Refused: who computed is paid, the data is refunded').first().waitFor()
  await lab.page.getByText(/a hospital did not let the result go \(said by Hôpital Saint-Roch/).waitFor()
  assert.deepEqual(world.complaints, [])
})
