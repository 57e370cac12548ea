/** `erasures lost`: an administrator's word about a memory of erasures whose end is gone for good (N11). */
import { acceptMissing, countMissing } from '@salus/node-app/erased'
import { misuse } from '../errors.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import type { Verb } from '../verb.ts'

const lost: Verb = {
  name: 'erasures lost',
  options: [],
  words: {
    en: 'say that the newest memory of erasures is lost for good (the node must be stopped)',
    fr: 'dire que la mémoire des effacements la plus récente est perdue (nœud arrêté)',
  },
  more: {
    en: `For a node that does not start because SALUS_ERASED is shorter than its data has seen it, and no newer copy exists. Whoever stands
in the lines that are missing is erased from these data; from a backup made before the erasure he or she comes back. Destroy those
backups first. Data that were just put back from such a backup hold these people already: do not go on with them.`,
    fr: `Pour un nœud qui ne démarre pas parce que SALUS_ERASED est plus courte que ses données ne l’ont connue, sans copie plus récente. Les
personnes des lignes manquantes sont effacées de ces données ; une sauvegarde faite avant l’effacement les ferait revenir. Détruisez
d’abord ces sauvegardes. Des données tout juste reprises d’une telle sauvegarde les contiennent déjà : ne continuez pas avec elles.`,
  },
  async run(_, screen) {
    const dir = foundedFolder()
    const places = { dir, erased: placesOf(modeFromEnvironment()).erased }
    const french = screen.language === 'fr'
    const missing = await countMissing(places)
    if (missing === 0) {
      screen.say(french ? 'Rien ne manque à cette mémoire.' : 'Nothing is missing from this memory.')
      return { missing }
    }
    const typed = await screen.ask(
      french
        ? `Il en manque ${missing}. Les sauvegardes plus anciennes feraient revenir ces personnes. Pour continuer, tapez ce nombre :`
        : `${missing} are missing. Older backups would bring these people back. To go on without them, type that number:`,
    )
    if (typed.trim() !== String(missing)) {
      throw misuse({ en: 'That is not the number that is missing.', fr: 'Ce n’est pas le nombre qui manque.' })
    }
    await acceptMissing(places)
    screen.say(
      french
        ? 'Noté. Détruisez toute sauvegarde faite avant aujourd’hui.'
        : 'Noted. Destroy every backup that was made before today.',
    )
    return { missing }
  },
}

export const erasureVerbs: readonly Verb[] = [lost]
