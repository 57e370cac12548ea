/** One look at a page: in a language, at a size, in a theme; what a machine finds wrong there. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { overflows, problems } from './axe.ts'
import { type Place, type Told, visit } from './places.ts'
import type { World } from './world.ts'

const sizes = { phone: { width: 320, height: 640 }, desk: { width: 1280, height: 800 } } as const

/** In both languages, at two sizes, in both themes. */
export const looks = ['en', 'fr'].flatMap((language) =>
  (['phone', 'desk'] as const).flatMap((size) =>
    (['light', 'dark'] as const).map((theme) => ({ language, size, theme })),
  ),
)
type Look = (typeof looks)[number]

/** Says in which language, at which size and in which theme, and goes there. */
export async function look(
  { world, told, page }: { world: World; told: Told; page: Page },
  place: Place,
  { language, size, theme }: Look,
): Promise<string[]> {
  await page.setViewportSize(sizes[size])
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  if ((await page.evaluate(() => document.documentElement.lang)) !== language) {
    await page.evaluate((to) => localStorage.setItem('salus-language', to), language)
    await page.reload()
  }
  await visit(world, page, place, told)
  const found = await problems(page)
  const where = `${place.name}, ${language}, ${size}, ${theme}`
  const wide = (await overflows(page)) ? [`${where}: wider than the screen`] : []
  assert.equal(await page.evaluate(() => document.documentElement.lang), language)
  await page.keyboard.press('Escape')
  return [...found.map((one) => `${where}: ${one.id}, ${one.help}: ${one.nodes.join(' | ')}`), ...wide]
}
