/** Every page of the research door can be seen, read and reached. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noChromium } from '@salus/web-app/testing'
import type { Page } from 'playwright-core'
import { look, looks } from './look.ts'
import { type Place, tradingPlaces } from './places.ts'
import { startTraded, type Traded } from './told.ts'

const skip = await noChromium()
let traded: Traded
let nobody: Page
before(async () => {
  if (skip) return
  traded = await startTraded()
  nobody = (await traded.world.person()).page
  await nobody.goto(`${traded.world.url}/research/`)
})
after(async () => {
  if (!skip) await traded.world.stop()
})

const pageOf = ({ app }: Place): Page => {
  if (app === 'lab') return traded.lab.page
  if (app === 'hospital') return traded.hospital.page
  return app === 'host' ? traded.host.page : nobody
}

for (const app of ['trading', 'lab', 'hospital', 'host'] as const) {
  test(`${app}: axe finds nothing on any page, in 2 languages, 2 sizes, 2 themes; nothing is wider than the screen`, {
    skip,
  }, async () => {
    const all: string[] = []
    for (const one of looks) {
      for (const place of tradingPlaces.filter(({ app: of }) => of === app)) {
        all.push(...(await look({ ...traded, page: pageOf(place) }, place, one)))
      }
    }
    assert.deepEqual([...new Set(all)], [])
  })
}

test('no page of the research door complained while it was looked at', { skip }, () => {
  assert.deepEqual(traded.world.complaints, [])
})
