/** One’s own record: who opened it, what it holds, hiding, leaving. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '@salus/base/errors'
import { findKeyring } from '@salus/directory/device/verify'
import { toBundle } from '@salus/fhir/write'
import { exportOwn } from '@salus/records/device/export'
import { erase, hide, openOwn, type PatientDevice } from '@salus/records/device/patient'
import { categoryWords, statementWords } from '@salus/ui/vocabulary'
import { openPatient } from '../../people.ts'
import { option, required, type Verb } from '../../verb.ts'
import { day } from '../../words.ts'
import { device, synced } from './shared.ts'

export const log: Verb = {
  name: 'patient log',
  options: [device],
  words: { en: 'who asked, who opened what, when', fr: 'qui a demandé, qui a ouvert quoi, quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const known = new Map<string, string>([[patient.keys.handle, screen.language === 'fr' ? 'vous' : 'you']])
    const lines: { text: string; times: number }[] = []
    for (const line of patient.book.log) {
      if (!known.has(line.who)) known.set(line.who, await nameOf(patient, line.who))
      const words = statementWords[line.type]?.[screen.language] ?? line.type
      const count = line.count ? ` (${line.count})` : ''
      const text = `${day(line.at, screen.language)}  ${known.get(line.who)}  ${words}${count}`
      // An import of a thousand documents is one line to a reader; --json lists each.
      const last = lines.at(-1)
      if (last?.text === text) last.times++
      else lines.push({ text, times: 1 })
    }
    for (const { text, times } of lines) screen.say(times > 1 ? `${text} × ${times}` : text)
    return {
      entries: patient.book.log.map((line) => ({ ...line, name: known.get(line.who) })),
      chain: patient.book.chain.number,
    }
  },
}

async function nameOf(patient: PatientDevice, who: string): Promise<string> {
  const org = patient.link.roots.organisations.find((one) => one.org === who)
  if (org) return org.name
  if (!/^[0-9A-Z]{26}$/.test(who)) return who
  const { keyring, credentials } = await findKeyring(patient.link, who)
  return credentials[0]?.name ?? keyring.name ?? who
}

export const record: Verb = {
  name: 'patient record',
  options: [device],
  words: { en: 'one’s own record, opened here', fr: 'son propre dossier, ouvert ici' },
  async run(args, screen) {
    const patient = await synced(args)
    const out = []
    for await (const { own, fhir } of openOwn(patient)) {
      const resource = JSON.parse(fhir) as { resourceType: string }
      screen.say(
        `${own.record}  ${categoryWords[own.compartment]?.[screen.language]}  ${resource.resourceType}  ${day(own.at, screen.language)}`,
      )
      out.push({
        record: own.record,
        version: own.version,
        category: own.category,
        compartment: own.compartment,
        resource,
      })
    }
    return { records: out }
  },
}

export const hideVerb: Verb = {
  name: 'patient hide',
  positionals: 'RECORD…',
  least: 1,
  options: [device],
  words: { en: 'never give these by category again', fr: 'ne plus jamais les donner par catégorie' },
  async run(args, screen) {
    const patient = await synced(args)
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
    const patient = await openPatient(required(args, 'device'))
    const out = option(args, 'out') ?? 'salus-export.json'
    const at = new Date().toISOString()
    const file = await exportOwn(
      patient,
      (resources) => toBundle(resources as never, { timestamp: at }),
      (done) => screen.progress(`${done}`),
    )
    await writeFile(out, `${JSON.stringify(file)}\n`, { mode: 0o600 })
    screen.say(
      screen.language === 'fr'
        ? `${file.records.length} versions écrites dans ${out}`
        : `${file.records.length} versions written to ${out}`,
    )
    return { file: out, records: file.records.length }
  },
}

export const eraseVerb: Verb = {
  name: 'patient erase',
  options: [device, { name: 'out', value: 'FILE', words: { en: 'where the receipt goes', fr: 'où va le reçu' } }],
  words: { en: 'erase everything the node holds about you', fr: 'effacer tout ce que le nœud détient sur vous' },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const word = fr ? 'EFFACER' : 'ERASE'
    const typed = await screen.ask(
      fr ? `Ceci ne se défait pas. Tapez ${word} :` : `This cannot be undone. Type ${word}:`,
    )
    if (typed.trim() !== word) throw new AppError('misuse')
    const patient = await openPatient(required(args, 'device'))
    const proof = await erase(patient)
    const out = option(args, 'out') ?? join(required(args, 'device'), 'erasure-receipt.json')
    await writeFile(out, `${JSON.stringify(proof)}\n`, { mode: 0o600 })
    screen.say(fr ? `Tout est effacé. Reçu : ${out}` : `Everything is erased. Receipt: ${out}`)
    return { receipt: out }
  },
}
