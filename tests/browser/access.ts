/** WCAG 2.2 AA as far as a machine can see it: axe on every page of an app, in both languages, two sizes, two themes; nothing cut off. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import type { Page } from 'playwright-core'
import { problems } from './axe.ts'
import { look, looks } from './look.ts'
import { type Place, places } from './places.ts'
import { type Lived, startLived } from './told.ts'
import { beStaff, type Someone } from './world.ts'

const skip = await noChromium()
let lived: Lived
let nobody: Someone
let desk: Someone

before(async () => {
  if (skip) return
  lived = await startLived()
  nobody = await lived.world.person()
  await nobody.page.goto(lived.world.url)
  desk = await beStaff(lived.world, 'Hôpital Saint-Roch')
})
after(async () => {
  if (!skip) await lived.world.stop()
})

const pageOf = ({ app }: Place): Page => {
  if (app === 'patient') return lived.patient.page
  if (app === 'professional') return lived.professional.page
  return app === 'desk' ? desk.page : nobody.page
}

/** The tests of these apps, in one world. */
export function checkAccess(apps: readonly Place['app'][]): void {
  for (const app of apps) {
    test(`${app}: axe finds nothing on any page, in 2 languages, 2 sizes, 2 themes; nothing is wider than the screen`, {
      skip,
    }, async () => {
      const all: string[] = []
      for (const one of looks) {
        for (const place of places.filter(({ app: of }) => of === app)) {
          all.push(...(await look({ ...lived, page: pageOf(place) }, place, one)))
        }
      }
      assert.deepEqual([...new Set(all)], [])
    })
  }
  test('error: axe sees a planted fault', { skip }, async () => {
    const { page } = nobody
    await page.goto(`${lived.world.url}/`)
    await page.evaluate(() => {
      const image = document.createElement('img')
      image.src = '/icon.svg'
      document.querySelector('main')?.append(image)
    })
    assert.ok((await problems(page)).some((one) => one.id === 'image-alt'))
  })

  test('no page complained while it was looked at', { skip }, () => {
    assert.deepEqual(lived.world.complaints, [])
  })
}
