/** `salus import`: FHIR files at the desk. */
import { AppError } from '@salus/base/errors'
import { readFhirFile } from '@salus/fhir/file'
import { createValidator } from '@salus/fhir/validate'
import { categoryWords } from '@salus/ui/vocabulary'
import { openDeskStore } from '../desk.store.ts'
import { type ImportCounts, importResources } from '../import.ts'
import { openDesk } from '../people.ts'
import { option, required, type Screen, type Verb } from '../verb.ts'

const sum = (table: Record<string, number>) => Object.values(table).reduce((a, b) => a + b, 0)

/** In and out, per type: what went in must be accounted for. */
function sayCounts(counts: ImportCounts, screen: Screen): void {
  const fr = screen.language === 'fr'
  const types = Object.keys(counts.read).sort()
  screen.say(
    fr
      ? 'type                        lus   déposés   nouvelles versions   inchangés'
      : 'type                        in    deposited   new versions   unchanged',
  )
  for (const type of types) {
    const cells = [counts.read, counts.deposited, counts.versions, counts.unchanged].map((table) =>
      String(table[type] ?? 0),
    )
    screen.say(`${type.padEnd(26)} ${cells.map((cell, i) => cell.padEnd([6, 12, 15, 8][i] ?? 8)).join('')}`)
  }
  for (const [category, count] of Object.entries(counts.categories).sort()) {
    screen.say(`${String(count).padStart(6)}  ${categoryWords[category]?.[screen.language] ?? category}`)
  }
}

export const importVerb: Verb = {
  name: 'import',
  positionals: 'FILE…',
  least: 1,
  options: [
    {
      name: 'device',
      value: 'DIR',
      required: true,
      words: { en: 'folder of the desk’s device', fr: 'dossier de l’appareil du guichet' },
    },
    {
      name: 'org',
      value: 'ORG',
      words: { en: 'organisation (checked against the device)', fr: 'organisation (vérifiée avec l’appareil)' },
    },
  ],
  words: {
    en: 'import FHIR R4 bundles: check, sort, sign, seal, deposit',
    fr: 'importer des bundles FHIR R4 : vérifier, classer, signer, chiffrer, déposer',
  },
  async run(args, screen) {
    const at = await openDesk(required(args, 'device'))
    if (option(args, 'org') && option(args, 'org') !== at.keys.org) throw new AppError('organisation-other')
    const store = openDeskStore(at.store)
    const files = []
    try {
      const validate = await createValidator()
      for (const [i, path] of args.positionals.entries()) {
        const progress = (done: number) => {
          if (done % 50 === 0) screen.progress(`${i + 1}/${args.positionals.length}: ${done}`)
        }
        const counts = await importResources({ at, store, validate, progress }, readFhirFile(path))
        sayCounts(counts, screen)
        files.push({
          file: i + 1,
          in: sum(counts.read),
          out: sum(counts.deposited) + sum(counts.versions) + sum(counts.unchanged),
          ...counts,
        })
      }
    } finally {
      await store.close()
    }
    return { files, in: files.reduce((a, one) => a + one.in, 0), out: files.reduce((a, one) => a + one.out, 0) }
  },
}
