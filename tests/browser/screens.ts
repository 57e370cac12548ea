/** Draws each main page into docs/screens: `npm run screens`. Small pictures, a phone's and a desk's, both languages, both themes. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { type Place, places, visit } from './places.ts'
import { startLived } from './told.ts'
import { beStaff } from './world.ts'

const folder = process.argv[2] ?? resolve(import.meta.dirname, '../../docs/screens')
const looks = process.argv.includes('--all')
  ? ([
      ['en', 'light'],
      ['fr', 'light'],
      ['en', 'dark'],
      ['fr', 'dark'],
    ] as const)
  : ([['en', 'light']] as const)
const only = process.argv
  .find((one) => one.startsWith('--only='))
  ?.slice(7)
  .split(',')

const lived = await startLived()
const { world, told } = lived
const nobody = await world.person()
const desk = await beStaff(world, 'Hôpital Saint-Roch')
await mkdir(folder, { recursive: true })

const pageOf = ({ app }: Place): Page => {
  if (app === 'patient') return lived.patient.page
  if (app === 'professional') return lived.professional.page
  return app === 'desk' ? desk.page : nobody.page
}

for (const place of places) {
  if (only && !only.includes(place.name)) continue
  const page = pageOf(place)
  for (const [language, theme] of looks) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.evaluate((to) => localStorage.setItem('salus-language', to), language).catch(() => undefined)
    if (looks.length > 1) await page.goto('about:blank')
    await visit(world, page, place, told)
    const name = looks.length > 1 ? `${place.name}-${language}-${theme}.png` : `${place.name}.png`
    await page.screenshot({ path: join(folder, name), animations: 'disabled' })
  }
}
console.log(world.complaints.join('\n') || 'no complaints')
await world.stop()
