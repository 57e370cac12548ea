/** What a machine can see of WCAG 2.2 AA on a page as it stands now. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export type Found = { id: string; help: string; nodes: string[] }

/** The page's own policy lets no script in: axe is put there by the debugger, outside of it. */
export async function problems(page: Page): Promise<Found[]> {
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axe })
  const run = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then((r) => r.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((n) => n.html.slice(0, 160)) })))`
  const { result } = await session.send('Runtime.evaluate', {
    expression: run,
    awaitPromise: true,
    returnByValue: true,
  })
  await session.detach()
  return result.value as Found[]
}

/** Does the page go beyond the screen to the side (WCAG 1.4.10)? */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
