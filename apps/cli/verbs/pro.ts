/** The professional's verbs. */
import { readFile, writeFile } from 'node:fs/promises'
import { utf8 } from '@salus/base/bytes'
import { isCategory } from '@salus/base/categories'
import { systemClock } from '@salus/base/clock'
import { AppError } from '@salus/base/errors'
import { parseJson } from '@salus/base/json'
import { checkWith } from '@salus/base/schema'
import { displayName } from '@salus/directory/contract'
import { signerOf } from '@salus/directory/device/patient'
import { enrol } from '@salus/directory/device/professional'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { fingerprint } from '@salus/directory/keyring'
import { professions } from '@salus/directory/matrix'
import { filingOf } from '@salus/fhir/sort'
import { createValidator } from '@salus/fhir/validate'
import { toBundle } from '@salus/fhir/write'
import { purposes } from '@salus/grants/contract'
import { ask } from '@salus/grants/device'
import { grantEndpoints } from '@salus/grants/endpoints'
import { submit } from '@salus/journal/device'
import { deposit } from '@salus/records/device/author'
import { listGranted, type ReadRecord, read } from '@salus/records/device/reader'
import { categoryWords } from '@salus/ui/vocabulary'
import { nodeAddress } from '../address.ts'
import { fetchConsortium, makeDevice, plainLink, reachOf } from '../device.ts'
import { openProfessional } from '../people.ts'
import { handleFrom, list, type Option, option, required, untilSeconds, type Verb } from '../verb.ts'
import { day, names } from '../words.ts'

const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the professional’s device', fr: 'dossier de l’appareil du professionnel' },
}
const patientOption: Option = {
  ...{ name: 'patient', value: 'HANDLE', required: true },
  words: { en: 'the patient', fr: 'le patient' },
}
const nowSeconds = () => Math.floor(systemClock() / 1000)

const init: Verb = {
  name: 'pro init',
  options: [
    device,
    { name: 'org', value: 'ORG', required: true, words: { en: 'organisation', fr: 'organisation' } },
    {
      name: 'role',
      value: 'ROLE',
      words: { en: `one of ${professions.join(', ')}`, fr: `parmi ${professions.join(', ')}` },
    },
    {
      name: 'name',
      value: 'NAME',
      words: {
        en: 'name as patients will see it (asked for when absent)',
        fr: 'nom affiché aux patients (demandé sinon)',
      },
    },
    { name: 'node', value: 'URL', words: { en: 'address of the node', fr: 'adresse du nœud' } },
  ],
  words: {
    en: 'make a professional’s keys; the desk then compares the fingerprint',
    fr: 'créer les clés d’un professionnel ; le guichet compare ensuite l’empreinte',
  },
  async run(args, screen) {
    const fr = screen.language === 'fr'
    const role = option(args, 'role')
    if (role && !(professions as readonly string[]).includes(role)) throw new AppError('misuse')
    const name =
      option(args, 'name') ?? (await screen.ask(fr ? 'Nom affiché aux patients :' : 'Name as patients will see it:'))
    const reach = reachOf({ base: nodeAddress(option(args, 'node')) })
    const consortium = await fetchConsortium(reach)
    // Asked before the folder is made: a typing error leaves nothing behind.
    const org = consortium.roots.organisations.find((one) => one.org === required(args, 'org'))?.org
    if (!org) throw new AppError('organisation-unknown')
    checkWith(displayName, name)
    const folder = await makeDevice(required(args, 'device'), 'professional', reach, consortium)
    const keys = await enrol(plainLink(folder), { org, name }, (made) => folder.write('keys', made))
    const shown = fingerprint(keys.device.publicKey)
    screen.say(fr ? `Identifiant : ${keys.handle}` : `Handle: ${keys.handle}`)
    screen.say(fr ? `Lisez cette empreinte au guichet : ${shown}` : `Read this fingerprint to the desk: ${shown}`)
    return { handle: keys.handle, fingerprint: shown, role }
  },
}

const request: Verb = {
  name: 'pro request',
  options: [
    device,
    patientOption,
    { name: 'categories', value: 'C,…', words: { en: 'categories', fr: 'catégories' } },
    { name: 'records', value: 'ID,…', words: { en: 'single records', fr: 'documents précis' } },
    {
      name: 'purpose',
      value: 'TREAT',
      words: { en: `one of ${purposes.join(', ')}`, fr: `parmi ${purposes.join(', ')}` },
    },
    { name: 'until', value: '24h', words: { en: 'for how long (24h)', fr: 'pour combien de temps (24h)' } },
    {
      name: 'team',
      value: 'HANDLE',
      words: { en: 'for a team one belongs to', fr: 'pour une équipe dont on fait partie' },
    },
  ],
  words: {
    en: 'ask a patient for categories or single records',
    fr: 'demander à un patient des catégories ou des documents',
  },
  async run(args, screen) {
    const pro = await openProfessional(required(args, 'device'))
    const categories = list(args, 'categories')
    const purpose = option(args, 'purpose') ?? 'TREAT'
    const until = untilSeconds(option(args, 'until') ?? '24h', nowSeconds())
    const known = (purposes as readonly string[]).includes(purpose) && categories.every(isCategory)
    if (!known || until === undefined) throw new AppError('misuse')
    const patient = handleFrom(required(args, 'patient'))
    const team = option(args, 'team') ? handleFrom(required(args, 'team')) : undefined
    const reader = (await findKeyring(pro.link, team ?? pro.keys.handle)).keyring
    const wanted = {
      categories,
      records: list(args, 'records'),
      purpose,
      until,
      patient,
      reader,
    }
    const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
    const { id, item } = await ask(pro.link, asker, { ...wanted, ...(team ? { team } : {}) } as never)
    // Kept here: when the answer comes, the node must not say for whom it was asked.
    const sent = (await pro.device.read<Record<string, string>>('requests')) ?? {}
    await pro.device.write('requests', { ...sent, [id]: wanted.patient })
    const [receipt] = await submit(pro.link.call, pro.link.logs, [item])
    screen.say(screen.language === 'fr' ? `Demande envoyée : ${id}` : `Request sent: ${id}`)
    return { request: id, statement: item.statement, receipt, signer: await pro.link.call(directoryEndpoints.me) }
  },
}

const inbox: Verb = {
  name: 'pro inbox',
  options: [device],
  words: { en: 'one’s requests and their answers', fr: 'ses demandes et leurs réponses' },
  async run(args, screen) {
    const pro = await openProfessional(required(args, 'device'))
    const { requests } = await pro.link.call(grantEndpoints.requests)
    const fr = screen.language === 'fr'
    const states = {
      waiting: fr ? 'en attente' : 'waiting',
      granted: fr ? 'accordée' : 'given',
      refused: fr ? 'refusée' : 'refused',
    }
    for (const one of requests) {
      const state = one.grant?.revoked ? (fr ? 'retirée' : 'taken back') : states[one.status]
      const what =
        names(one.body.categories, categoryWords, screen.language) || `${one.body.records.length} document(s)`
      screen.say(`${one.id}  ${state}  ${what}  ${day(one.grant?.until ?? one.body.until, screen.language)}`)
    }
    return { requests }
  },
}

const readVerb: Verb = {
  name: 'pro read',
  positionals: 'REQUEST',
  least: 1,
  options: [
    device,
    { name: 'out', value: 'FILE', words: { en: 'write a FHIR bundle here', fr: 'écrire un bundle FHIR ici' } },
  ],
  words: {
    en: 'open what a request was given; each read is signed and journalled',
    fr: 'ouvrir ce qui a été accordé ; chaque lecture est signée et journalisée',
  },
  async run(args, screen) {
    const pro = await openProfessional(required(args, 'device'))
    const { requests } = await pro.link.call(grantEndpoints.requests)
    const mine = requests.find((one) => one.id === args.positionals[0])
    if (!mine) throw new AppError('request-unknown')
    const asked = (await pro.device.read<Record<string, string>>('requests'))?.[mine.id]
    if (asked !== undefined && asked !== mine.patient) throw new AppError('document-invalid')
    if (!mine.grant) throw new AppError(mine.status === 'refused' ? 'request-refused' : 'request-waiting')
    const rows = await listGranted(pro.link, mine.grant.id)
    const opened: ReadRecord[] = []
    const receipts = []
    let refused = 0
    for await (const page of read(pro.link, await pro.reader(), { id: mine.grant.id, patient: mine.patient }, rows)) {
      opened.push(...page.records)
      refused += page.refused.length
      receipts.push({ statement: page.statement, receipt: page.receipt })
      screen.progress(`${opened.length}/${rows.length}`)
    }
    const counts: Record<string, number> = {}
    for (const one of opened) counts[one.row.compartment] = (counts[one.row.compartment] ?? 0) + 1
    for (const [category, count] of Object.entries(counts))
      screen.say(`${count}  ${categoryWords[category]?.[screen.language] ?? category}`)
    if (refused > 0) {
      screen.say(
        screen.language === 'fr'
          ? `${refused} document(s) ne s’ouvrent pas ou ne prouvent pas leur auteur`
          : `${refused} record(s) do not open or do not prove their author`,
      )
    }
    const newest = opened.filter((one) => !one.row.superseded).map((one) => parseJson(one.fhir))
    const bundle = toBundle(newest as never, { timestamp: new Date().toISOString() })
    const out = option(args, 'out')
    if (out) await writeFile(out, `${JSON.stringify(bundle)}\n`, { mode: 0o600 })
    return {
      grant: mine.grant.id,
      records: opened.length,
      refused,
      categories: counts,
      receipts,
      signer: await pro.link.call(directoryEndpoints.me),
      ...(out ? { file: out } : { bundle }),
    }
  },
}

const write: Verb = {
  name: 'pro write',
  positionals: 'FILE',
  least: 1,
  options: [device, patientOption],
  words: {
    en: 'sign and seal one FHIR resource into a patient’s record',
    fr: 'signer et chiffrer une ressource FHIR dans le dossier d’un patient',
  },
  async run(args, screen) {
    const pro = await openProfessional(required(args, 'device'))
    const resource = parseJson(new Uint8Array(await readFile(args.positionals[0] ?? '')))
    const validate = await createValidator()
    validate(resource as never)
    const { filing } = filingOf(resource as never)
    const { keyring } = await findKeyring(pro.link, handleFrom(required(args, 'patient')))
    const author = { iss: pro.keys.handle, signer: await signerOf(pro.keys.device) }
    const made = await deposit(pro.link, author, keyring, { category: filing, fhir: utf8(JSON.stringify(resource)) })
    const [receipt] = await submit(pro.link.call, pro.link.logs, [made.item])
    const words = categoryWords[filing]?.[screen.language] ?? filing
    screen.say(screen.language === 'fr' ? `Déposé dans « ${words} ».` : `Filed under ${words}.`)
    return {
      record: made.record,
      version: made.version,
      category: filing,
      statement: made.item.statement,
      receipt,
      signer: await pro.link.call(directoryEndpoints.me),
    }
  },
}

const teams: Verb = {
  name: 'pro teams',
  options: [device],
  words: { en: 'teams one is a member of', fr: 'équipes dont on fait partie' },
  async run(args, screen) {
    const pro = await openProfessional(required(args, 'device'))
    const { teams: all } = await pro.link.call(directoryEndpoints.teams)
    for (const one of all) screen.say(`${one.handle}  ${one.name}`)
    return { teams: all.map(({ handle, name }) => ({ handle, name })) }
  },
}

export const proVerbs: readonly Verb[] = [init, request, inbox, readVerb, write, teams]
