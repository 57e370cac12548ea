/** How much may be loaded before something is on the screen, in bytes after gzip; the device's worker counts as script. */
export const budgets: Readonly<Record<string, { readonly script: number }>> = {
  '/': { script: 110_000 },
  '/patient/': { script: 200_000 },
  '/professional/': { script: 215_000 },
  '/research/': { script: 200_000 },
}
