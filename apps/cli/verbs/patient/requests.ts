/** Who asks, what is given, what is taken back. */

import { isCategory } from '@salus/base/categories'
import { AppError, isAppError } from '@salus/base/errors'
import { orgName } from '@salus/directory/consortium'
import { findKeyring, type Known } from '@salus/directory/device/verify'
import { directoryEndpoints } from '@salus/directory/endpoints'
import { whoAsks } from '@salus/records/device/asker'
import { endGrant } from '@salus/records/device/circle'
import { grantsAsFhir } from '@salus/records/device/fhir'
import { requestsWaiting, standingGrants } from '@salus/records/device/own'
import { approve, type PatientDevice, turnDown } from '@salus/records/device/patient'
import type { Language } from '@salus/ui/language'
import { categoryWords, professionWords, purposeWords } from '@salus/ui/vocabulary'
import { categoryChoices, refusalChoices } from '../../choices.ts'
import type { CliCode } from '../../errors.ts'
import { openAway } from '../../people.ts'
import { type Arguments, list, option, required, type Screen, untilSeconds, type Verb } from '../../verb.ts'
import { day, names } from '../../words.ts'
import { endsEmergency, sayEmergencies } from '../emergency/patient.ts'
import { sayStop } from './circle.ts'
import { device, fhirOption, forOption, synced, whose, writeFhir } from './shared.ts'

/** Name and profession, as the credential says. */
function titleOf({ credentials: [credential] }: Known, language: Language): string {
  return credential ? `${credential.name}, ${professionWords[credential.profession]?.[language]}` : '?'
}

/** Says and gives what waits for an answer. */
export async function waitingRequests(patient: PatientDevice, screen: Screen): Promise<object[]> {
  const fr = screen.language === 'fr'
  const out = []
  const now = Math.floor(Date.now() / 1000)
  for (const request of requestsWaiting(patient.book, now)) {
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
    const who = titleOf(asker, screen.language)
    const team = request.team ? ` (${reader.keyring.name})` : ''
    screen.say(`${request.id}`)
    const org = orgName(patient.link.roots, asker.keyring.org)
    screen.say(`  ${who}${team}, ${org ?? asker.keyring.org}`)
    screen.say(
      `  ${fr ? 'demande' : 'asks for'}: ${names(request.categories, categoryWords, screen.language) || `${request.records.length} ${fr ? 'document(s)' : 'document(s)'}`}`,
    )
    if (request.colleague) {
      const where = orgName(patient.link.roots, reader.keyring.org)
      const colleague = `${titleOf(reader, screen.language)}, ${where ?? reader.keyring.org}`
      screen.say(`  ${fr ? 'pour que lise' : 'to be read by'}: ${colleague}`)
    }
    screen.say(
      `  ${fr ? 'pour' : 'for'}: ${purposeWords[request.purpose]?.[screen.language]} · ${fr ? 'jusqu’au' : 'until'} ${day(request.until, screen.language)}`,
    )
    out.push({ ...request, name: credential?.name, profession: credential?.profession, org: asker.keyring.org })
  }
  if (out.length === 0) screen.say(fr ? 'Personne n’attend de réponse.' : 'Nobody waits for an answer.')
  return out
}

export const inbox: Verb = {
  name: 'patient inbox',
  options: [device, forOption],
  words: { en: 'who asks for what, why and until when', fr: 'qui demande quoi, pourquoi et jusqu’à quand' },
  async run(args, screen) {
    const patient = await synced(args)
    const emergencies = await sayEmergencies(patient, screen)
    return { requests: await waitingRequests(patient, screen), emergencies }
  },
}

const requestPositional = { positionals: 'ID', least: 1 } as const

export const approveVerb: Verb = {
  name: 'patient approve',
  ...requestPositional,
  options: [
    device,
    forOption,
    {
      name: 'only',
      value: 'CATEGORY,…',
      choices: categoryChoices,
      words: { en: 'only these categories', fr: 'seulement ces catégories' },
    },
    { name: 'records', value: 'ID,…', words: { en: 'only these records', fr: 'seulement ces documents' } },
    {
      name: 'standing',
      words: { en: 'what comes later too, until the end', fr: 'aussi ce qui viendra, jusqu’à la fin' },
    },
    { name: 'until', value: '24h', span: true, words: { en: 'a shorter time', fr: 'une durée plus courte' } },
  ],
  words: { en: 'give what was asked, or a part of it', fr: 'accorder ce qui est demandé, ou une partie' },
  async run(args, screen) {
    const patient = await whose(args)
    const only = list(args, 'only').filter(isCategory)
    const records = list(args, 'records')
    const until = option(args, 'until') && untilSeconds(option(args, 'until') ?? '', Math.floor(Date.now() / 1000))
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
    forOption,
    {
      name: 'reason',
      value: 'WORD',
      choices: refusalChoices,
      words: { en: 'why (no-reason)', fr: 'pourquoi (no-reason)' },
    },
  ],
  words: { en: 'say no', fr: 'dire non' },
  async run(args, screen) {
    const reason = option(args, 'reason') ?? 'no-reason'
    const receipt = await turnDown(await whose(args), args.positionals[0] ?? '', reason)
    screen.say(screen.language === 'fr' ? 'Refusé.' : 'Refused.')
    return { request: args.positionals[0], receipt }
  },
}

export const grants: Verb = {
  name: 'patient grants',
  options: [
    device,
    forOption,
    fhirOption({
      en: 'write every grant ever given as FHIR Consents too',
      fr: 'écrire aussi chaque accord donné sous forme de Consent FHIR',
    }),
  ],
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
    const file = option(args, 'fhir')
    if (file) {
      await writeFhir(file, await grantsAsFhir(patient))
      screen.say(screen.language === 'fr' ? `Accords écrits dans ${file}` : `Grants written to ${file}`)
    }
    return { grants: standing, ...(file ? { file } : {}) }
  },
}

const isAway = (error: unknown): boolean => isAppError(error) && error.code === 'node-unreachable'

/** Taking back one's own waits for no node: the other hospitals are told all the same. */
async function whoseOrAway(args: Arguments): Promise<PatientDevice> {
  return whose(args).catch((error) => {
    if (!isAway(error) || option(args, 'for') !== undefined) throw error
    return openAway(required(args, 'device'))
  })
}

/** An emergency ends at the node alone; away from it, what is named is taken for a permission. */
function notWhileAway(error: unknown): false {
  if (!isAway(error)) throw error
  return false
}

export const revokeVerb: Verb = {
  name: 'patient revoke',
  ...requestPositional,
  options: [device, forOption],
  words: { en: 'take a permission back', fr: 'retirer une autorisation' },
  async run(args, screen) {
    const patient = await whoseOrAway(args)
    if (await endsEmergency(patient, args.positionals[0] ?? '').catch(notWhileAway)) {
      screen.say(screen.language === 'fr' ? 'Arrêté : plus rien ne s’ouvrira.' : 'Ended: nothing more will open.')
      return { ended: args.positionals[0] }
    }
    const { stop, opened, receipt } = await endGrant(patient, args.positionals[0] ?? '').catch((error) => {
      // The same code tells a reader that the patient took it back: here the patient is the one who reads.
      throw isAppError(error) && error.code === 'grant-revoked' ? new AppError<CliCode>('grant-taken-back') : error
    })
    const count = new Set(opened.flatMap((one) => one.records ?? [])).size
    if (stop.home)
      screen.say(
        screen.language === 'fr'
          ? 'Retiré là où c’est confirmé ci-dessous ; ailleurs dès que ce sera joint.'
          : 'Taken back where it is acknowledged below; elsewhere as soon as that is reached.',
      )
    else
      screen.say(
        screen.language === 'fr'
          ? `Retiré. Plus rien ne sera ouvert ; ${count} document(s) déjà lus ne peuvent pas être « repris ».`
          : `Taken back. Nothing more will open; ${count} document(s) already read cannot be unread.`,
      )
    sayStop(stop, patient.link, screen)
    return {
      grant: args.positionals[0],
      alreadyRead: count,
      stores: stop.stores,
      ...(stop.home ? { home: stop.home } : { receipt }),
    }
  },
}
