/** Who asks, what is given, what is taken back. */
import { isCategory } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import { findKeyring } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { refusals } from '@salus/grants/contract'
import { type OwnRequest, standingGrants } from '@salus/records/device/own'
import { approve, takeBack, turnDown, whoAsks } from '@salus/records/device/patient'
import { categoryWords, professionWords, purposeWords } from '@salus/ui/vocabulary'
import { openPatient } from '../../people.ts'
import { list, option, required, untilSeconds, type Verb } from '../../verb.ts'
import { day, names } from '../../words.ts'
import { device, synced } from './shared.ts'

export const inbox: Verb = {
  name: 'patient inbox',
  options: [device],
  words: { en: 'who asks for what, why and until when', fr: 'qui demande quoi, pourquoi et jusqu’à quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const fr = screen.language === 'fr'
    const out = []
    const now = Math.floor(Date.now() / 1000)
    const open = (one: OwnRequest) => one.status === 'waiting' && one.until > now
    for (const request of Object.values(patient.book.requests).filter(open)) {
      const known = await whoAsks(patient, request).catch((error) => {
        // A key or a credential changed since: this one can no longer be answered, the others can.
        if (isAppError(error)) return undefined
        throw error
      })
      if (!known) {
        screen.say(`${request.id}  ${fr ? 'ne peut plus recevoir de réponse' : 'can no longer be answered'}`)
        continue
      }
      const { asker, reader } = known
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

export const approveVerb: Verb = {
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

export const refuseVerb: Verb = {
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

export const grants: Verb = {
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

export const revokeVerb: Verb = {
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
