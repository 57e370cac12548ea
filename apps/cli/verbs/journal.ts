/** Verbs about logs: one that was rolled back or restored, and those this node cosigns as a witness. */
import { systemClock } from '@salus/base/clock'
import { endJournal, sayChecked } from '@salus/node-app/evidence'
import { type Followed, follow, followedKeys, ownVerifiers, unfollow } from '@salus/node-app/followed'
import type { Both } from '@salus/ui/language'
import { misuse } from '../errors.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
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
any more, and there is no way back. A new journal needs a new name, keys and folder: docs/operations.md, “A closed log”.`,
    fr: `Pour un journal revenu en arrière dont les données récentes sont perdues. C’est inscrit dans le dossier de données ; il ne sert
plus rien, sans retour possible. Un nouveau journal demande un autre nom, d’autres clés, un autre dossier : docs/operations.md.`,
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

/** Why a log is not followed, in words; undefined when it is. */
const refusals: Readonly<Record<Exclude<Followed, 'followed' | 'known'>, Both>> = {
  'no-log': {
    en: 'That is no verifier key of a log: it is shown by salus journal keys, or when the node is founded.',
    fr: 'Ce n’est pas la clé de vérification d’un journal : salus journal keys la montre, ou la fondation du nœud.',
  },
  own: { en: 'That is this node’s own log.', fr: 'C’est le journal de ce nœud même.' },
  rooted: {
    en: 'The roots that every organisation signed name this log: it is cosigned already, under the key they give.',
    fr: 'Les racines signées par chaque organisation nomment ce journal : il est déjà cosigné, sous leur clé.',
  },
  'other-key': {
    en: 'A log of that name is followed under another key: unfollow that one first, if it is closed for good.',
    fr: 'Un journal de ce nom est suivi sous une autre clé : retirez d’abord celui-là, s’il est fermé définitivement.',
  },
  full: { en: 'This node follows as many logs as it can.', fr: 'Ce nœud suit autant de journaux qu’il peut.' },
}

const followVerb: Verb = {
  name: 'journal follow',
  positionals: 'VKEY',
  least: 1,
  options: [],
  words: {
    en: 'cosign another node’s log from the next start on, as its witness',
    fr: 'cosigner le journal d’un autre nœud dès le prochain démarrage, comme témoin',
  },
  async run(args, screen) {
    const dir = foundedFolder()
    const how = await follow(dir, args.positionals[0] ?? '')
    if (how !== 'followed' && how !== 'known') throw misuse(refusals[how])
    const said = {
      followed: { en: 'Noted. It counts from the next start.', fr: 'Noté. Cela compte dès le prochain démarrage.' },
      known: { en: 'This log is followed already.', fr: 'Ce journal est déjà suivi.' },
    }
    screen.say(said[how][screen.language])
    return { followed: await followedKeys(dir) }
  },
}

const unfollowVerb: Verb = {
  name: 'journal unfollow',
  positionals: 'ORIGIN',
  least: 1,
  options: [],
  words: {
    en: 'cosign that log no longer, from the next start on (its name, or its key)',
    fr: 'ne plus cosigner ce journal, dès le prochain démarrage (son nom, ou sa clé)',
  },
  async run(args, screen) {
    const dir = foundedFolder()
    if (!(await unfollow(dir, args.positionals[0] ?? ''))) {
      throw misuse({ en: 'That log is not followed.', fr: 'Ce journal n’est pas suivi.' })
    }
    screen.say(
      screen.language === 'fr'
        ? 'Noté, dès le prochain démarrage. Qui tient ce journal n’aura plus votre cosignature : prévenez-le.'
        : 'Noted, from the next start on. Whoever keeps that log goes without your cosignature: tell them.',
    )
    return { followed: await followedKeys(dir) }
  },
}

const keysVerb: Verb = {
  name: 'journal keys',
  options: [],
  words: {
    en: 'the public keys of this node’s log and of this node as a witness, and the logs it follows',
    fr: 'les clés publiques du journal de ce nœud et de ce nœud comme témoin, et les journaux qu’il suit',
  },
  async run(_, screen) {
    const dir = foundedFolder()
    const fr = screen.language === 'fr'
    const { log, witness } = await ownVerifiers(dir, placesOf(modeFromEnvironment()).keys)
    const followed = await followedKeys(dir)
    screen.say(fr ? `Journal de ce nœud : ${log}` : `This node’s log: ${log}`)
    screen.say(fr ? `Ce nœud comme témoin : ${witness}` : `This node as a witness: ${witness}`)
    for (const one of followed) screen.say(fr ? `Suit : ${one}` : `Follows: ${one}`)
    return { log, witness, followed }
  },
}

export const journalVerbs: readonly Verb[] = [close, checked, keysVerb, followVerb, unfollowVerb]
