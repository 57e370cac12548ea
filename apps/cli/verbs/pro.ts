/** The professional's verbs. */
import { systemClock } from '@salus/base/clock'
import { signerOf } from '@salus/directory/device/patient'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { ask } from '@salus/grants/device'
import { grantEndpoints } from '@salus/grants/endpoints'
import { submit } from '@salus/journal/device'
import { eachOnce } from '@salus/records/device/copies'
import { categoryWords } from '@salus/ui/vocabulary'
import { categoryChoices, purposeChoices } from '../choices.ts'
import { handleFrom, list, option, required, untilSeconds, type Verb } from '../verb.ts'
import { day, names } from '../words.ts'
import { init } from './pro/init.ts'
import { readVerb } from './pro/read.ts'
import { device, keepPlace, opened, patientOption, placesOf, requestsAt, sentOf, whereIs } from './pro/shared.ts'
import { write } from './pro/write.ts'

const nowSeconds = () => Math.floor(systemClock() / 1000)

const request: Verb = {
  name: 'pro request',
  options: [
    device,
    patientOption,
    {
      ...{ name: 'categories', value: 'C,…', choices: categoryChoices },
      words: { en: 'categories', fr: 'catégories' },
    },
    { name: 'records', value: 'ID,…', words: { en: 'single records', fr: 'documents précis' } },
    {
      ...{ name: 'purpose', value: 'TREAT', choices: purposeChoices },
      words: { en: 'why (TREAT)', fr: 'pourquoi (TREAT)' },
    },
    { name: 'until', value: '24h', span: true, words: { en: 'for how long (24h)', fr: 'pour combien de temps (24h)' } },
    {
      name: 'team',
      value: 'HANDLE',
      words: { en: 'for a team one belongs to', fr: 'pour une équipe dont on fait partie' },
    },
    {
      name: 'colleague',
      value: 'HANDLE',
      words: {
        en: 'a referral: for this colleague to read, not oneself',
        fr: 'un adressage : pour que lise ce confrère, pas soi-même',
      },
    },
  ],
  words: {
    en: 'ask a patient for categories or single records',
    fr: 'demander à un patient des catégories ou des documents',
  },
  async run(args, screen) {
    const own = await opened(args, screen)
    const categories = list(args, 'categories')
    const purpose = option(args, 'purpose') ?? 'TREAT'
    const until = untilSeconds(option(args, 'until') ?? '24h', nowSeconds())
    const patient = handleFrom(required(args, 'patient'))
    const { pro, place } = await whereIs(own, patient, screen)
    const team = option(args, 'team') ? handleFrom(required(args, 'team')) : undefined
    const colleague = option(args, 'colleague') ? handleFrom(required(args, 'colleague')) : undefined
    const reader = (await findKeyring(pro.link, colleague ?? team ?? pro.keys.handle)).keyring
    const asker = { handle: pro.keys.handle, signer: await signerOf(pro.keys.device) }
    const whose = { ...(team ? { team } : {}), ...(colleague ? { colleague } : {}) }
    // A record that was joined to this one is the same person's: both are asked for, each answered apart.
    const { sameAs } = await findKeyring(pro.link, patient)
    const fr = screen.language === 'fr'
    if (sameAs.length > 0)
      screen.say(
        fr
          ? 'Cette personne a plusieurs dossiers ici : tous sont demandés.'
          : 'This person has several records here: all are asked for.',
      )
    const sent = []
    for (const one of [patient, ...sameAs]) {
      const wanted = { categories, records: list(args, 'records'), purpose, until, patient: one, reader, ...whose }
      const { id, item } = await ask(pro.link, asker, wanted as never)
      // Kept here: when the answer comes, the node must not say for whom it was asked.
      await pro.device.write('requests', { ...(await sentOf(pro)), [id]: one })
      await keepPlace(pro, id, place)
      const [receipt] = await submit(pro.link.call, pro.link.logs, [item])
      screen.say(fr ? `Demande envoyée : ${id}` : `Request sent: ${id}`)
      sent.push({ request: id, statement: item.statement, receipt })
    }
    const [first, ...others] = sent
    return { ...first, others, signer: await pro.link.call(directoryEndpoints.me) }
  },
}

const inbox: Verb = {
  name: 'pro inbox',
  options: [device],
  words: { en: 'one’s requests and their answers', fr: 'ses demandes et leurs réponses' },
  async run(args, screen) {
    const pro = await opened(args, screen)
    const elsewhereToo = [...new Set(Object.values(await placesOf(pro)))]
    const { requests: here } = await pro.link.call(grantEndpoints.requests)
    const there = await Promise.all(elsewhereToo.map((place) => requestsAt(pro, place, screen)))
    const requests = eachOnce([...here, ...there.flat()])
    const fr = screen.language === 'fr'
    const states = {
      waiting: fr ? 'en attente' : 'waiting',
      granted: fr ? 'accordée' : 'given',
      refused: fr ? 'refusée' : 'refused',
    }
    const [toMe, toOther] = fr
      ? ['  (adressé à soi)', '  (pour un confrère)']
      : ['  (referred to oneself)', '  (for a colleague)']
    for (const one of requests) {
      const state = one.grant?.revoked ? (fr ? 'retirée' : 'taken back') : states[one.status]
      const what =
        names(one.body.categories, categoryWords, screen.language) || `${one.body.records.length} document(s)`
      const { colleague } = one.body
      const whose = colleague === undefined ? '' : colleague === pro.keys.handle ? toMe : toOther
      screen.say(`${one.id}  ${state}  ${what}  ${day(one.grant?.until ?? one.body.until, screen.language)}${whose}`)
    }
    return { requests }
  },
}

const teams: Verb = {
  name: 'pro teams',
  options: [device],
  words: { en: 'teams one is a member of', fr: 'équipes dont on fait partie' },
  async run(args, screen) {
    const pro = await opened(args, screen)
    const { teams: all } = await pro.link.call(directoryEndpoints.teams)
    for (const one of all) screen.say(`${one.handle}  ${one.name}`)
    return { teams: all.map(({ handle, name }) => ({ handle, name })) }
  },
}

export const proVerbs: readonly Verb[] = [init, request, inbox, readVerb, write, teams]
