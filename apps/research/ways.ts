/** Where one can go, by what the organisation is. */
import type { Both } from '@salus/ui/language'
import type { Role } from './device/open.ts'

type Row = { readonly path: string; readonly words: Both; readonly icon: string; readonly also: readonly string[] }

const tasks: Row = {
  path: '/tasks',
  words: { en: 'Tasks', fr: 'Tâches' },
  icon: 'M4 6h16M4 12h16M4 18h10',
  also: ['/task', '/result', '/compare'],
}
const me: Row = {
  path: '/me',
  words: { en: 'Who I am', fr: 'Qui je suis' },
  icon: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c1-4 4-6 8-6s7 2 8 6',
  also: [],
}

export const ways: Readonly<Record<Role, readonly Row[]>> = {
  lab: [
    {
      path: '/',
      words: { en: 'Catalogue', fr: 'Catalogue' },
      icon: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4z',
      also: ['/order'],
    },
    tasks,
    me,
  ],
  hospital: [
    { path: '/', words: { en: 'Decide', fr: 'Décider' }, icon: 'M4 12l5 5L20 6', also: [] },
    {
      path: '/data',
      words: { en: 'My data', fr: 'Mes données' },
      icon: 'M4 6h16v12H4zM4 12h16M10 6v12',
      also: ['/rules'],
    },
    {
      path: '/audit',
      words: { en: 'What happened', fr: 'Historique' },
      icon: 'M12 7v5l3 3M4 12a8 8 0 1 0 3-6L4 9M4 4v5h5',
      also: [],
    },
    tasks,
    me,
  ],
  host: [
    {
      path: '/',
      words: { en: 'Machines', fr: 'Machines' },
      icon: 'M4 5h16v6H4zM4 13h16v6H4zM8 8h.01M8 16h.01',
      also: [],
    },
    tasks,
    me,
  ],
}
