/** `salus import`: FHIR files at the desk. */
import { AppError, isAppError } from '@salus/base/errors'
import type { SourceResource } from '@salus/fhir/contract'
import { readFhirFile } from '@salus/fhir/file'
import { createValidator } from '@salus/fhir/validate'
import { categoryWords } from '@salus/ui/vocabulary'
import { openDeskStore } from '../desk.store.ts'
import { hintOf } from '../errors.ts'
import { type ImportCounts, importResources } from '../import.ts'
import { openDesk } from '../people.ts'
import { placed, saying } from '../place.ts'
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
  sayRest(counts, screen)
}

const kinds = (table: Record<string, number>) =>
  Object.entries(table)
    .sort()
    .map(([type, count]) => `${count} ${type}`)
    .join(', ')

/** What needs a person's eye: nothing is set aside or filed elsewhere in silence. */
function sayRest({ setAside, fallback, patients, newPatients, matched }: ImportCounts, screen: Screen): void {
  const fr = screen.language === 'fr'
  if (sum(setAside) > 0) {
    const why = fr
      ? 'mis de côté, car ne concernant aucun patient, ou plusieurs :'
      : 'set aside, being about no patient, or about several:'
    screen.say(`${why} ${kinds(setAside)}`)
  }
  if (sum(fallback) > 0) {
    const why = fr
      ? 'classés avec les documents, car aucune autre catégorie ne convient :'
      : 'filed with the documents, since no other category fits:'
    screen.say(`${why} ${kinds(fallback)}`)
  }
  screen.say(
    fr
      ? `patients : ${patients}, dont ${newPatients.length} nouveau(x) et ${matched.length} retrouvé(s) par un identifiant`
      : `patients: ${patients}, of whom ${newPatients.length} new and ${matched.length} found by an identifier`,
  )
  for (const handle of newPatients) screen.say(`  ${handle}`)
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
    const store = openDeskStore(at)
    const files: (ImportCounts & { file: number; in: number; out: number; aside: number })[] = []
    try {
      const validate = await createValidator()
      for (const [i, path] of args.positionals.entries()) {
        const progress = (done: number) => {
          if (done % 50 === 0) screen.progress(`${i + 1}/${args.positionals.length}: ${done}`)
        }
        const file = args.positionals.length > 1 ? i + 1 : undefined
        const check = (source: SourceResource) => saying(source, file, () => validate(source.resource))
        const counts = await importResources({ at, store, validate: check, progress }, readFhirFile(path)).catch(
          (error) => {
            throw isAppError(error) && !hintOf(error) ? placed(error, file) : error
          },
        )
        sayCounts(counts, screen)
        files.push({
          file: i + 1,
          in: sum(counts.read),
          out: sum(counts.deposited) + sum(counts.versions) + sum(counts.unchanged),
          aside: sum(counts.setAside),
          ...counts,
        })
      }
    } finally {
      await store.close()
    }
    const total = (of: (one: (typeof files)[number]) => number) => files.reduce((all, one) => all + of(one), 0)
    return { files, in: total((one) => one.in), out: total((one) => one.out), aside: total((one) => one.aside) }
  },
}
