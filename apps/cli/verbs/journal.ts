/** `journal close` and `journal checked`: an administrator's word about a log that was rolled back or restored. */
import { systemClock } from '@salus/base/clock'
import { endJournal, sayChecked } from '@salus/node-app/evidence'
import { misuse } from '../errors.ts'
import { foundedFolder } from '../host.ts'
import type { Verb } from '../verb.ts'

const close: Verb = {
  name: 'journal close',
  options: [],
  words: {
    en: 'close this node’s journal for good (the node must be stopped)',
    fr: 'fermer définitivement le journal de ce nœud (nœud arrêté)',
  },
  more: {
    en: `For a log that was rolled back and whose newest data are lost. It is written down in the data folder; nothing is served from it
any more, and there is no way back. A new journal needs a new name: this version cannot found one yet.`,
    fr: `Pour un journal revenu en arrière dont les données récentes sont perdues. C’est inscrit dans le dossier de données ; il ne sert
plus rien, sans retour possible. Un nouveau journal demande un autre nom : cette version ne sait pas encore en fonder un.`,
  },
  async run(_, screen) {
    const dir = foundedFolder()
    const french = screen.language === 'fr'
    const typed = await screen.ask(
      french
        ? 'Pour le fermer définitivement, tapez le nom du journal :'
        : 'To close it for good, type the journal’s name:',
    )
    const ended = await endJournal(dir, typed, systemClock())
    if (!ended) {
      throw misuse({ en: 'That is not this journal’s name.', fr: 'Ce n’est pas le nom de ce journal.' })
    }
    screen.say(french ? `Fermé à ${ended.size} entrées.` : `Closed at ${ended.size} entries.`)
    return { size: ended.size }
  },
}

const checked: Verb = {
  name: 'journal checked',
  options: [],
  words: {
    en: 'say of a restored node that nothing later exists',
    fr: 'dire d’un nœud restauré que rien de plus récent n’existe',
  },
  async run(_, screen) {
    const was = sayChecked(foundedFolder())
    const said = was
      ? { en: 'Noted: the node no longer calls itself restored.', fr: 'Noté : le nœud ne se dit plus restauré.' }
      : { en: 'This node was not restored.', fr: 'Ce nœud n’a pas été restauré.' }
    screen.say(said[screen.language])
    return { restored: was }
  },
}

export const journalVerbs: readonly Verb[] = [close, checked]
