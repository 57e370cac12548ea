/** `backup`, `restore`, `upgrade`: a node's data as a folder with digests; its keys apart, and only where they are asked for. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, systemRandom } from '@salus/base/clock'
import { backupNode, restoreNode } from '@salus/node-app/backup'
import { upgradeNode } from '@salus/node-app/upgrade'
import { dataFolder, foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import { type Option, option, type Verb } from '../verb.ts'

const keysOption = (words: Option['words']): Option => ({ name: 'keys', value: 'FILE', words })

const backup: Verb = {
  name: 'backup',
  positionals: 'FOLDER',
  least: 1,
  options: [
    keysOption({
      en: 'also write the node’s own keys into this new file, for its owner alone: keep it apart from the backup',
      fr: 'écrire aussi les clés du nœud dans ce nouveau fichier, pour son propriétaire seul : à garder à part',
    }),
  ],
  words: {
    en: 'copy the node’s data into a new folder, also while it runs',
    fr: 'copier les données du nœud dans un nouveau dossier, même en marche',
  },
  async run(args, screen) {
    foundedFolder()
    const [to = ''] = args.positionals
    const keyFile = option(args, 'keys')
    const { dir, keys } = placesOf(modeFromEnvironment())
    const made = await backupNode({ dir, ...(keys ? { keys } : {}), now: systemClock() }, to, keyFile)
    const french = screen.language === 'fr'
    screen.say(french ? `Sauvegarde faite : ${made.size} entrées.` : `Backup made: ${made.size} entries.`)
    if (keyFile === undefined) {
      screen.say(
        french
          ? 'Elle ne contient pas les clés du nœud : gardez-en une copie ailleurs (--keys FICHIER en fait une).'
          : 'It does not hold the node’s keys: keep a copy of them elsewhere (--keys FILE makes one).',
      )
    } else {
      screen.say(
        french
          ? 'Les clés sont dans le second fichier. Qui l’a peut signer au nom de ce nœud : jamais au même endroit que la sauvegarde.'
          : 'The keys are in the second file. Whoever has it can sign as this node: never keep it where the backup is.',
      )
    }
    return { entries: made.size, files: Object.keys(made.files).length }
  },
}

const restore: Verb = {
  name: 'restore',
  positionals: 'FOLDER',
  least: 1,
  options: [
    keysOption({
      en: 'the node’s keys, as backup --keys wrote them',
      fr: 'les clés du nœud, telles que backup --keys les a écrites',
    }),
  ],
  words: {
    en: 'put a backup into an empty data folder (SALUS_DATA)',
    fr: 'remettre une sauvegarde dans un dossier de données vide (SALUS_DATA)',
  },
  async run(args, screen) {
    const [from = ''] = args.positionals
    const keyFile = option(args, 'keys')
    const { erased, keys } = placesOf(modeFromEnvironment())
    const ports = { dir: dataFolder(), ...(keys ? { keys } : {}), now: systemClock() }
    const made = await restoreNode(from, ports, keyFile)
    const french = screen.language === 'fr'
    screen.say(french ? `Remis en place : ${made.size} entrées.` : `Put back: ${made.size} entries.`)
    if (keyFile !== undefined) {
      const to = keys ?? join(dataFolder(), 'keys')
      screen.say(french ? `Clés du nœud : ${to}` : `The node’s keys: ${to}`)
    }
    screen.say(
      french
        ? 'Ce qui est venu après la sauvegarde manque. Le nœud se dit « restored » jusqu’à ce que des témoins l’aient confirmé, ou que vous le disiez (salus journal checked).'
        : 'What came after the backup is missing. The node calls itself “restored” until witnesses have confirmed it, or you say so (salus journal checked).',
    )
    screen.say(
      french
        ? 'Ce que la loi a fait garder (desk hold) d’une personne effacée depuis la sauvegarde n’y est pas : le démarrage l’efface sans le refaire. Reprenez-le d’une sauvegarde plus récente.'
        : 'What the law had kept (desk hold) of somebody erased since the backup is not in it: the start erases again and makes no such rest. Keep a newer backup for it.',
    )
    if (!existsSync(erased)) {
      screen.say(
        french
          ? 'La mémoire des effacements (SALUS_ERASED) n’est pas là : qui a été effacé depuis la sauvegarde reviendrait. Apportez ce fichier avant de démarrer.'
          : 'The memory of erasures (SALUS_ERASED) is not there: whoever was erased since the backup would come back. Bring that file before you start.',
      )
    }
    if (keyFile === undefined) {
      screen.say(
        french
          ? 'Il faut encore les clés du nœud : dans le dossier keys, ou là où SALUS_KEYS le dit.'
          : 'It still needs the node’s keys: in the folder keys, or where SALUS_KEYS says.',
      )
    }
    return { entries: made.size, erasures: existsSync(erased) }
  },
}

const upgrade: Verb = {
  name: 'upgrade',
  positionals: 'FOLDER',
  least: 1,
  options: [],
  words: {
    en: 'bring the data of an earlier version up to date, after a backup into a new folder (the node must be stopped)',
    fr: 'mettre à jour les données d’une version antérieure, après une sauvegarde dans un nouveau dossier (nœud arrêté)',
  },
  async run(args, screen) {
    foundedFolder()
    const [to = ''] = args.positionals
    const { dir, keys } = placesOf(modeFromEnvironment())
    const done = await upgradeNode({ dir, ...(keys ? { keys } : {}), random: systemRandom, now: systemClock() }, to)
    const french = screen.language === 'fr'
    if (!done) {
      screen.say(french ? 'Les données sont déjà à jour.' : 'The data is up to date already.')
      return { upgraded: false }
    }
    const { from, entries } = done
    if (entries === undefined) {
      screen.say(
        french
          ? 'Créée : la clé avec laquelle ce nœud cosigne (witness.key). Donnez à qui la demandait sa nouvelle clé de témoin.'
          : 'Made: the key with which this node cosigns (witness.key). Give its new witness key to those who named it.',
      )
      return { upgraded: true, ...done }
    }
    screen.say(
      french
        ? `Mis à jour du format ${from} au format ${done.to} : ${entries} entrées. La sauvegarde d’avant reste dans le dossier donné.`
        : `Brought from format ${from} to format ${done.to}: ${entries} entries. The backup from before stays in the folder you named.`,
    )
    return { upgraded: true, ...done }
  },
}

export const backupVerbs: readonly Verb[] = [backup, restore, upgrade]
