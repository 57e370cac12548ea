/** The patient's verbs. Each opens the device, syncs, acts, saves. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBase64url } from '@salus/base/bytes'
import { isCategory } from '@salus/base/categories'
import { systemRandom } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { newRecoveryCode, wrapWithCode } from '@salus/crypto/keychain'
import { beginClaim, collectClaim, finishClaim, type PendingClaim } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { toBundle } from '@salus/fhir/write'
import { refusals } from '@salus/grants/contract'
import { exportOwn } from '@salus/records/device/export'
import { standingGrants } from '@salus/records/device/own'
import {
  approve,
  erase,
  hide,
  openOwn,
  type PatientDevice,
  sync,
  takeBack,
  turnDown,
  whoAsks,
} from '@salus/records/device/patient'
import { categoryWords, professionWords, purposeWords, statementWords } from '@salus/ui/vocabulary'
import { nodeAddress } from '../address.ts'
import { type Device, isDevice, makeDevice, openDevice, plainLink, reachOf } from '../device.ts'
import { openPatient } from '../people.ts'
import { type Arguments, list, type Option, option, required, type Screen, untilSeconds, type Verb } from '../verb.ts'
import { day, names } from '../words.ts'

const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the patient’s device', fr: 'dossier de l’appareil du patient' },
}
const nodeOption: Option = {
  ...{ name: 'node', value: 'URL' },
  words: { en: 'address of the node (first time only)', fr: 'adresse du nœud (première fois seulement)' },
}

async function synced(args: Arguments): Promise<PatientDevice> {
  const patient = await openPatient(required(args, 'device'))
  await sync(patient)
  return patient
}

async function waitForDesk(folder: Device, pending: PendingClaim, screen: Screen, minutes: number) {
  const link = plainLink(folder)
  const end = Date.now() + minutes * 60_000
  for (;;) {
    const approved = await collectClaim(link, pending)
    if (approved) return approved
    if (Date.now() >= end) throw new AppError('claim-waiting')
    screen.progress(screen.language === 'fr' ? 'en attente du guichet…' : 'waiting for the desk…')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

const claim: Verb = {
  name: 'patient claim',
  options: [
    device,
    nodeOption,
    {
      name: 'wait',
      value: 'MINUTES',
      words: { en: 'how long to wait for the desk (10)', fr: 'durée d’attente du guichet (10)' },
    },
  ],
  words: {
    en: 'claim the record with the one-time code from the desk (asked for, never an argument)',
    fr: 'prendre son dossier avec le code unique du guichet (demandé, jamais en argument)',
  },
  async run(args, screen) {
    const dir = required(args, 'device')
    const fr = screen.language === 'fr'
    const folder = isDevice(dir)
      ? await openDevice(dir, 'patient')
      : await makeDevice(dir, 'patient', reachOf({ base: nodeAddress(option(args, 'node')) }))
    if (await folder.read('keys')) throw new AppError('device-exists')
    let pending = await folder.read<PendingClaim>('claim')
    if (!pending) {
      const code = await screen.ask(fr ? 'Code du guichet :' : 'Code from the desk:')
      pending = await beginClaim(plainLink(folder), code)
      await folder.write('claim', pending)
    }
    const shown = fingerprint(pending.device.publicKey)
    screen.say(fr ? `Lisez cette empreinte au guichet : ${shown}` : `Read this fingerprint to the desk: ${shown}`)
    const approved = await waitForDesk(folder, pending, screen, Number(option(args, 'wait') ?? '10'))
    const keys = await finishClaim(plainLink(folder), pending, approved, (made) => folder.write('keys', made))
    const master = fromBase64url((await readFile(join(dir, 'master.key'), 'utf8')).trim())
    const recovery = newRecoveryCode(systemRandom)
    await writeFile(join(dir, 'recovery.jwe'), `${await wrapWithCode(master, recovery, systemRandom)}\n`, {
      mode: 0o600,
    })
    await sync(await openPatient(dir))
    screen.say(fr ? 'Le dossier est à vous.' : 'The record is yours.')
    screen.say(
      fr ? `Code de secours, à garder hors ligne : ${recovery}` : `Recovery code, keep it offline: ${recovery}`,
    )
    return { handle: keys.handle, fingerprint: shown, recovery }
  },
}

const inbox: Verb = {
  name: 'patient inbox',
  options: [device],
  words: { en: 'who asks for what, why and until when', fr: 'qui demande quoi, pourquoi et jusqu’à quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const fr = screen.language === 'fr'
    const out = []
    for (const request of Object.values(patient.book.requests).filter((one) => one.status === 'waiting')) {
      const { asker, reader } = await whoAsks(patient, request)
      const credential = asker.credentials[0]
      const who = `${credential?.name ?? '?'}, ${credential ? professionWords[credential.profession]?.[screen.language] : '?'}`
      const team = request.team ? ` (${reader.keyring.name})` : ''
      screen.say(`${request.id}`)
      const org = patient.link.roots.organisations.find((one) => one.org === asker.keyring.org)
      screen.say(`  ${who}${team}, ${org?.name ?? asker.keyring.org}`)
      screen.say(
        `  ${fr ? 'demande' : 'asks for'}: ${names(request.categories, categoryWords, screen.language) || `${request.records.length} ${fr ? 'document(s)' : 'document(s)'}`}`,
      )
      screen.say(
        `  ${fr ? 'pour' : 'for'}: ${purposeWords[request.purpose]?.[screen.language]} · ${fr ? 'jusqu’au' : 'until'} ${day(request.until, screen.language)}`,
      )
      out.push({ ...request, name: credential?.name, profession: credential?.profession, org: asker.keyring.org })
    }
    if (out.length === 0) screen.say(fr ? 'Personne n’attend de réponse.' : 'Nobody waits for an answer.')
    return { requests: out }
  },
}

const requestPositional = { positionals: 'ID', least: 1 } as const

const approveVerb: Verb = {
  name: 'patient approve',
  ...requestPositional,
  options: [
    device,
    { name: 'only', value: 'CATEGORY,…', words: { en: 'only these categories', fr: 'seulement ces catégories' } },
    { name: 'records', value: 'ID,…', words: { en: 'only these records', fr: 'seulement ces documents' } },
    {
      name: 'standing',
      words: { en: 'what comes later too, until the end', fr: 'aussi ce qui viendra, jusqu’à la fin' },
    },
    { name: 'until', value: '24h', words: { en: 'a shorter time', fr: 'une durée plus courte' } },
  ],
  words: { en: 'give what was asked, or a part of it', fr: 'accorder ce qui est demandé, ou une partie' },
  async run(args, screen) {
    const patient = await openPatient(required(args, 'device'))
    const only = list(args, 'only')
    if (!only.every(isCategory)) throw new AppError('misuse')
    const records = list(args, 'records')
    const until = option(args, 'until') && untilSeconds(option(args, 'until') ?? '', Math.floor(Date.now() / 1000))
    if (until === undefined && option(args, 'until')) throw new AppError('misuse')
    const given = await approve(patient, args.positionals[0] ?? '', {
      ...(only.length > 0 ? { only } : {}),
      ...(records.length > 0 ? { records } : {}),
      ...(until ? { until } : {}),
      standing: args.options.standing === true,
    })
    screen.say(screen.language === 'fr' ? `Accordé : ${given.grant}` : `Given: ${given.grant}`)
    const { grant, categories, receipts, statement } = given
    return {
      grant,
      categories,
      records: given.records,
      until: given.until,
      statement,
      receipt: receipts[0],
      signer: await patient.link.call(directoryEndpoints.me),
    }
  },
}

const refuseVerb: Verb = {
  name: 'patient refuse',
  ...requestPositional,
  options: [
    device,
    {
      name: 'reason',
      value: 'WORD',
      words: { en: `one of ${refusals.join(', ')}`, fr: `parmi ${refusals.join(', ')}` },
    },
  ],
  words: { en: 'say no', fr: 'dire non' },
  async run(args, screen) {
    const reason = option(args, 'reason') ?? 'no-reason'
    if (!(refusals as readonly string[]).includes(reason)) throw new AppError('misuse')
    const receipt = await turnDown(await openPatient(required(args, 'device')), args.positionals[0] ?? '', reason)
    screen.say(screen.language === 'fr' ? 'Refusé.' : 'Refused.')
    return { request: args.positionals[0], receipt }
  },
}

const grants: Verb = {
  name: 'patient grants',
  options: [device],
  words: { en: 'what stands, for whom, until when', fr: 'ce qui est accordé, à qui, jusqu’à quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const standing = standingGrants(patient.book, Math.floor(Date.now() / 1000))
    for (const one of standing) {
      const { keyring, credentials } = await findKeyring(patient.link, one.reader)
      const kind = one.standing ? { en: 'standing', fr: 'durable' } : { en: 'one-off', fr: 'ponctuel' }
      screen.say(
        `${one.id}  ${credentials[0]?.name ?? keyring.name}  ${kind[screen.language]}  ${day(one.until, screen.language)}`,
      )
      screen.say(`  ${names(one.categories, categoryWords, screen.language) || `${one.records.length} document(s)`}`)
    }
    if (standing.length === 0) screen.say(screen.language === 'fr' ? 'Rien n’est accordé.' : 'Nothing is given.')
    return { grants: standing }
  },
}

const revokeVerb: Verb = {
  name: 'patient revoke',
  ...requestPositional,
  options: [device],
  words: { en: 'take a permission back', fr: 'retirer une autorisation' },
  async run(args, screen) {
    const { receipt, opened } = await takeBack(await openPatient(required(args, 'device')), args.positionals[0] ?? '')
    const count = new Set(opened.flatMap((one) => one.records ?? [])).size
    screen.say(
      screen.language === 'fr'
        ? `Retiré. Plus rien ne sera ouvert ; ${count} document(s) déjà lus ne peuvent pas être « repris ».`
        : `Taken back. Nothing more will open; ${count} document(s) already read cannot be unread.`,
    )
    return { grant: args.positionals[0], alreadyRead: count, receipt }
  },
}

const log: Verb = {
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

const record: Verb = {
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

const hideVerb: Verb = {
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

const exportVerb: Verb = {
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

const eraseVerb: Verb = {
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

export const patientVerbs: readonly Verb[] = [
  ...[claim, inbox, approveVerb, refuseVerb, grants, revokeVerb, log, record, hideVerb, exportVerb, eraseVerb],
]
