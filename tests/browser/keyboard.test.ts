/** The whole journey without a pointer: Tab, Enter, Space, Escape. And a page at 200 %. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import type { Page } from 'playwright-core'
import { overflows } from './axe.ts'
import { bePatient, beStaff, startWorld, type World } from './world.ts'

const skip = await noChromium()
let world: World
before(async () => {
  if (!skip) world = await startWorld()
})
after(async () => {
  if (!skip) await world.stop()
})

/** What the focused element is called, and whether one can see that it has the focus. */
const focused = (page: Page): Promise<{ name: string; ring: boolean }> =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement | null
    const label = at?.getAttribute('aria-label') ?? (at as HTMLInputElement | null)?.labels?.[0]?.textContent
    const ringed = at?.closest('[data-focus-visible]') ?? at
    const ring = ringed ? getComputedStyle(ringed).outlineStyle !== 'none' : false
    return { name: (label ?? at?.textContent ?? '').trim(), ring }
  })

/** Tabs until what is wanted has the focus: it must come, and be seen. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  const met: string[] = []
  for (let i = 0; i < 90; i++) {
    await page.keyboard.press('Tab')
    const { name, ring } = await focused(page)
    if (wanted.test(name)) {
      assert.ok(ring, `no ring around ${name}`)
      return
    }
    met.push(name.slice(0, 30))
  }
  assert.fail(`${wanted} never had the focus: ${met.join(' | ')}`)
}

async function press(page: Page, wanted: RegExp, key = 'Enter'): Promise<void> {
  await tabTo(page, wanted)
  await page.keyboard.press(key)
}

/** The dialog gives the focus back to where it came from, once it has left the page: a frame or more after the key. */
async function focusBackOn(page: Page, wanted: RegExp): Promise<void> {
  const label = (source: string) => {
    const at = document.activeElement
    return new RegExp(source).test((at?.getAttribute('aria-label') ?? at?.textContent ?? '').trim())
  }
  await page.waitForFunction(label, wanted.source)
  assert.ok((await focused(page)).ring, 'no ring around what has the focus again')
}

test('the whole journey by keyboard alone: ask, allow a part, read, check the proof, take it back', {
  skip,
}, async () => {
  const okafor = await beStaff(world, 'Dr Noor Okafor')
  const ines = await bePatient(world, 'Inès Delcourt', { viewport: { width: 1000, height: 800 } })

  await press(okafor.page, /^Inès Delcourt/)
  await okafor.page.getByRole('link', { name: 'Ask for access' }).waitFor()
  await press(okafor.page, /^Ask for access$/)
  await okafor.page.getByRole('button', { name: 'Send the request' }).waitFor()
  await press(okafor.page, /^Allergies$/, 'Space')
  await press(okafor.page, /^Vaccinations$/, 'Space')
  await press(okafor.page, /^Send the request$/)
  await okafor.page.getByText('waiting for the patient').waitFor()

  await ines.page.getByRole('link', { name: 'Look and answer' }).waitFor()
  await press(ines.page, /^Look and answer$/)
  await ines.page.getByRole('button', { name: 'Allow a part' }).waitFor()
  await press(ines.page, /^Allow a part$/)
  await ines.page.getByRole('dialog').waitFor()
  await press(ines.page, /^Vaccinations$/, 'Space')
  await press(ines.page, /^Allow this$/)
  await ines.page.getByText('Allowed. You can take it back').waitFor()

  await okafor.page.getByRole('link', { name: /allowed: open it/ }).waitFor()
  await press(okafor.page, /allowed: open it/)
  await okafor.page.getByText('The patient sees this reading in the log.').waitFor()
  assert.match(await okafor.page.locator('main').innerText(), /penicillin/i)

  await press(ines.page, /^Who saw what$/)
  await ines.page
    .getByRole('button', { name: /Check the proof: Dr Noor Okafor/ })
    .first()
    .waitFor()
  await press(ines.page, /^Check the proof: Dr Noor Okafor/)
  await ines.page.getByText('Checked on this device').waitFor()
  await ines.page.keyboard.press('Escape')
  await focusBackOn(ines.page, /^Check the proof/)
  await press(ines.page, /^Permissions$/)
  await ines.page.getByRole('button', { name: /Take it back: Dr Noor Okafor/ }).waitFor()
  await press(ines.page, /^Take it back: Dr Noor Okafor/)
  await ines.page.getByRole('dialog').waitFor()
  await press(ines.page, /^Take it back$/)
  await ines.page.getByText('Taken back. Nothing more will open.').waitFor()
  assert.deepEqual(world.complaints, [])
})

test('going to a page puts the focus on its content, and the first stop leads past the frame', { skip }, async () => {
  const { page } = await bePatient(world, 'Marc Ferrand')
  await page.getByRole('link', { name: 'Record', exact: true }).click()
  await page.getByRole('heading', { name: 'My record' }).waitFor()
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN')
  await page.reload()
  await page.getByRole('heading', { name: 'My record' }).waitFor()
  await page.keyboard.press('Tab')
  assert.equal((await focused(page)).name, 'Go to the content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'MAIN')
})

test('at 200 % nothing is lost to the side, and text at twice its size stays in its place', { skip }, async () => {
  const { page } = await bePatient(world, 'Lou Bertrand', {
    viewport: { width: 640, height: 512 },
    deviceScaleFactor: 2,
  })
  for (const path of ['#/', '#/record', '#/log', '#/permissions', '#/more']) {
    await page.evaluate((to) => {
      location.hash = to
      document.documentElement.style.fontSize = '200%'
    }, path)
    await page.locator('main h1').first().waitFor()
    assert.equal(await overflows(page), false, path)
  }
})
