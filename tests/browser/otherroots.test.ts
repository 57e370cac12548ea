/** D42 Another consortium's node answers at the address of the own one: the browser keeps what it pinned, and says so. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPort, startConsortium, type TestHospital } from '@salus/node-app/testing'
import { webFolder } from '@salus/web-app/build'
import { launch, noChromium } from '@salus/web-app/testing'
import type { Browser, Page } from 'playwright-core'
import { freePort } from '../ports.ts'

const skip = await noChromium()
const KEPT = 'Nothing was replaced: this device goes on with its own keys'
let browser: Browser
const hospitals: TestHospital[] = []
let close: (() => Promise<void>) | undefined

/** Another node takes the address. */
async function serve(hospital: TestHospital): Promise<void> {
  await close?.()
  close = await openPort(hospital)
}

before(async () => {
  if (skip) return
  const urls = { 'saint-roch': `http://127.0.0.1:${await freePort()}` }
  const web = await webFolder()
  for (const _ of ['own', 'other'])
    hospitals.push(...(await startConsortium(['saint-roch'], { urls, reach: fetch, web })))
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await close?.()
  for (const one of hospitals) await one.node.close()
})

/** Opens the page again until it has roots of its own, and asks what came after them. */
async function pinned(page: Page): Promise<void> {
  for (let tries = 0, asked = false; !asked; tries++) {
    assert.ok(tries < 10, 'the page pins the roots')
    const versions = page.waitForResponse((one) => new URL(one.url()).pathname === '/consortium/versions', {
      timeout: 5_000,
    })
    const seen = versions.then(
      () => true,
      () => false,
    )
    await page.reload()
    asked = await seen
  }
}

const notice = (page: Page, text: string) => page.locator('.notice.warn', { hasText: text })

for (const app of ['patient', 'professional', 'research'])
  test(`D42 the ${app}’s page says calmly that a node serves roots which follow nothing it pinned, with what to do`, {
    skip,
  }, async () => {
    const [own, other] = hospitals as [TestHospital, TestHospital]
    const context = await browser.newContext({ locale: 'en-GB' })
    context.setDefaultTimeout(30_000)
    const page = await context.newPage()
    await serve(own)
    await page.goto(`${own.url}/${app}/`)
    await page.getByRole('main').waitFor()
    await pinned(page)
    await page.getByRole('main').waitFor()
    assert.equal(await notice(page, KEPT).count(), 0, 'the own node’s roots are nothing to tell')
    await serve(other)
    await page.reload()
    await notice(page, KEPT).waitFor()
    assert.match(await notice(page, KEPT).innerText(), /Ask the hospital’s desk/)
    await page.reload()
    await notice(page, KEPT).waitFor()
    await serve(own)
    await page.reload()
    await page.getByRole('main').waitFor()
    assert.equal(await notice(page, KEPT).count(), 0, 'what was pinned is still what is pinned')
    await context.close()
  })
