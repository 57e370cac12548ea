/** Two records of this organisation that are one person: joined, listed, separated again. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { DirectoryCode } from '@salus/directory/contract'
import { mergeIdentities, unmergeIdentities } from '@salus/directory/device/desk'
import { type DeskStore, openDeskStore } from '../../desk.store.ts'
import type { OpenDesk } from '../../people.ts'
import { type Arguments, handleFrom, type Option, required, type Screen, type Verb } from '../../verb.ts'
import { device, withDesk } from './shared.ts'

const words = (screen: Screen, en: string, fr: string): string => (screen.language === 'fr' ? fr : en)
const handle = (name: string, en: string, fr: string): Option => ({
  ...{ name, value: 'HANDLE', required: true },
  words: { en, fr },
})

const withStore = <T>(args: Arguments, work: (at: OpenDesk, store: DeskStore) => Promise<T>): Promise<T> =>
  withDesk(args, async (at) => {
    const store = openDeskStore(at)
    try {
      return await work(at, store)
    } finally {
      await store.close()
    }
  })

const merge: Verb = {
  name: 'desk merge',
  options: [
    device,
    handle('patient', 'the record that is the same person’s', 'le dossier de la même personne'),
    handle('into', 'the record that goes on', 'le dossier qui continue'),
  ],
  words: {
    en: 'join two records of one person: new documents go to one, both are asked for',
    fr: 'réunir deux dossiers d’une personne : le nouveau va dans l’un, on demande les deux',
  },
  run: (args, screen) =>
    withStore(args, async ({ link, desk }, store) => {
      const [from, into] = [handleFrom(required(args, 'patient')), handleFrom(required(args, 'into'))]
      const id = await mergeIdentities(link, desk, from, into)
      await store.mergePeople(id, from, into)
      screen.say(words(screen, `Joined: ${id}. Nothing was moved.`, `Réunis : ${id}. Rien n’a été déplacé.`))
      return { merge: id, from, into }
    }),
}

const merges: Verb = {
  name: 'desk merges',
  options: [device],
  words: { en: 'records that were joined here', fr: 'dossiers réunis ici' },
  run: (args, screen) =>
    withStore(args, async (_, store) => {
      const all = await store.merges()
      for (const one of all) screen.say(`${one.merge}  ${one.source} → ${one.target}`)
      if (all.length === 0) screen.say(words(screen, 'None were joined.', 'Aucun dossier réuni.'))
      return { merges: all }
    }),
}

const unmerge: Verb = {
  name: 'desk unmerge',
  positionals: 'MERGE',
  least: 1,
  options: [device],
  words: { en: 'separate two records again', fr: 'séparer de nouveau deux dossiers' },
  run: (args, screen) =>
    withStore(args, async ({ link, desk }, store) => {
      const id = args.positionals[0] ?? ''
      const known = await store.mergeOf(id)
      if (!known) throw new AppError<DirectoryCode>('merge-refused')
      await unmergeIdentities(link, desk, id, [known.source as Handle, known.target as Handle])
      await store.unmergePeople(id)
      screen.say(words(screen, 'Separated again.', 'Séparés de nouveau.'))
      return { merge: id }
    }),
}

export const mergeVerbs: readonly Verb[] = [merge, merges, unmerge]
