/** Where one can go, in the order of how often; a desk has other ways than who treats people. */
import type { Both } from '@salus/ui/language'

type Row = { readonly path: string; readonly words: Both; readonly icon: string; readonly also: readonly string[] }

const me: Row = {
  path: '/me',
  words: { en: 'Me', fr: 'Moi' },
  icon: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c1-4 4-6 8-6s7 2 8 6',
  also: [],
}

export const ways: readonly Row[] = [
  {
    path: '/',
    words: { en: 'Patients', fr: 'Patients' },
    icon: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2 20c1-4 3-6 7-6s6 2 7 6M17 5v6M14 8h6',
    also: ['/patient'],
  },
  {
    path: '/requests',
    words: { en: 'Requests', fr: 'Demandes' },
    icon: 'M4 5h16v11H9l-5 4zM8 9h8M8 12h5',
    also: ['/read'],
  },
  {
    path: '/emergency',
    words: { en: 'Emergency', fr: 'Urgence' },
    icon: 'M12 3 2 20h20zM12 9v5M12 17h.01',
    also: [],
  },
  {
    path: '/corrections',
    words: { en: 'Corrections', fr: 'Corrections' },
    icon: 'M4 20l4-1L19 8l-3-3L5 16zM14 7l3 3',
    also: [],
  },
  me,
]

export const deskWays: readonly Row[] = [
  { path: '/', words: { en: 'Desk', fr: 'Guichet' }, icon: 'M3 20V9l9-6 9 6v11M8 20v-7h8v7', also: ['/consent'] },
  {
    path: '/people',
    words: { en: 'Patients', fr: 'Patients' },
    icon: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2 20c1-4 3-6 7-6s6 2 7 6M17 5v6M14 8h6',
    also: ['/people'],
  },
  {
    path: '/staff',
    words: { en: 'Staff and teams', fr: 'Personnel et équipes' },
    icon: 'M4 7h16v13H4zM9 7V4h6v3M4 12h16',
    also: [],
  },
  {
    path: '/privacy',
    words: { en: 'Privacy', fr: 'Vie privée' },
    icon: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z',
    also: [],
  },
  me,
]
