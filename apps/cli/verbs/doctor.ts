/** `doctor`: every check of a stopped node's folder, one line each; what production needs as well, where it is asked for. */
import { AppError } from '@salus/base/errors'
import { type Check, type CheckName, examine } from '@salus/node-app/doctor'
import { checkProduction, type Mode, type ProductionCheck } from '@salus/node-app/production'
import type { Both } from '@salus/ui/language'
import { errorWords } from '@salus/ui/words'
import type { CliCode } from '../errors.ts'
import { foundedFolder, modeFromEnvironment, placesOf } from '../host.ts'
import type { Screen, Verb } from '../verb.ts'

const checkWords: Readonly<Record<CheckName, Both>> = {
  settings: { en: 'settings and keys', fr: 'réglages et clés' },
  left: { en: 'files as the node left them', fr: 'fichiers tels que le nœud les a laissés' },
  sources: { en: 'statements, packets and contents', fr: 'déclarations, paquets et contenus' },
  ledger: { en: 'ledger, from its first block', fr: 'registre, depuis son premier bloc' },
  members: { en: 'member of the ledger, roots of now', fr: 'membre du registre, racines à jour' },
  roots: { en: 'earlier versions of the roots', fr: 'versions antérieures des racines' },
  journal: { en: 'journal, up to the head on the ledger', fr: 'journal, jusqu’à la tête inscrite au registre' },
  views: { en: 'views, against the sources', fr: 'vues, face aux sources' },
  witnesses: { en: 'witnesses, and logs cosigned here', fr: 'témoins, et journaux cosignés ici' },
  space: { en: 'free space', fr: 'espace libre' },
}

const productionWords: Readonly<Record<ProductionCheck['name'], Both>> = {
  founded: { en: 'a founded folder (SALUS_DATA)', fr: 'un dossier fondé (SALUS_DATA)' },
  demonstration: { en: 'no demonstration in the folder', fr: 'pas de démonstration dans le dossier' },
  transport: {
    en: 'TLS (SALUS_TLS_CERT, SALUS_TLS_KEY) or a proxy in front (SALUS_PROXY=declared)',
    fr: 'TLS (SALUS_TLS_CERT, SALUS_TLS_KEY) ou un proxy devant (SALUS_PROXY=declared)',
  },
  keys: {
    en: 'journal.key, operator.key and witness.key in a folder apart (SALUS_KEYS), not in the data folder',
    fr: 'journal.key, operator.key et witness.key dans un dossier à part (SALUS_KEYS), pas dans celui des données',
  },
  'key-modes': {
    en: 'keys that nobody else may read (mode 0600)',
    fr: 'des clés que personne d’autre ne peut lire (mode 0600)',
  },
  erased: {
    en: 'memory of erasures outside the data folder (SALUS_ERASED)',
    fr: 'mémoire des effacements hors du dossier de données (SALUS_ERASED)',
  },
}

const verdict = (ok: boolean, { language }: Screen): string => (ok ? 'ok' : language === 'fr' ? 'MANQUE' : 'MISSING')

/** What production needs, one line each. */
export function sayProduction(mode: Mode, screen: Screen): ProductionCheck[] {
  const checks = checkProduction(mode)
  for (const { name, ok } of checks)
    screen.say(`${verdict(ok, screen).padEnd(8)} ${productionWords[name][screen.language]}`)
  return checks
}

function sayCheck({ name, ok, code, facts }: Check, screen: Screen): void {
  const counted = Object.entries(facts).map(([key, value]) => `${key} ${value}`)
  const known = ok ? '' : ` — ${errorWords(code ?? '', screen.language).title}`
  const told = code === undefined && !ok ? '' : known
  screen.say(
    `${verdict(ok, screen).padEnd(8)} ${checkWords[name][screen.language]} (${counted.join(', ') || '-'})${told}`,
  )
}

export const doctor: Verb = {
  name: 'doctor',
  options: [],
  words: { en: 'check the data folder (the node must be stopped)', fr: 'vérifier le dossier de données (nœud arrêté)' },
  more: {
    en: 'Prints each check with ok or MISSING, and exits 1 when something is missing. With SALUS_MODE=production, also what that needs.',
    fr: 'Affiche chaque contrôle avec ok ou MANQUE, et sort avec 1 si quelque chose manque. Avec SALUS_MODE=production, aussi ce qu’il y faut.',
  },
  async run(_, screen) {
    const mode = modeFromEnvironment()
    foundedFolder()
    const checks = await examine(placesOf(mode))
    for (const one of checks) sayCheck(one, screen)
    const needed = mode.production ? sayProduction(mode, screen) : []
    const missing = [...checks, ...needed].filter((one) => !one.ok)
    const named = Object.fromEntries(
      missing.map((one) => [one.name, 'code' in one ? (one.code ?? 'missing') : 'missing']),
    )
    if (missing.length > 0) throw new AppError<CliCode>('checks-failed', named)
    return { checks, production: needed }
  },
}
