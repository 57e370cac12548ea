/** The consortium's page in a real browser, over the demonstration's one node. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import { look, looks } from './look.ts'
import { places } from './places.ts'
import { type Someone, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
let nobody: Someone
before(async () => {
  if (skip) return
  world = await startWorld({ SALUS_KEEPER: 'off', SALUS_MARKET: 'off' })
  nobody = await world.person({ viewport: { width: 1200, height: 900 } })
})
after(async () => {
  if (!skip) await world.stop()
})

test('N30 the start page leads to it; members, blocks and the journal’s place stand there in words; both addresses work', {
  skip,
}, async () => {
  const { page } = nobody
  await page.goto(world.url)
  await page.getByRole('link', { name: /The consortium, live/ }).click()
  await page.getByRole('heading', { level: 1, name: 'The consortium' }).waitFor()
  await page.getByText('Asked of this node, as it sees it.').waitFor()
  await page.getByRole('heading', { level: 2, name: 'Hôpital Saint-Roch (sample)' }).waitFor()
  await page.getByText('This node alone decides the order: no failure of it is tolerated.').waitFor()
  await page
    .getByText(/published the digest of its pages/)
    .first()
    .waitFor()
  assert.equal(await page.locator('[data-state="here"]').count(), 1)
  assert.equal(await page.locator('[data-state="here"]').innerText(), 'this node')
  assert.equal(await page.locator('[data-state="here"] svg').count(), 1, 'a shape beside the word')
  await page.getByText('Nothing is amiss, as far as this node sees.').waitFor()
  assert.equal(await page.getByRole('alert').count(), 0)
  await page.goto(`${world.url}/consortium`)
  await page.getByRole('heading', { level: 1, name: 'The consortium' }).waitFor()
  await page.getByRole('button', { name: 'Afficher en français' }).click()
  await page.getByText('Demandé à ce nœud, tel qu’il le voit.').waitFor()
  await page.getByRole('button', { name: 'Show in English' }).click()
})

test('N30 it follows by itself, asks its own node alone, and nobody while nobody looks', { skip }, async () => {
  const { page } = nobody
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const before = await page.locator('ol .line').count()
  assert.ok(before > 0)
  const dts = page.locator('dt', { hasText: 'On the ledger' }).locator('..').locator('dd')
  const told = await dts.innerText()
  const desk = ['--device', world.commands.device('desk-hopital-saint-roch')]
  await world.commands.done(['desk', 'new-patient', ...desk], 'Live (sample)\nAda\n1980-02-03\nfemale\n')
  await page.waitForFunction(
    (old) => [...document.querySelectorAll('dd')].every((one) => one.textContent !== old),
    told,
    { timeout: 30_000 },
  )
  assert.ok(asked.length > 0 && asked.every((url) => url === `${world.url}/consortium/live`), asked.join(' '))
  const hide = (state: string) =>
    page.evaluate((to) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: to })
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    }, state)
  await hide('hidden')
  await page.waitForTimeout(500)
  const count = asked.length
  await page.waitForTimeout(5_000)
  assert.equal(asked.length, count, 'paused')
  await hide('visible')
  await page.waitForRequest(`${world.url}/consortium/live`)
})

test('N30 a node that does not answer is an alarm that is read out, and what it said last stays', {
  skip,
}, async () => {
  const { page, context } = nobody
  await context.setOffline(true)
  const alarm = page.getByRole('alert')
  await alarm.waitFor()
  assert.match(await alarm.innerText(), /This node does not answer\./)
  assert.ok((await page.locator('.tiles .card').count()) > 0)
  await context.setOffline(false)
  await alarm.waitFor({ state: 'detached' })
})

test('N30 axe finds nothing on it, in 2 languages, 2 sizes, 2 themes; nothing is wider than the screen', {
  skip,
}, async () => {
  const place = places.find(({ name }) => name === 'consortium')
  assert.ok(place)
  const told = { patient: '', request: '', granted: '', record: '' }
  const all: string[] = []
  for (const one of looks) all.push(...(await look({ world, told, page: nobody.page }, place, one)))
  assert.deepEqual(all, [])
})

test('N30 the page complained of nothing', { skip }, () => {
  const offline = /Failed to load resource: net::ERR_INTERNET_DISCONNECTED/
  assert.deepEqual(
    world.complaints.filter((one) => !offline.test(one)),
    [],
  )
})
