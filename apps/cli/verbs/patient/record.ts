/** One’s own record: who opened it, what it holds, hiding, leaving. */

import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { orgName } from '@salus/directory/consortium'
import { resourceOf } from '@salus/fhir/exact'
import { exactBundle } from '@salus/fhir/write'
import { eraseEverywhere } from '@salus/records/device/circle'
import { type BrokenRecord, brokenOf, exportOwn, unopened } from '@salus/records/device/export'
import { createParties, logAsFhir } from '@salus/records/device/fhir'
import { hide, type Kept, openOwn, type PatientDevice, suiteOfRecords, whatStays } from '@salus/records/device/patient'
import type { Language } from '@salus/ui/language'
import { categoryWords, holdWords, statementWords } from '@salus/ui/vocabulary'
import { openDevice } from '../../device.ts'
import { misuse, withHint } from '../../errors.ts'
import { checkWritable, writeOutput } from '../../files.ts'
import { ERASED, type Erased, openPatient } from '../../people.ts'
import { titleOf } from '../../title.ts'
import { option, required, type Screen, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { reviewNote } from '../emergency/patient.ts'
import { questionNote, sayAnswers } from '../questions.ts'
import { sayStop } from './circle.ts'
import { device, fhirOption, forOption, synced, writeFhir } from './shared.ts'

/** What this device saw of witnesses that did not come in time, and what that is worth to others. */
function sayMissed(missed: readonly { late?: true }[], { language, say }: Screen): void {
  if (missed.length === 0) return
  const late = missed.filter((one) => one.late).length
  if (language === 'fr') {
    say(`Attention : ${missed.length} entrée(s) sans témoin dans le délai (dont ${late} attestée(s) trop tard).`)
    say('Cet appareil l’a constaté ; cela ne prouve rien à d’autres. Faites redemander ces reçus au nœud devant eux.')
  } else {
    say(`Attention: ${missed.length} entries without a witness within their time (${late} witnessed too late).`)
    say('This device has seen so; to others it proves nothing. Have the node asked for these receipts before them.')
  }
}

export const log: Verb = {
  name: 'patient log',
  options: [
    device,
    forOption,
    fhirOption({ en: 'write it as FHIR AuditEvents too', fr: 'l’écrire aussi sous forme d’AuditEvent FHIR' }),
  ],
  words: { en: 'who asked, who opened what, when', fr: 'qui a demandé, qui a ouvert quoi, quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const { language } = screen
    const parties = createParties(patient)
    const you = language === 'fr' ? 'vous' : 'you'
    const entries = []
    const lines: { text: string; times: number }[] = []
    for (const line of patient.book.log) {
      const own = patient.keys.by ?? patient.keys.handle
      const who = line.by ?? line.who
      const name = who === own ? you : ((await parties(who)).name ?? who)
      entries.push({ ...line, name })
      const words = statementWords[line.type]?.[language] ?? line.type
      const count = line.count ? ` (${line.count})` : reviewNote(patient, line, language)
      const said = `${day(line.at, language)}  ${name}  ${words}${count}${questionNote(patient, line, language)}`
      // An import of a thousand documents is one line to a reader; --json lists each.
      const last = lines.at(-1)
      if (last?.text === said) last.times++
      else lines.push({ text: said, times: 1 })
    }
    for (const one of lines) screen.say(one.times > 1 ? `${one.text} × ${one.times}` : one.text)
    const missed = (patient.book.unwitnessed ?? []).filter((one) => one.missed)
    sayMissed(missed, screen)
    const answers = await sayAnswers(patient, screen)
    const file = option(args, 'fhir')
    if (file) {
      const { base } = await openDevice(required(args, 'device'), 'patient')
      await writeFhir(file, await logAsFhir(patient, base, parties))
      screen.say(language === 'fr' ? `Journal écrit dans ${file}` : `Log written to ${file}`)
    }
    const questions = Object.values(patient.book.questions ?? {})
    return { entries, missed, questions, answers, chain: patient.book.chain.number, ...(file ? { file } : {}) }
  },
}

export const record: Verb = {
  name: 'patient record',
  options: [device, forOption],
  words: { en: 'one’s own record, opened here', fr: 'son propre dossier, ouvert ici' },
  async run(args, screen) {
    const patient = await synced(args)
    const out = []
    const broken: BrokenRecord[] = []
    const suiteOf = suiteOfRecords(patient)
    for await (const { own, fhir } of openOwn(patient)) {
      const resource = resourceOf(fhir)
      if (!resource) {
        broken.push(brokenOf(own, 'not-fhir'))
        continue
      }
      const category = categoryWords[own.compartment]?.[screen.language]
      const title = titleOf(resource, screen.language)
      screen.say(`${own.record}  ${category}  ${title}  (${day(own.at, screen.language)})`)
      out.push({
        record: own.record,
        version: own.version,
        category: own.category,
        compartment: own.compartment,
        suite: suiteOf(own) ?? null,
        resource,
      })
    }
    broken.push(...unopened(patient.book))
    sayBroken(broken, screen)
    const old = out.filter((one) => one.suite !== null && one.suite < patient.link.suite).length
    if (old > 0) screen.say(oldSuiteWords(old, screen.language))
    return { records: out, broken }
  },
}

/** What was sealed before the consortium moved to a stronger suite could have been kept by somebody since. */
const oldSuiteWords = (count: number, language: Language): string =>
  language === 'fr'
    ? `${count} document(s) ont d’abord été scellés dans la suite 1, et le restent pour qui en aurait gardé copie.`
    : `${count} document(s) were first sealed in suite 1, and stay so for whoever kept a copy.`

/** What a person has and cannot see is told, with whom to ask. */
function sayBroken(broken: readonly BrokenRecord[], { language, say }: Screen): void {
  if (broken.length === 0) return
  say(
    language === 'fr'
      ? `${broken.length} document(s) ne s’ouvrent pas ou ne prouvent pas leur auteur ; demandez-les à nouveau à qui les a déposés :`
      : `${broken.length} record(s) do not open or do not prove their author; ask whoever filed them to file them again:`,
  )
  for (const { record, category, at, author } of broken) {
    say(`  ${record}  ${categoryWords[category]?.[language]}  ${day(at, language)}  ${author}`)
  }
}

export const hideVerb: Verb = {
  name: 'patient hide',
  positionals: 'RECORD…',
  least: 1,
  options: [device],
  words: { en: 'never give these by category again', fr: 'ne plus jamais les donner par catégorie' },
  async run(args, screen) {
    const patient = await synced(args)
    const known = new Set(Object.values(patient.book.records).map((one) => one.record))
    const wrong = args.positionals.find((one) => !known.has(one))
    if (wrong !== undefined) {
      const hint = {
        en: `“${wrong}” is none of yours; nothing was hidden.`,
        fr: `« ${wrong} » n’est pas des vôtres ; rien n’a été masqué.`,
      }
      throw withHint(new AppError('record-unknown'), hint)
    }
    await hide(patient, args.positionals)
    screen.say(screen.language === 'fr' ? 'Masqué.' : 'Hidden.')
    return { hidden: args.positionals }
  },
}

export const exportVerb: Verb = {
  name: 'patient export',
  options: [
    device,
    { name: 'out', value: 'FILE', words: { en: 'where to (salus-export.json)', fr: 'vers (salus-export.json)' } },
  ],
  words: { en: 'everything, as FHIR, with its proofs', fr: 'tout, en FHIR, avec les preuves' },
  async run(args, screen) {
    const out = option(args, 'out') ?? 'salus-export.json'
    await checkWritable(out)
    const patient = await openPatient(required(args, 'device'))
    const at = new Date().toISOString()
    const file = await exportOwn(
      patient,
      (records) => exactBundle(records, { timestamp: at }),
      (done) => screen.progress(`${done}`),
    )
    await writeOutput(out, `${JSON.stringify(file)}\n`)
    screen.say(
      screen.language === 'fr'
        ? `${file.records.length} versions écrites dans ${out}`
        : `${file.records.length} versions written to ${out}`,
    )
    const { broken = [] } = file
    sayBroken(broken, screen)
    return { file: out, records: file.records.length, broken }
  },
}

/** One hold, as a person reads it: who keeps how much, why, until when. */
function stayWords({ org, reason, until, versions }: Kept, { link }: PatientDevice, language: Language): string {
  const who = orgName(link.roots, org) ?? org
  const why = holdWords[reason]?.[language] ?? reason
  const when = day(until, language)
  return language === 'fr'
    ? `Reste : ${versions} document(s) que ${who} doit conserver jusqu’au ${when}, puis s’efface : ${why}.`
    : `Stays: ${versions} document(s) that ${who} must keep until ${when}, erased after that: ${why}.`
}

export const eraseVerb: Verb = {
  name: 'patient erase',
  options: [device, { name: 'out', value: 'FILE', words: { en: 'where the receipt goes', fr: 'où va le reçu' } }],
  words: { en: 'erase everything the node holds about you', fr: 'effacer tout ce que le nœud détient sur vous' },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const out = option(args, 'out') ?? join(required(args, 'device'), 'erasure-receipt.json')
    await checkWritable(out)
    const patient = await openPatient(required(args, 'device'))
    const stays = await whatStays(patient)
    for (const one of stays) screen.say(stayWords(one, patient, screen.language))
    const word = fr ? 'EFFACER' : 'ERASE'
    const typed = await screen.ask(
      fr ? `Ceci ne se défait pas. Tapez ${word} :` : `This cannot be undone. Type ${word}:`,
    )
    if (typed.trim() !== word) {
      throw misuse({
        en: 'The word was another one; nothing was erased.',
        fr: 'Le mot était un autre ; rien n’a été effacé.',
      })
    }
    // Kept first: whatever happens on the way, this device can say what became of the record.
    const folder = await openDevice(required(args, 'device'), 'patient')
    await folder.write(ERASED, { done: false })
    const { kept, stop, ...proof } = await eraseEverywhere(patient, (one) =>
      folder.write(ERASED, { done: true, stop: one } satisfies Erased),
    )
    await writeOutput(out, `${JSON.stringify(proof)}\n`)
    if (kept.length > 0)
      screen.say(fr ? `Effacé, sauf ce qui reste. Reçu : ${out}` : `Erased, but for what stays. Receipt: ${out}`)
    else screen.say(fr ? `Tout est effacé. Reçu : ${out}` : `Everything is erased. Receipt: ${out}`)
    sayStop(stop, patient.link, screen)
    return { receipt: out, kept, stores: stop.stores }
  },
}
