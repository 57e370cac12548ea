/** What every verb of the professional begins with. */
import { AppError } from '@salus/base/errors'
import type { Handle } from '@salus/base/ids'
import type { DirectoryCode } from '@salus/directory/contract'
import { findHome, soon } from '@salus/directory/device/elsewhere'
import { findKeyring } from '@salus/directory/device/verify'
import { fingerprint } from '@salus/directory/keyring'
import { grantEndpoints, type SentRequest } from '@salus/grants/endpoints'
import { ofPlace, requestsAtHome } from '@salus/records/device/copies'
import { professionWords } from '@salus/ui/vocabulary'
import { elsewhere, type OpenProfessional, openProfessional } from '../../people.ts'
import { type Arguments, type Option, required, type Screen } from '../../verb.ts'

export const device: Option = {
  ...{ name: 'device', value: 'DIR', required: true },
  words: { en: 'folder of the professional’s device', fr: 'dossier de l’appareil du professionnel' },
}

export const patientOption: Option = {
  ...{ name: 'patient', value: 'HANDLE', required: true },
  words: { en: 'the patient', fr: 'le patient' },
}

/** A role in words, with the code the desk types. */
const roleWords = (role: string, { language }: Screen): string =>
  `${professionWords[role]?.[language] ?? role} (${role})`

/** The line that a professional reads out at the desk: who it is, and as what he or she asks to be credentialed. */
export function deskLine(shown: string, role: string | undefined, screen: Screen): string {
  const fr = screen.language === 'fr'
  const as = role === undefined ? '' : roleWords(role, screen)
  if (fr) return `Lisez cette empreinte au guichet${as && `, et demandez l’habilitation ${as}`} : ${shown}`
  return `Read this fingerprint to the desk${as && `, and ask to be credentialed as ${as}`}: ${shown}`
}

/** Journals at which requests were sent elsewhere, by request. */
const PLACES = 'places'
type Places = Readonly<Record<string, string>>
export const placesOf = async ({ device: at }: OpenProfessional): Promise<Places> =>
  (await at.read<Places>(PLACES)) ?? {}

/** Remembers where a request was sent, where that is not the own node. */
export async function keepPlace(pro: OpenProfessional, request: string, place: string | undefined): Promise<void> {
  if (place !== undefined) await pro.device.write(PLACES, { ...(await placesOf(pro)), [request]: place })
}

/** The patient each request was sent for, by request. */
export const sentOf = async ({ device: at }: OpenProfessional): Promise<Readonly<Record<string, Handle>>> =>
  (await at.read<Record<string, Handle>>('requests')) ?? {}

/** One's requests at `place`, within ten seconds; while that hospital does not answer, as copies show them, and who it was is said. */
export async function requestsAt(pro: OpenProfessional, place: string, screen: Screen): Promise<SentRequest[]> {
  const list = async (origin: string) =>
    (await (await elsewhere(pro, origin)).link.call(grantEndpoints.requests)).requests
  const [places, sent] = [await placesOf(pro), await sentOf(pro)]
  // A request that was sent elsewhere, or for somebody else, is not for this place to tell of.
  const known = ({ id }: SentRequest) => ({
    patient: sent[id],
    home: sent[id] === undefined ? undefined : (places[id] ?? null),
  })
  const there = Object.keys(places).flatMap((id) => (places[id] === place ? (sent[id] ?? []) : []))
  const { found, missing, away } = await requestsAtHome(pro.link, place, [...new Set(there)], list)
  if (away) sayAway(place, !missing, screen)
  else if (missing) sayBad(place, screen)
  return ofPlace(place, found, known)
}

const sayBad = (place: string, { language, say }: Screen): void =>
  say(
    language === 'fr'
      ? `${place} ne dit rien d’utilisable ; de ce qui y a été demandé, une partie manque.`
      : `${place} says nothing that can be used; of what was asked there some is missing.`,
  )

function sayAway(place: string, copied: boolean, { language, say }: Screen): void {
  const words = copied
    ? { en: 'what was asked there is shown from copies', fr: 'ce qui y a été demandé est montré d’après des copies' }
    : { en: 'of what was asked there some is missing', fr: 'de ce qui y a été demandé, une partie manque' }
  say(language === 'fr' ? `${place} ne répond pas ; ${words.fr}.` : `${place} does not answer; ${words.en}.`)
}

/**
 * The professional where the patient's record is at home: here, or elsewhere, where the own node carries on what is asked; also where that
 * one keeps a copy. Looked up each time: a record moves.
 */
export async function whereIs(pro: OpenProfessional, patient: Handle, screen: Screen) {
  const place = await findHome(pro.link, patient, async (origin) =>
    soon(elsewhere(pro, origin).then(({ link }) => findKeyring(link, patient))),
  )
  if (place === undefined) throw new AppError<DirectoryCode>('keyring-unknown')
  if (place === pro.link.origin) return { pro, place: undefined }
  screen.say(
    screen.language === 'fr'
      ? `Ce dossier est tenu ailleurs : votre hôpital transmet à ${place}.`
      : `This record is kept elsewhere: your hospital passes it on to ${place}.`,
  )
  return { pro: await elsewhere(pro, place), place }
}

/** Opens the device; as long as the desk has issued no credential, says what was asked of it. */
export async function opened(args: Arguments, screen: Screen): Promise<OpenProfessional> {
  const pro = await openProfessional(required(args, 'device'))
  const { asks } = pro.device
  if (asks === undefined) return pro
  const { credentials } = await findKeyring(pro.link, pro.keys.handle)
  if (credentials.length > 0) await pro.device.granted()
  else {
    screen.say(screen.language === 'fr' ? 'Pas encore d’habilitation.' : 'No credential yet.')
    screen.say(deskLine(fingerprint(pro.keys.device.publicKey), asks, screen))
  }
  return pro
}
