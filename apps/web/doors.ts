/** Addresses as people type them, and the page each leads to. */
export const doors: Readonly<Record<string, string>> = {
  '/patient': '/patient/',
  '/professional': '/professional/',
  '/research': '/research/',
  '/consortium': '/#/consortium',
}
