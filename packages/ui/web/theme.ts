/** Light or dark: as the system has it, unless the person chose. No secret, and nothing about health: kept readable. */

const KEY = 'salus-theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

/** What was chosen in this browser. */
export const chosenTheme = (): Theme => themes.find((one) => one === localStorage.getItem(KEY)) ?? 'system'

/** Draws the page so; the style sheet does the rest. Called before the first page is drawn. */
export function applyTheme(theme: Theme = chosenTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

/** Chooses for this browser. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, theme)
  applyTheme(theme)
}
