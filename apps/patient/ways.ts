/** Where one can go, in the order of how often. */
import type { Both } from '@salus/ui/language'

type Row = { readonly path: string; readonly words: Both; readonly icon: string; readonly also: readonly string[] }

export const ways: readonly Row[] = [
  { path: '/', words: { en: 'Home', fr: 'Accueil' }, icon: 'M3 11l9-8 9 8M5 9.5V21h14V9.5M10 21v-6h4v6', also: [] },
  {
    path: '/record',
    words: { en: 'Record', fr: 'Dossier' },
    icon: 'M6 3h9l4 4v14H6zM14 3v5h5M9 13h6M9 17h6',
    also: [],
  },
  {
    path: '/log',
    words: { en: 'Who saw what', fr: 'Qui a vu quoi' },
    icon: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
    also: [],
  },
  {
    path: '/permissions',
    words: { en: 'Permissions', fr: 'Autorisations' },
    icon: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
    also: ['/choices'],
  },
  {
    path: '/more',
    words: { en: 'More', fr: 'Plus' },
    icon: 'M5 12h.01M12 12h.01M19 12h.01',
    also: ['/keys', '/people', '/circle', '/share', '/notify', '/leave', '/about'],
  },
]
